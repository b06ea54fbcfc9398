"""At most twelve queries on a public page, however much has been said (CONTRACT 7)."""

from datetime import date
from itertools import product

import pytest

from bhcp_portal.kit.dates import last_second, months_later
from iccs.models import Icc
from programmes.models import (
    Figure,
    MetricProgramme,
    Milestone,
    MilestoneDate,
    Money,
    Programme,
    ProgrammeIcc,
    ProgrammePartner,
    ProgrammeProfile,
    StatusUpdate,
)
from tests.factories.kit import source
from tests.factories.metrics import metric, readings
from tests.factories.newsroom import news
from tests.factories.partners import partner
from tests.factories.programmes import programme

MOST_QUERIES = 12
PUBLISHED = last_second(date(2019, 11, 30))

pytestmark = pytest.mark.django_db


def record(model, rows, paper):
    """Many statements at once, of one paper."""
    common = {"origin": "document", "source": paper, "published_as": "2019-11"}
    model.objects.bulk_create(model(**{"published_at": PUBLISHED, **common, **row}) for row in rows)


@pytest.fixture
def much():
    """A programme of which a great deal was said."""
    paper, made = source(published_as="2019-11"), programme("much")
    parts = [Programme(slug=f"part-{number}") for number in range(10)]
    Programme.objects.bulk_create(parts)
    record(
        ProgrammeProfile,
        [{"programme": p, "name": p.slug, "purpose": "A part.", "parent": made} for p in parts],
        paper,
    )
    first = date(2003, 1, 1)
    record(
        StatusUpdate,
        [
            {
                "programme": made,
                "period": months_later(first, number),
                "published_at": last_second(months_later(first, number + 1)),
                "published_as": "",
                "status": "on_track",
                "summary": "It goes well.",
                "state": "published",
            }
            for number in range(200)
        ],
        paper,
    )
    milestones = Milestone.objects.bulk_create(
        Milestone(slug=f"milestone-{number}", programme=made) for number in range(60)
    )
    for due, when in (("2019-12", "2018-01"), ("2020-03", "2019-01")):
        day = last_second(date(int(when[:4]), 1, 31))
        until = last_second(date(2019, 1, 31)) if when == "2018-01" else None
        record(
            MilestoneDate,
            [
                {
                    "milestone": each,
                    "title": each.slug,
                    "state": "planned",
                    "due_as": due,
                    "due_on": date(int(due[:4]), int(due[5:]), 31),
                    "published_at": day,
                    "published_as": when,
                    "superseded_at": until,
                }
                for each in milestones
            ],
            paper,
        )
    record(
        Figure,
        [
            {
                "programme": made,
                "code": f"f{n}",
                "value": n,
                "counts": "things",
                "group": str(n % 9),
            }
            for n in range(200)
        ],
        paper,
    )
    record(
        Money,
        [
            {"programme": made, "code": f"m{n}", "amount": n, "what_for": "care", "kind": "spent",
             "year": str(2010 + n % 9)}
            for n in range(30)
        ],
        paper,
    )  # fmt: skip
    record(
        ProgrammePartner,
        [{"programme": made, "partner": partner(), "role": "delivery"} for _ in range(12)],
        paper,
    )
    iccs = Icc.objects.bulk_create(Icc(slug=f"icc-{n}", code=f"IC{chr(65 + n)}") for n in range(12))
    record(ProgrammeIcc, [{"programme": made, "icc": icc} for icc in iccs], paper)
    for _ in range(12):
        news(programmes=[made])
        counted = metric()
        readings(counted, range(15))
        record(MetricProgramme, [{"programme": made, "metric": counted}], paper)
    return made


def test_a_programme_of_which_much_was_said(client, much, django_assert_max_num_queries):
    for path, day in product(("", "updates/"), ("", "2019-12-31")):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(f"/programmes/much/{path}", {"as-at": day}).status_code == 200


def test_a_thousand_programmes_with_several_statements_each(client, django_assert_max_num_queries):
    paper = source(published_as="2019-11")
    made = Programme.objects.bulk_create(Programme(slug=f"p-{n}") for n in range(1000))
    record(
        ProgrammeProfile,
        [{"programme": p, "name": f"Programme {p.slug}", "purpose": "It helps."} for p in made],
        paper,
    )
    record(
        StatusUpdate,
        [
            {
                "programme": each,
                "published_at": last_second(date(2010 + number, 6, 30)),
                "published_as": "",
                "status": "on_track",
                "state": "published",
            }
            for each in made
            for number in range(5)
        ],
        paper,
    )
    for asked in ("", "?status=on_track&q=programme", "?status=none", "?page=20"):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(f"/programmes/{asked}").status_code == 200


def test_goals_and_an_empty_list(client, django_assert_max_num_queries):
    for path in ("/goals/", "/programmes/"):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(path).status_code == 200
