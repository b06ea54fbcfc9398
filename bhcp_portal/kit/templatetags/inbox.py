"""What waits for the person who reads a page."""

from django import template

from bhcp_portal.kit import inbox

register = template.Library()


@register.simple_tag(takes_context=True)
def next_to_decide(context):
    """What the reader decides on next, as ``inbox.next_to_decide``."""
    request = context["request"]
    return inbox.next_to_decide(request.user, request.moment.at)
