"""Addresses and texts that stay on the day being read, and dates in words."""

from itertools import chain

from django import template
from django.utils.html import format_html_join

from bhcp_portal.kit.dates import day_in_words, london_day, span
from bhcp_portal.kit.markdown import to_html
from bhcp_portal.kit.notes import has_end_of_ours, notes_of, sign_of
from bhcp_portal.kit.reversing import address_of

register = template.Library()


@register.simple_tag(takes_context=True)
def url_at(context, name, *args):
    """The address of the public page with this URL name, on the day being read."""
    url = address_of(name, *args)
    moment = context.get("moment")
    return moment.keep(url) if moment else url


@register.filter
def href(thing, moment):
    """The address of a thing (or an address given as text), on the day being read."""
    url = thing if isinstance(thing, str) else thing.get_absolute_url()
    return moment.keep(url) if moment else url


@register.filter
def markdown(text, moment):
    """Markdown as safe HTML, with links to our pages on the day being read."""
    return to_html(text, moment.keep)


@register.filter
def markdown_below(text, moment):
    """As ``markdown``, for a text that has a heading of the second level above it."""
    return to_html(text, moment.keep, first_level=3)


@register.filter
def written(text):
    """A written date (``2017-06``) in words (``June 2017``); empty text if it is empty."""
    return span(text).in_words() if text else ""


@register.filter
def day_words(value):
    """A day, or the London day of a moment, in words: ``30 June 2017``."""
    if not value:
        return ""
    return day_in_words(london_day(value) if hasattr(value, "hour") else value)


@register.simple_tag(takes_context=True)
def page_url(context, number):
    """The address of this list's page number ``number``, with the other parameters kept."""
    asked = context["request"].GET.copy()
    asked["page"] = number
    return f"{context['request'].path}?{asked.urlencode()}"


@register.simple_tag(takes_context=True)
def note(context, *statements):
    """The number of the source of each statement, as a link to the sources that end the page.

    Several may come as one list. Statements that are empty are left out. A sign after the number says that it is our reading, or
    not checked.
    """
    notes, links = notes_of(context["request"], context["moment"].at), {}
    for statement in chain.from_iterable(map(_each, statements)):
        if statement:
            sign, words = sign_of(statement)
            entry = notes.add(statement)
            links[entry.number, sign] = (entry.number, f", {words}" if words else "", sign)
    return _note_links(links.values())


@register.simple_tag(takes_context=True)
def cite(context, *profiles):
    """The numbers of sources that a page names without a statement, as ``{% note %}`` writes them."""
    notes = notes_of(context["request"], context["moment"].at)
    entries = (notes.cite(profile) for profile in chain.from_iterable(map(_each, profiles)))
    return _note_links((entry.number, "", "") for entry in entries)


@register.simple_tag(takes_context=True)
def note_end(context, statement, *, is_beside=False):
    """As ``note``, of what the end of a statement rests on.

    ``is_beside``: the statement is noted there too, so that only an end of ours needs a number.
    """
    is_ours = has_end_of_ours(statement)
    if is_beside and not is_ours:
        return ""
    entry = notes_of(context["request"], context["moment"].at).add_end(statement)
    sign, words = ("", "") if is_ours else sign_of(statement)
    return _note_links([(entry.number, f", {words}" if words else "", sign)])


def _note_links(links):
    """Links to sources at the end of the page: each a number, words about it that are heard, and its sign."""
    return format_html_join(
        "",
        '<sup class="bhcp-note">[<a href="#source-{0}"><span class="nhsuk-u-visually-hidden">'
        'Source </span>{0}<span class="nhsuk-u-visually-hidden">{1}</span>'
        '<span aria-hidden="true">{2}</span></a>]</sup>',
        links,
    )


def _each(given):
    return given if isinstance(given, list | tuple) else [given]
