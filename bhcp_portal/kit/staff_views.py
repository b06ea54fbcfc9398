"""What staff views share: carrying out what a form asks for, saying what came of it, and answering a conflict."""

from dataclasses import dataclass
from datetime import date

from django import forms
from django.contrib import messages
from django.db import models
from django.utils.html import format_html

from bhcp_portal.kit.actions import IncompleteError, seen_token
from bhcp_portal.kit.dates import day_in_words

# Two people wrote at once: nothing was saved, and the answer shows what the other one wrote.
CONFLICT = 409


def perform(request, form, action, **about):
    """What an action made of a form's ``arguments``; ``None`` where none was sent, or something is wrong in it."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return action(**form.arguments, **about, by=request.user, at=request.moment.at)
    except IncompleteError as refused:
        for field, sentence in refused.errors:
            form.add_error(field, sentence)
        return None


def say_public(request, words, thing):
    """Say what happened, with a way to the public page of a thing or statement."""
    link = '{} <a class="nhsuk-notification-banner__link" href="{}">See the public page</a>'
    messages.success(request, format_html(link, words, thing.get_absolute_url()))


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """One field of a form: what it says now and what this person wrote."""

    label: str
    now: str
    yours: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """What stands between a row that somebody changed and the words that another person sent.

    ``sentence`` says who changed it; ``lines`` where the two differ; ``is_locked``: it can no longer be written
    on, so that the words can only be copied. Shown by ``layouts/_conflict.html``, with the status ``CONFLICT``.
    """

    sentence: str
    lines: list[ConflictLine]
    is_locked: bool = False


def conflict_of(form, row, initial, sentence):
    """The conflict of a sent form with what its row says now, ``initial`` as the form would begin with it.

    The form keeps the person's words and now knows of the row: sent again, it takes that row's place.
    """
    form.data = form.data.copy()
    form.data[form.add_prefix("seen")] = seen_token(row)
    lines = [
        ConflictLine(bound.label, now, yours)
        for bound in form.visible_fields()
        if (now := field_words(bound.field, initial.get(bound.name)))
        != (yours := field_words(bound.field, form.cleaned_data.get(bound.name)))
    ]
    return Conflict(sentence, lines)


def field_words(field, value) -> str:
    """What a value of a form's field says, as a person reads it; empty for none."""
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(sorted(field.label_from_instance(each) for each in _rows(field, value)))
    if isinstance(field, forms.ModelChoiceField):
        found = _rows(field, [] if value in (None, "") else [value])
        return "".join(field.label_from_instance(each) for each in found)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if value is None or value == "":
        return ""
    if isinstance(value, date):
        return day_in_words(value)
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))
    return str(value)


def _rows(field, values):
    keys = [value.pk if isinstance(value, models.Model) else value for value in values or ()]
    return field.queryset.filter(pk__in=keys)
