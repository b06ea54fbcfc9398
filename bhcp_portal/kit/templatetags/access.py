"""What templates ask of pages for staff: who may open one, and where a statement is taken back."""

from django import template
from django.urls import reverse

from bhcp_portal.kit.access import opens
from bhcp_portal.kit.kinds import kind_of

register = template.Library()


@register.filter
def open_to(address: str, person) -> bool:
    """Whether the page at an address opens to a person. An empty address opens to nobody."""
    return bool(address) and opens(person, address)


@register.filter
def take_back_page(statement) -> str:
    """The address of the page on which a statement that was published by mistake is taken back."""
    kind = kind_of(type(statement))
    return reverse("staff:record_take_back", args=[kind.slug, statement.pk])
