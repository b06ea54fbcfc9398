"""What a statement rests on: asked first, and the source chosen by words of its title."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import reverse

from bhcp_portal.kit.editor.forms import (
    MOST_FOUND,
)
from bhcp_portal.kit.editor.proposal import Why
from bhcp_portal.kit.editor.reach import may
from bhcp_portal.kit.editor.sources import proposed_sources, source_editor
from bhcp_portal.kit.editor.views.finding import words_asked
from bhcp_portal.kit.sources import Source


def has_ground(request):
    """Whether a person has chosen what it rests on."""
    why, source = request.GET.get("why", ""), request.GET.get("source", "")
    return why in (Why.SLIP, Why.NOW) or (why == Why.DOCUMENT and bool(source))


def ask_source(request, *, title, choices):
    """The page on which a person chooses what a statement rests on, and which source."""
    at, why = request.moment.at, request.GET.get("why", "")
    words = words_asked(request, "words")
    kept = [(n, v) for n, v in request.GET.items() if n not in ("why", "words", "page", "source")]
    found = Source.objects.by_title(at)
    for word in words.split():
        found = found.filter(title__icontains=word)
    page = Paginator(found, MOST_FOUND).get_page(request.GET.get("page"))
    context = {
        "title": title,
        "choices": [(each.value, each.label) for each in choices],
        "why": why if why in choices else "",
        "words": words,
        "kept": kept,
        "page": page,
        "sources": [(s.title, _with(request, kept, why=why, source=s.slug)) for s in page],
        "proposed": _proposed(request, kept, why, words),
        "add_source": _add_source(kept, request.path) if _may_add(request) else "",
    }
    return render(request, "kit/editor/rests_on.html", context)


def _with(request, kept, **more):
    return f"{request.path}?{urlencode([*kept, *more.items()])}"


def _proposed(request, kept, why, words):
    """The titles of the sources that wait for approval, each with the address that uses it."""
    return [
        (cells["title"], _with(request, kept, why=why, source=slug))
        for slug, cells in proposed_sources().items()
        if all(word in cells["title"].lower() for word in words.lower().split())
    ]


def _may_add(request):
    """Whether a person writes what is said of sources, which is for who writes for all partners."""
    kind = source_editor().kind
    return may(request.user, kind.writer, kind, None, request.moment.at)


def _add_source(kept, path):
    then = f"{path}?{urlencode([*kept, ('why', Why.DOCUMENT)])}"
    address = reverse("staff:record_add", args=[source_editor().slug])
    return f"{address}?{urlencode({'why': Why.NOW, 'then': then})}"


def choose_again(request, given):
    kept = [(n, v) for n, v in request.GET.items() if n not in ("why", "source")]
    return _with(request, kept)
