"""What hangs on a partner has no day after its end: sites, mailboxes, parts in programmes."""

from bhcp_portal.kit.editor.editors import EndDay
from partners.models import Partner, Succession


def ends_of_partners(now) -> dict[int, EndDay]:
    """The partners of which it is said that they end, and when, by primary key; two queries."""
    ended = list(Succession.objects.live(now).endings().exclude(happened_on=None))
    names = dict(
        Partner.objects.filter(pk__in=[each.partner_id for each in ended])
        .annotate(called=Partner.called_at("pk", now))
        .values_list("pk", "called")
    )
    return {
        each.partner_id: EndDay(each.happened_on, each.happened_as, names[each.partner_id])
        for each in ended
    }
