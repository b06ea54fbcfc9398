"""What templates ask of who may open which page."""

from django import template

from bhcp_portal.kit.access import opens

register = template.Library()


@register.filter
def open_to(address: str, person) -> bool:
    """Whether the page at an address opens to a person. An empty address opens to nobody."""
    return bool(address) and opens(person, address)
