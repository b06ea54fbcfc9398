"""The sources that a statement may rest on, those that wait to be checked too."""

from bhcp_portal.kit.dates import london_day
from bhcp_portal.kit.editor.editors import Editor, editor_called
from bhcp_portal.kit.editor.proposal import Proposal, Why
from bhcp_portal.kit.editor.words import ThingNames
from bhcp_portal.kit.kinds import kind_of
from bhcp_portal.kit.sources import Source


def source_editor() -> Editor:
    """The editor of what is said of sources."""
    return editor_called(kind_of(Source.profile_model()).slug)


def proposed_sources() -> dict[str, dict[str, str]]:
    """The cells of each source that waits for approval, by its slug."""
    kind = source_editor().slug
    return {
        row.cells["cited"]: row.cells
        for proposal in Proposal.objects.open().of_kind(kind)
        for row in proposal.proposed
        if row.kind == kind
    }


def source_title(slug: str, names: ThingNames) -> str:
    """The title of a source.

    Of one that waits for approval, the proposed one; of one that was withdrawn, the last.
    """
    title = names.of(Source, slug)
    if title != slug:
        return title
    for source in Source.objects.withdrawn():
        if source.slug == slug:
            return source.last_profile.title
    return proposed_sources().get(slug, {}).get("title", slug)


def ground(why: str, source: str, names: ThingNames) -> dict[str, object]:
    """What ``kit/editor/_ground.html`` shows of what a form rests on: the title of its source, if it
    has one, and whether that waits to be checked itself.
    """
    if why != Why.DOCUMENT:
        return {"why": Why(why), "source": "", "source_waits": False}
    waits = source in proposed_sources()
    return {"why": Why(why), "source": source_title(source, names), "source_waits": waits}


def withdrawn_profile(source: Source):
    """What was said last of a source that was withdrawn, with when and why; ``None`` of others."""
    found = Source.objects.withdrawn().filter(pk=source.pk).first()
    return found and found.last_profile


def source_date(slug: str, at) -> str:
    """When a source says what it says, as a cell has it: its own date; of one that waits, the proposed one.

    What has no date says it on the day on which it is read. Empty if there is no such source.
    """
    found = own_date(slug, at)
    if not found and "\x00" not in slug and Source.objects.filter(slug=slug).exists():
        return london_day(at).isoformat()
    return found


def own_date(slug: str, at) -> str:
    """The own date of a source, as a cell has it; empty if it has none, or there is no such source."""
    if "\x00" in slug:
        return ""
    profile = Source.profile_model().objects.live(at).filter(cited__slug=slug).first()
    return profile.dated_as if profile else proposed_sources().get(slug, {}).get("published", "")
