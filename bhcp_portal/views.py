"""Public pages that draw on several apps, and the addresses that machines ask for."""

from collections import Counter
from datetime import date, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Value
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bhcp_portal import changelog
from bhcp_portal.changelog import Corrections, change_rows, statements, years_of_statements
from bhcp_portal.kit.access import public
from bhcp_portal.kit.as_at import not_a_day, read_day
from bhcp_portal.kit.dates import end_of
from bhcp_portal.kit.kinds import kinds
from bhcp_portal.kit.launch import Redaction
from bhcp_portal.kit.pages import note_missing
from bhcp_portal.kit.queue import queue_state
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.spreadsheets.writing import csv_text
from bhcp_portal.kit.tables import to_text
from bhcp_portal.presenters import answer, by_thing_and_day, newest_figures, work
from bhcp_portal.schedule import job_states
from bhcp_portal.what_changed import kinds_under, subjects, turn, what_changed
from iccs.models import Icc
from metrics.models import HomeMetric, Metric
from metrics.presenters.home import home_cards, publishers
from metrics.presenters.list import main_verdicts, tally
from newsroom.models import NewsItem, StandingPage
from partners.models import Partner
from programmes.models import Money, Programme

ON_HOME = 3
# So many of the newest statements are read, to find enough different things to show.
LATELY = 60
MOST_YEARS = 20


@public
@require_safe
def home(request):
    moment = request.moment
    at = moment.at
    # An amount is told of years before as often as of now, so it is no news of the work.
    of_work = [kind.model for kind in kinds() if kind.is_work and kind.model is not Money]
    lately = change_rows(statements(at, only=of_work)[:LATELY], at)
    measured = main_verdicts(Metric.objects.known_at(at), at=at, day=moment.today)
    cards = home_cards(HomeMetric.objects.in_order(at), measured)
    known = _numbers_known(at, Partner, Icc)
    years = years_of_statements(at)
    measures = tally(measured)
    return render(
        request,
        "home.html",
        {
            "cards": cards,
            "publishers": publishers(cards),
            "places": [card.place for card in cards],
            "work": work(at),
            "answer": answer(measures) if measures.total else None,
            "newest_figures": newest_figures(measured),
            "lately": by_thing_and_day(lately, number=ON_HOME),
            "news": NewsItem.objects.newest_first(at).with_profile(at)[:ON_HOME],
            "partner_count": known[Partner],
            "icc_count": known[Icc],
            "span": years,
            "newest_of_work": next(
                (row for row in lately if row.slug and row.thing_model is Programme), None
            ),
            "days": _days_to_read(years, moment.today.year),
        },
    )


def _days_to_read(years, year):
    """The last days of the past years since the first of ``years``, the oldest first."""
    first = max(years[0], year - MOST_YEARS) if years else year
    return [date(each, 12, 31) for each in range(first, year)]


def _numbers_known(at, *models):
    """How many things of each model were known at a moment; one query."""
    first, *others = (
        model.objects.known_at(at).order_by().values_list(Value(number))
        for number, model in enumerate(models)
    )
    return Counter(models[number] for [number] in first.union(*others, all=True))


@public(takes=("since", "from", "to", "kind", "corrections", "page"))
@require_safe
def changes(request):
    """What changed, or what changed between two days; corrections of our own copying by themselves."""
    days, refusal = _days_asked(request)
    if refusal:
        return refusal
    found = what_changed(_changes_asked(request, days), request.GET.get("page"))
    note_missing(request, found.page)
    data = request.GET.copy()
    data.pop("page", None)
    address = reverse("changes_csv") + (f"?{data.urlencode()}" if data else "")
    return render(
        request,
        "changes.html",
        {
            "found": found,
            "page": found.page,
            "corrections": _subject_asked(request) == CORRECTIONS,
            "subject": _subject_asked(request),
            "subject_choices": [
                {"value": "", "text": "Everything"},
                *({"value": name, "text": heading} for name, heading in subjects().items()),
                {"value": CORRECTIONS, "text": "Our own corrections"},
            ],
            "data_url": address,
            **days,
        },
    )


@public(takes=("since", "from", "to", "kind", "corrections"))
@require_safe
def changes_csv(request):
    """What the page of changes lists, all of it, as a file."""
    days, refusal = _days_asked(request)
    if refusal:
        return refusal
    asked = _changes_asked(request, days)
    rows = changelog.with_replaced(change_rows(changelog.changes(asked), asked.at), asked)
    rows.sort(key=turn)
    answer = HttpResponse(csv_text(changelog.lines(rows)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="changes.csv"'
    return answer


# The choice of what we corrected in our copying, by itself; the addresses of before say it otherwise.
CORRECTIONS, ONLY_CORRECTIONS = "corrections", "only"


def _subject_asked(request):
    """The name of a subject of ``subjects``, or ``CORRECTIONS``; empty for all of them."""
    name = request.GET.get("kind", "")
    if name == CORRECTIONS or request.GET.get("corrections", "") == ONLY_CORRECTIONS:
        return CORRECTIONS
    return name if name in subjects() else ""


def _days_asked(request):
    """The days that an address of changes asks for, and the answer that refuses one that is none."""
    days = {}
    for name, key in (("since", "since"), ("from", "first"), ("to", "last")):
        text = request.GET.get(name, "").strip()
        days[key] = read_day(text) if text else None
        if text and days[key] is None:
            return days, not_a_day(request, text)
    return days, None


def _changes_asked(request, days):
    # What that day's own page knows is no change since then, whichever way it is asked.
    after = [end_of(day) for day in (days["since"], days["first"]) if day]
    subject = _subject_asked(request)
    return changelog.ChangesAsked(
        request.moment.at,
        since=max(after, default=None),
        until=end_of(days["last"]) if days["last"] else None,
        corrections=Corrections.ALONE if subject == CORRECTIONS else Corrections.IN_PLACE,
        only=kinds_under(subject),
    )


@public
@require_safe
def accessibility(request):
    return render(request, "accessibility.html", {"contact": settings.CONTACT_EMAIL})


@public
@require_safe
def privacy(request):
    return render(request, "privacy.html", {"contact": settings.CONTACT_EMAIL})


@public
@require_safe
def contact(request):
    return render(request, "contact.html", {"contact": settings.CONTACT_EMAIL})


# -- for machines ---------------------------------------------------------------------------------

PLAIN_PAGES = (
    "home",
    "programmes:list",
    "metrics:list",
    "freshness",
    "figure_question",
    "goals",
    "iccs:list",
    "iccs:find",
    "partners:list",
    "news:list",
    "pages:list",
    "glossary",
    "changes",
    "sources:list",
    "open_data",
    "api:docs",
    "about",
    "about_names",
    "about_money",
    "about_figures",
    "accessibility",
    "privacy",
    "contact",
)


@public
@require_safe
def sitemap(request):
    """Every public page as it stands, for search engines."""
    at = request.moment.at
    programmes = Programme.objects.known_at(at)
    things = (
        *programmes,
        *Metric.objects.known_at(at),
        *Icc.objects.known_at(at),
        *Partner.objects.known_at(at),
        *NewsItem.objects.known_at(at),
        *StandingPage.objects.known_at(at),
        *Source.objects.known_at(at),
    )
    paths = [*map(reverse, PLAIN_PAGES), *(thing.get_absolute_url() for thing in things)]
    paths += [reverse("programmes:updates", args=[programme.slug]) for programme in programmes]
    return render(
        request,
        "sitemap.xml",
        {"addresses": [settings.SITE_URL + path for path in paths]},
        content_type="application/xml",
    )


@public
@require_safe
def robots(request):
    lines = ["User-agent: *", "Disallow: /staff/", "Disallow: /admin/"]
    lines += [f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@public
@require_safe
def security_txt(request):
    """RFC 9116: where to report a weakness; 404 until a contact is set."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    expires = (request.moment.at + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    lines = [f"Contact: {settings.SECURITY_CONTACT}", f"Expires: {expires}"]
    lines += ["Preferred-Languages: en", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@public
@require_safe
def health_live(request):
    """Answers 200 as long as the process runs."""
    return JsonResponse({"status": "ok"})


@public
@require_safe
def health_ready(request):
    """Answers 200 if database, migrations and cache are in order, otherwise 503 and what is not.

    It also says how the queue stands and when each job was last done. These take no web server out
    of use, since the public pages need neither.
    """
    checks, background = {}, {}
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        checks["database"] = "ok"
        checks["migrations"] = f"{len(waiting)} not applied" if waiting else "ok"
        cache.set("health", "ok", 10)
        checks["cache"] = "ok" if cache.get("health") == "ok" else "does not keep"
        if not waiting:
            background = _background(request.moment.at)
    except DatabaseError:
        checks = {"database": "does not answer"}
    ready = all(found == "ok" for found in checks.values())
    answer = {"status": "ok" if ready else "not ready", "checks": checks, **background}
    return JsonResponse(answer, status=200 if ready else 503)


def _background(at):
    state = queue_state(at)
    return {
        "queue": {
            "age_seconds": int(state.age(at).total_seconds()),
            "waiting": state.waiting,
            "running": state.running,
            "failed": state.failed,
            "workers": state.workers,
        },
        "jobs": {
            each.job.name: {
                "last_run": to_text(each.last.finished_at) if each.last else None,
                "succeeded": each.has_succeeded if each.last else None,
                "next_run": to_text(each.next_due),
            }
            for each in job_states(at)
        },
    }


def not_found(request, exception):
    """The page for an address that leads nowhere: 410 where a redaction took it, else 404."""
    asked = request.resolver_match.kwargs.values() if request.resolver_match else ()
    if Redaction.took([word for word in asked if isinstance(word, str)]):
        return render(request, "410.html", status=410)
    return render(request, "404.html", status=404)
