"""What rests on a source, kind by kind; on one that was withdrawn nothing should."""

from collections.abc import Iterable
from datetime import UTC

from django.db.models import Count, Value

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.kinds import Kind, kinds
from bhcp_portal.kit.sources import Source


def standing_on(kind: Kind, sources: Iterable[Source]):
    """The rows of a kind that stand and rest on one of some sources."""
    return kind.model.objects.live(Present.now(UTC)).filter(source__in=sources)


def counts_resting(sources: Iterable[Source]) -> dict[int, list[tuple[Kind, int]]]:
    """For each source on which anything rests, by its key: the kinds and how many rows; one query.

    What is said of a source may rest on the source itself, which is left out.
    """
    own = Source.profile_model()
    every = [kind for kind in kinds() if kind.model is not own]
    first, *others = (
        standing_on(kind, sources)
        .order_by()
        .values_list("source", Value(number))
        .annotate(Count("pk"))
        for number, kind in enumerate(every)
    )
    found: dict[int, list[tuple[Kind, int]]] = {}
    for source, number, count in first.union(*others, all=True):
        found.setdefault(source, []).append((every[number], count))
    for rows in found.values():
        rows.sort(key=lambda each: each[0].many)
    return found
