"""Hard words explained where they stand: ``{% load glossary %}``."""

import re

from django import template
from django.utils.html import format_html

from partners.models import TermMeaning

register = template.Library()


@register.simple_tag(takes_context=True)
def explain(context, text):
    """A text in which each word of the glossary opens its meaning, where the page first has it.

    It needs no script: the word is a button, and its meaning a popover. On paper, and in browsers
    that know no popovers, the meaning stands in brackets behind the word. The first call on a page
    takes one query.
    """
    if not text:
        return ""
    request = context["request"]
    if not hasattr(request, "hard_words"):
        request.hard_words = HardWords(request.moment)
    return request.hard_words.explained(str(text))


class HardWords:
    """The words of the glossary at a moment, and which of them a page has explained so far."""

    def __init__(self, moment):
        self._moment = moment
        self._meanings, self._explained = {}, set()
        for meaning in TermMeaning.objects.live(moment.at).select_related("term"):
            for name in (meaning.name, *meaning.other_names):
                self._meanings[name.lower()] = meaning
        # The longest first, so that no part of a name is taken for another.
        names = sorted(map(_with_plural, self._meanings), key=len, reverse=True)
        self._pattern = re.compile(rf"\b({'|'.join(names)})(?!\w)", re.IGNORECASE)

    def explained(self, text):
        """The text as safe HTML."""
        if not self._meanings:
            return text
        parts = self._pattern.split(text)
        # Every second part is a word of the glossary.
        parts[1::2] = map(self._word, parts[1::2])
        return format_html("{}" * len(parts), *parts)

    def _word(self, word):
        meaning = self._meanings.get(word.lower()) or self._meanings[_singular(word.lower())]
        term = meaning.term
        if term in self._explained:
            return word
        self._explained.add(term)
        return format_html(
            '<button type="button" class="bhcp-word" popovertarget="word-{slug}">{word}</button>'
            '<span class="bhcp-meaning" id="word-{slug}" popover><strong>{name}: </strong>{meaning}'
            '<a href="{there}">{name} in the glossary</a></span>',
            slug=term.slug,
            word=word,
            name=meaning.name,
            meaning=meaning.meaning,
            there=self._moment.keep(term.get_absolute_url()),
        )


def _with_plural(name):
    """A pattern for a name and its plural: ``limits``, ``community`` and ``communities``."""
    if name.endswith("s"):
        return re.escape(name)
    if name.endswith("y"):
        return f"{re.escape(name[:-1])}(?:y|ies)"
    return f"{re.escape(name)}s?"


def _singular(word):
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")
