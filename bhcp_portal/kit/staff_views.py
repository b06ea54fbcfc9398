"""What staff views share: carrying out a form's action, reporting success, files, conflicts."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from bhcp_portal.kit.actions import IncompleteError, seen_token
from bhcp_portal.kit.dates import Span, day_in_words
from bhcp_portal.kit.numbers import number

# Two people wrote at once: nothing was saved, and the answer shows what the other one wrote.
CONFLICT = 409
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def perform(request, form, action, **about):
    """Carry out ``action`` with a sent form's ``arguments`` and ``about``; gives what it gives.

    Gives ``None`` if no form was sent or if it has errors. An ``IncompleteError`` of the action
    becomes errors of the form; any other ``ActionError`` is raised.
    """
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return action(**form.arguments, **about, by=request.user, at=request.moment.at)
    except IncompleteError as refused:
        for field, sentence in refused.errors:
            form.add_error(field, sentence)
        return None


def say_public(request, words, of):
    """Show a message of success, with a link to a public page (``with_public_page``)."""
    messages.success(request, with_public_page(words, of))


def with_public_page(words, of):
    """A sentence with a link to a public page, for a message: ``of`` a thing or statement, or its address."""
    link = '{} <a class="nhsuk-notification-banner__link" href="{}">See the public page</a>'
    return format_html(link, words, resolve_url(of))


def download(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file to keep, under a name; ``kind``: ``CSV`` or ``XLSX``."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def ask_to_delete(request, title, *, back, **kept):
    """The page that asks once whether a person means to delete what was never public, called ``title``.

    ``kept`` is sent again, with ``sure``, when they do; else they go ``back``.
    """
    context = {"title": title, "back": back, "kept": kept.items()}
    return render(request, "staff/delete.html", context)


def not_sent(words):
    """A sentence with the words that an action refused, for a message: none of them is lost."""
    return f" What you wrote was not sent: “{words}”" if words else ""


def gone(request, form_class, sentence, back):
    """Show what was written in a form whose row is gone, so that it can be copied; or ``None``.

    ``None`` if nothing was written. ``sentence`` says what happened; ``back``: where to go on.
    """
    written = [
        (field.label, text)
        for name, field in form_class.base_fields.items()
        if isinstance(field, forms.CharField) and not field.widget.is_hidden
        if (text := request.POST.get(name, "").strip())
    ]
    context = {"sentence": sentence, "written": written, "back": back}
    return render(request, "layouts/gone.html", context, status=CONFLICT) if written else None


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """One field of a form: what the row says now, and what this person wrote."""

    label: str
    now: str
    yours: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """What the page of a conflict shows: a row that somebody changed while another person wrote.

    ``sentence`` says who changed it. ``lines``: the fields that differ. ``is_locked``: the row can
    no longer be changed, so that the words can only be copied. Shown by ``layouts/_conflict.html``,
    with the status ``CONFLICT``.
    """

    sentence: str
    lines: list[ConflictLine]
    is_locked: bool = False


def conflict_of(form, row, initial, sentence):
    """The conflict between a sent form and its row; ``initial``: the row's values for the form.

    The form keeps the person's words and takes the row's token: sent again, it takes that row's
    place.
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
    """The value of a form field as a person reads it; empty text if there is none."""
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(sorted(field.label_from_instance(each) for each in _rows(field, value)))
    if isinstance(field, forms.ModelChoiceField):
        found = _rows(field, [] if value in (None, "") else [value])
        return "".join(field.label_from_instance(each) for each in found)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if value is None or value == "":
        return ""
    if isinstance(value, Span):
        return value.in_words()
    if isinstance(value, date):
        return day_in_words(value)
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))
    return str(value)


def _rows(field, values):
    keys = [value.pk if isinstance(value, models.Model) else value for value in values or ()]
    return field.queryset.filter(pk__in=keys)


def file_ready(request, form, page):
    """Lead back to a list, as it was asked for, on which its file is downloaded by one button more.

    ``page``: its URL name. For a form that waited while the second factor was asked for (``has_waited``).
    """
    messages.success(request, "You confirmed that it is you. The file is ready: download it below.")
    asked = {name: text for name, text in request.POST.items() if name in form.fields and text}
    return redirect(f"{reverse(page)}?{urlencode(asked)}#download")
