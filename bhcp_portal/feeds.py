"""The Atom feed of the change log."""

from django.conf import settings
from django.urls import reverse
from django.views.decorators.http import require_safe

from bhcp_portal.changelog import ChangesAsked, change_rows, changes, whole
from bhcp_portal.kit.access import public
from bhcp_portal.kit.as_at import not_a_day, read_day
from bhcp_portal.kit.dates import end_of
from bhcp_portal.kit.feeds import MomentFeed
from partners.models import site_name

IN_FEED = 50
# So many rows are read for them: a change of several rows is one entry.
ROWS_READ = 400


class ChangesFeed(MomentFeed):
    page, address = "changes", "changes_feed"
    subtitle = "What the partners said, newest first."

    def __init__(self, since=None):
        self.since = since

    def title(self, moment):
        return f"{site_name().name}: what changed"

    def author_name(self, moment):
        return site_name().publisher

    def feed_url(self, moment):
        asked = f"?since={self.since.isoformat()}" if self.since else ""
        return settings.SITE_URL + moment.keep(reverse(self.address) + asked)

    def items(self, moment):
        rows = changes(ChangesAsked(moment.at, since=end_of(self.since) if self.since else None))
        rows = change_rows(rows[:ROWS_READ], moment.at)
        return [(change, moment) for change in whole(rows, ROWS_READ)[:IN_FEED]]

    def item_link(self, entry):
        change, moment = entry
        return super().item_link((change.first, moment))

    def item_title(self, entry):
        change, _ = entry
        item = change.first
        taken_back = "Taken back: " if item.is_taking_back else ""
        if change.is_several:
            return f"{taken_back}{item.about or item.slug}: {change.summary}"[:200]
        return f"{taken_back}{item.name}: {item.about or item.text}"[:200]

    def item_description(self, entry):
        change, _ = entry
        item = change.first
        words = " ".join(_sentence(row, change.is_several) for row in change.rows)
        if item.is_taking_back:
            return f"{words} Why it was taken back: {item.taken_back_because}"
        reason = "".join(f" Why it changed: {reason}" for reason in change.reasons)
        source = f" Source: {item.source_title}." if item.source_title else ""
        recorded = f", recorded here on {item.recorded_on}" if item.recorded_on else ""
        back = f" Taken back since: {item.taken_back_because}" if item.taken_back_at else ""
        return f"{words}{reason} Said {item.when}{recorded}.{source}{back}"

    def item_pubdate(self, entry):
        change, _ = entry
        return change.first.listed_at

    item_updateddate = item_pubdate

    def item_name(self, entry):
        change, _ = entry
        return f"changes/{change.key}"


def _sentence(row, names_kind):
    if not row.text:
        kind = row.name
    else:
        kind = f"{row.name}: " if names_kind else ""
    places = f" For {row.places}." if row.places else ""
    return f"{kind}{row.text}.{places}"


@public(takes=("since",))
@require_safe
def changes_feed(request):
    """The newest changes; with ``?since=`` those after that day."""
    since = request.GET.get("since", "").strip()
    day = read_day(since) if since else None
    if since and day is None:
        return not_a_day(request, since)
    return ChangesFeed(day)(request)
