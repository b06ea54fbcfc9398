"""Hard words explained where they stand: ``{% load glossary %}``."""

from django import template
from django.utils.html import format_html

from partners.hard_words import hard_words

register = template.Library()


@register.simple_tag(takes_context=True)
def explain(context, text):
    """A text in which each word of the glossary opens its meaning, where the page first has it.

    It needs no script: the word is a button, and its meaning a popover. On paper, and in browsers
    that know no popovers, the meaning stands in brackets behind the word. Past days explain none,
    since their pages have no query to spare.
    """
    request = context["request"]
    if not text or request.moment.is_past:
        return text or ""
    if not hasattr(request, "explained"):
        request.explained = set()
    # Every second part is a word of the glossary.
    parts = hard_words().split(str(text))
    for place in range(1, len(parts), 2):
        word, meaning = parts[place]
        is_first = meaning.term not in request.explained
        request.explained.add(meaning.term)
        parts[place] = _opening(word, meaning) if is_first else word
    return format_html("{}" * len(parts), *parts)


def _opening(word, meaning):
    return format_html(
        '<button type="button" class="bhcp-word" popovertarget="word-{slug}">{word}</button>'
        '<span class="bhcp-meaning" id="word-{slug}" popover><strong>{name}: </strong>{meaning}'
        '<a href="{there}">{name} in the glossary</a></span>',
        slug=meaning.term.slug,
        word=word,
        name=meaning.name,
        meaning=meaning.meaning,
        there=meaning.term.get_absolute_url(),
    )
