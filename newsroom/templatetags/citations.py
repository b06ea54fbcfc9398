"""The sources that a text names: each becomes a small number, and stands once at the end of its page."""

import re

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from bhcp_portal.kit.markdown import to_html
from bhcp_portal.kit.notes import Notes, notes_of
from partners.models import SourceProfile

register = template.Library()

# A link to the page of a source, in brackets of its own or not, as ``kit.markdown`` draws it.
LINK = r'<a href="/sources/([-a-z0-9]+)/(?:\?[^"]*)?"[^>]*>[^<]*</a>'
IN_BRACKETS = re.compile(rf"\s*\({LINK}\)")


@register.simple_tag(takes_context=True)
def body_of(context, version) -> SafeString:
    """The text of a news item or a standing page, with its sources among those of the page."""
    moment = context["moment"]
    return cited(
        to_html(version.body, moment.keep), notes_of(context["request"], moment.at), moment.at
    )


def cited(html: SafeString, notes: Notes, at) -> SafeString:
    """A text in which a source that stands in brackets is a number, as ``{% note %}`` writes it.

    One that stands among the words keeps them, and its number follows. Each source that the text links to, if it is known at the moment, is among the notes of the page.
    One query, of a text that names none no query.
    """
    slugs = re.findall(LINK, html)
    if not slugs:
        return html
    profiles = SourceProfile.objects.live(at).filter(cited__slug__in=slugs).select_related("cited")
    known = {profile.cited.slug: profile for profile in profiles}
    numbers = {slug: notes.cite(known[slug]).number for slug in slugs if slug in known}

    def number(found):
        if found[1] not in numbers:
            return found[0]
        sign = format_html(
            '<sup class="bhcp-note">[<a href="#source-{0}"><span class="nhsuk-u-visually-hidden">'
            "Source </span>{0}</a>]</sup>",
            numbers[found[1]],
        )
        return sign if found[0].endswith(")") else found[0] + sign

    text = re.sub(LINK, number, IN_BRACKETS.sub(number, html))
    return mark_safe(text)  # noqa: S308 - cleaned before, and numbers
