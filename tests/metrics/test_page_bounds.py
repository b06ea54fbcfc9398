"""However many metrics and readings there are, a page asks twelve times at most and stays light (CONTRACT 7)."""

import gzip
from datetime import date
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from bhcp_portal.kit.dates import last_second, months_later
from metrics.models import Metric, MetricProfile, Reading, Series
from metrics.views.public import CARDS_ON_A_PAGE
from programmes.models import Goal, GoalProfile, MetricGoal, MetricProgramme
from tests.factories.iccs import icc
from tests.factories.kit import source
from tests.factories.metrics import readings
from tests.factories.partners import partner, profiled
from tests.factories.programmes import programme

MOST_QUERIES = 12
MOST_BYTES = 60_000
FIRST = date(2021, 1, 1)
CSS = ("nhsuk/nhsuk-frontend.min.css", "app/portal.css", "app/chart.css", "images/favicon.svg")

pytestmark = pytest.mark.django_db


def record(model, rows, paper):
    """Many statements at once, of one paper."""
    common = {"origin": "document", "source": paper, "published_as": "2020-12"}
    published = last_second(date(2020, 12, 31))
    return model.objects.bulk_create(
        model(**{"published_at": published, **common, **row}) for row in rows
    )


def many(number, paper, *, places=(), periods=62, **card):
    """So many metrics, each told of each place (the whole bay where none is given)."""
    made = Metric.objects.bulk_create(Metric(slug=f"m-{n}", code=f"M{n}") for n in range(number))
    words = {"why": "It matters.", "method": "Counted.", "unit": "patients", "lag_days": 30}
    words |= {"direction": "decrease", "frequency": "month", "small_numbers": "official"}
    record(
        MetricProfile,
        [
            {
                "metric": m,
                "name": f"The measure called {m.slug}",
                "short_name": m.slug,
                **words,
                **card,
            }
            for m in made
        ],
        paper,
    )
    series = Series.objects.bulk_create(
        Series(metric=m, icc=place) for m in made for place in places or (None,)
    )
    record(
        Reading,
        [
            {
                "series": each,
                "period": months_later(FIRST, n),
                "value": (each.pk * 37 + n * n * 13) % 211,
                "published_at": last_second(months_later(FIRST, n + 2)),
                "published_as": "",
            }
            for each in series
            for n in range(periods)
        ],
        paper,
    )
    return made


def weighs(answer):
    return len(gzip.compress(answer.content, 6)) + sum(
        len(gzip.compress(Path(finders.find(path)).read_bytes(), 6)) for path in CSS
    )


@pytest.mark.parametrize("day", ["", "2025-01-31"])
def test_sixty_metrics_of_62_readings_in_pages(client, django_assert_max_num_queries, day):
    many(60, source())
    for asked in ("?variation=worse&state=live", "?sort=late", ""):
        with django_assert_max_num_queries(MOST_QUERIES):
            answer = client.get(f"/metrics/{asked}", {"as-at": day} if not asked else None)
        assert answer.status_code == 200
        assert weighs(answer) <= MOST_BYTES
    page = client.get("/metrics/").context["page"]
    assert (len(page), page.paginator.num_pages) == (CARDS_ON_A_PAGE, 60 // CARDS_ON_A_PAGE)


def test_a_metric_of_twelve_communities_and_much_besides(client, django_assert_max_num_queries):
    paper, places = source(), [icc(code) for code in ("KEN", "EAS", "GRL", "MIL", "BAR", "DUL")]
    [made] = many(1, paper, places=[None, *places])
    record(MetricProgramme, [{"metric": made, "programme": programme()} for _ in range(20)], paper)
    with django_assert_max_num_queries(MOST_QUERIES):
        answer = client.get("/metrics/m-0/")
    assert len(answer.context["page"].others) == 6
    assert len(answer.context["page"].programmes) == 20
    assert weighs(answer) <= MOST_BYTES
    for name in ("readings.csv", "chart.svg"):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(f"/metrics/m-0/{name}").status_code == 200


def test_a_metric_told_every_day_for_years(client):
    many(1, source(), frequency="day", periods=0)
    readings(Metric.objects.get(), range(1200), frequency="day", published="2025", source=source())
    answer = client.get("/metrics/m-0/")
    assert weighs(answer) <= MOST_BYTES
    page = answer.context["page"]
    assert len(page.drawn.periods) == 400
    assert len(list(page.figures.in_turn)) == 132
    assert page.figures.page.paginator.count == 1200


def test_six_hundred_series_on_the_freshness_board(client, django_assert_max_num_queries):
    many(100, source(), places=[icc(code) for code in ("KEN", "EAS", "GRL", "MIL")], periods=2)
    with django_assert_max_num_queries(MOST_QUERIES):
        answer = client.get("/freshness/")
    assert answer.context["page"].paginator.count == 400
    assert weighs(answer) <= MOST_BYTES


def test_pages_of_things_with_many_metrics(client, django_assert_max_num_queries):
    paper, kendal, trust, work = source(), icc("KEN"), partner("RTX"), programme("work")
    profiled(trust)
    made = many(30, paper, places=[None, kendal], periods=15)
    readings(made[0], range(15), scope=trust)
    record(
        MetricProgramme,
        [{"metric": m, "programme": work, "words": "It helps."} for m in made],
        paper,
    )
    aims = Goal.objects.bulk_create(Goal(slug=f"goal-{n}") for n in range(3))
    aim = {"direction": "decrease", "about": "Fewer."}
    record(GoalProfile, [{"goal": g, "name": g.slug, **aim} for g in aims], paper)
    record(MetricGoal, [{"metric": m, "goal": g} for m in made[:5] for g in aims], paper)
    for path in (
        "/programmes/work/",
        kendal.get_absolute_url(),
        trust.get_absolute_url(),
        "/goals/",
        "/",
    ):
        with django_assert_max_num_queries(MOST_QUERIES):
            answer = client.get(path)
        assert answer.status_code == 200
        assert weighs(answer) <= MOST_BYTES
