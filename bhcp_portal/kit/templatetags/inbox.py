"""What waits for the person who reads a page."""

from django import template

from bhcp_portal.kit import inbox

register = template.Library()


@register.simple_tag(takes_context=True)
def next_to_decide(context):
    """The entry of what has waited longest for the reader to decide on; ``None`` if nothing does."""
    request = context["request"]
    return inbox.next_to_decide(request.user, request.moment.at)
