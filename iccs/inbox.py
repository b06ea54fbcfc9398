"""What waits for a person about communities: those of which nothing new was said for long."""

from datetime import UTC

from bhcp_portal.kit.dates import Present, london_day
from bhcp_portal.kit.editor.ageing import aged_entries
from iccs.models import Icc, IccSuccession
from partners.roles import KEEP_RECORD


def waiting_for(user, at):
    """The entries about communities that go on and whose facts are older than a year."""
    if not user.has_perm(KEEP_RECORD) or user.partner_scope(KEEP_RECORD) is not None:
        return
    now, day = Present.now(UTC), london_day(at)
    endings = IccSuccession.objects.live(now).endings()
    ended = [each.icc_id for each in endings if each.ended_on <= day]
    communities = Icc.objects.known_at(now).exclude(pk__in=ended)
    yield from aged_entries(communities, duty="Communities with facts older than a year", at=at)


INBOXES = (waiting_for,)
