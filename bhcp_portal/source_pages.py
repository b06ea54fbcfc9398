"""The list of sources, and the page of each with what rests on it."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from django.shortcuts import render
from django.views.decorators.http import require_safe

from bhcp_portal.changelog import BY_KIND, change_rows, resting_on, statements
from bhcp_portal.kit.access import public
from bhcp_portal.kit.as_at import not_known
from bhcp_portal.kit.kinds import Kind
from bhcp_portal.kit.pages import page_of
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import Certainty
from metrics.models import Reading
from partners.filters import SourceFilters
from partners.models import SourceProfile
from partners.models.source import NO_DATE

# All sources stand folded by year, so that links alone lead to each; what was searched for stands open.
ALL_ON_A_PAGE, FOUND_ON_A_PAGE = 200, 25
STATEMENTS_ON_A_PAGE = 50
# So many stand open; the years or kinds after them are folded.
OPEN_SOURCES, OPEN_STATEMENTS = 10, 8
KINDS_NAMED = 3


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A source in the list. ``profile``: what is said of it; ``resting``: what rests on it, by kind."""

    profile: SourceProfile
    resting: Counter[Kind]

    @property
    def number(self) -> int:
        return self.resting.total()

    @property
    def is_ours(self) -> bool:
        """Whether it was written for this portal."""
        return self.profile.kind == Source.Kind.NOTES

    @property
    def kinds(self) -> str:
        """The kinds of what rests on it, the most first: ``figures, milestones and more``."""
        kinds = [kind for kind, _ in self.resting.most_common()]
        named = [_lower(kind.many) for kind in kinds[:KINDS_NAMED]]
        if len(kinds) > KINDS_NAMED:
            named.append("more")
        *before, last = named
        return f"{', '.join(before)} and {last}" if before else last


def _last_title(source):
    return "Notes made for this portal" if source.is_ours else "No fact here comes from these"


def _lower(name):
    """A name within a sentence: ``figures``, but ``GP practices``."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


@dataclass(frozen=True, slots=True)
class FoldedPart:
    """A part of a list that opens: those of one year or kind."""

    title: str
    items: list
    is_open: bool


def folds(items, title, limit) -> list[FoldedPart]:
    """The items, which are in order, in folds by their title; open until ``limit`` are shown."""
    found, shown = [], 0
    for name, same in groupby(items, title):
        same = list(same)
        is_open = shown + len(same) <= limit
        shown += len(same)
        found.append(FoldedPart(name, same, is_open))
    return found


def _year(listed):
    """The heading under which a source is listed."""
    day = listed.profile.dated_on
    return day.year if day else NO_DATE.capitalize()


@public(takes=("page", "q", "kind", "year"))
@require_safe
def source_list(request):
    at = request.moment.at
    filters = SourceFilters(request.GET, at=at)
    chosen = filters.chosen()
    known = SourceProfile.objects.live(at)
    found = known.chosen_by(**chosen).select_related("cited").newest_first()
    on_a_page = FOUND_ON_A_PAGE if chosen else ALL_ON_A_PAGE
    page = page_of(request, found, on_a_page)
    resting = resting_on([profile.cited_id for profile in page], at)
    listed = [ListedSource(profile, resting[profile.cited_id]) for profile in page]
    # What was searched for keeps its order; else what facts rest on comes before what none rests on.
    used = [each for each in listed if chosen or (each.number and not each.is_ours)]
    return render(
        request,
        "sources/list.html",
        {
            "filters": filters,
            "is_filtered": bool(chosen),
            "page": page,
            "total": known.count() if chosen else page.paginator.count,
            "years": [
                *folds(
                    used,
                    _year,
                    FOUND_ON_A_PAGE if chosen else OPEN_SOURCES,
                ),
                *folds([each for each in listed if each not in used], _last_title, 0),
            ],
        },
    )


def _estimated(source, rows, at):
    """The moments of rows of readings of which nobody knows the day, by which they are known; one query."""
    moments = {row.published_at for row in rows if row.kind.model is Reading}
    if not moments:
        return set()
    readings = Reading.objects.versions(at).filter(source=source.cited, is_estimated=True)
    return set(readings.filter(published_at__in=moments).values_list("published_at", flat=True))


@public(takes=("page",))
@require_safe
def source_detail(request, slug):
    at = request.moment.at
    live = SourceProfile.objects.live(at).select_related("cited")
    source = live.filter(cited__slug=slug).first()
    if source is None:
        return not_known(request, Source.objects.filter(slug=slug), "sources/not_yet.html")
    rows = statements(at, source=source.cited).order_by(*BY_KIND)
    page = page_of(request, rows, STATEMENTS_ON_A_PAGE)
    shown = change_rows(page, at)
    sourced = [row for row in shown if row.certainty == Certainty.SOURCED]
    ours = [row for row in shown if row.certainty == Certainty.INFERRED]
    unchecked = [row for row in shown if row.certainty == Certainty.UNCHECKED]
    return render(
        request,
        "sources/detail.html",
        {
            "source": source,
            "page": page,
            "estimated": _estimated(source, shown, at),
            "sourced": folds(sourced, lambda row: row.kind.many, OPEN_STATEMENTS),
            "ours": folds(ours, lambda row: row.kind.many, OPEN_STATEMENTS - len(sourced)),
            "unchecked": folds(
                unchecked, lambda row: row.kind.many, OPEN_STATEMENTS - len(sourced) - len(ours)
            ),
        },
    )
