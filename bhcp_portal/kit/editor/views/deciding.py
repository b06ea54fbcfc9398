"""The page on which several that wait of one kind are decided, each by itself."""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.html import format_html, format_html_join

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import ActionError
from bhcp_portal.kit.decisions import say_decided
from bhcp_portal.kit.editor.forms import OneOfSeveralForm
from bhcp_portal.kit.editor.views.guards import SEE, of_kind, refusal_words
from bhcp_portal.kit.last_steps import is_deleted, last_step
from bhcp_portal.kit.staff_views import not_sent
from bhcp_portal.kit.waiting import Waiting, waiting_of

ON_A_PAGE = 10
NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass
class OneOfSeveral:
    """A row on the page, beside what stands, and the form that decides on it."""

    waiting: Waiting
    row: models.Model
    request: object

    @cached_property
    def title(self):
        return self.waiting.title(self.row, self.request.moment.at)

    @cached_property
    def shown(self):
        return self.waiting.shown(self.row, self.request.moment)

    @cached_property
    def refusal(self):
        """Why it can’t be approved now, with a link to what stands in the way; empty if nothing does."""
        return refusal_words(self.request, self.shown.refusal)

    @cached_property
    def form(self):
        return OneOfSeveralForm(
            self.request.POST if self.request.method == "POST" else None,
            prefix=f"{self.waiting.name}-{self.row.pk}",
            title=self.title,
            returns=self.waiting.returns,
            is_refused=bool(self.shown.refusal),
            initial={"seen": self.waiting.seen(self.row), "decision": "leave"},
        )

    @property
    def errors(self):
        """Pairs of a sentence that names the row, and the field that it is about."""
        return [(f"{self.title}: {error}", field) for field in self.form for error in field.errors]


@staff_only(SEE)
@of_kind("approver")
def record_decide(request, of):
    """What waits of a kind, each with its differences and decided by itself, with one button.

    One whose decision lacks its words stays on the page with what was written; the others are
    carried out.
    """
    ways = waiting_of(of)
    if not ways:
        raise Http404
    if request.method == "POST":
        sent = _sent(request, ways)
        kept = [each for each in sent if not each.form.is_valid()]
        if len(kept) < len(sent):
            _decide(request, [each for each in sent if each not in kept], kept=len(kept))
        if not kept:
            return redirect("staff:record_decide", of.slug)
        context = {"shown": kept, "errors": [line for each in kept for line in each.errors]}
    else:
        found = [(way, *way.together(request.user, request.moment.at)) for way in ways]
        pairs = [(way, row) for way, rows, *_ in found for row in rows]
        page = Paginator(pairs, ON_A_PAGE).get_page(request.GET.get("page"))
        shown = [OneOfSeveral(way, row, request) for way, row in page]
        by_themselves = [
            (way.title(row, request.moment.at), row.get_absolute_url(), way.rows_of(row))
            for way, _, rows, _ in found
            for row in rows
        ]
        own = sum(own for *_, own in found)
        context = {"shown": shown, "page": page, "by_themselves": by_themselves, "own": own}
    return render(request, "kit/editor/decide.html", {"kind": of, **context})


def _sent(request, ways):
    """What a sent form decides on, whatever became of it since; what is gone is said at once."""
    found, missing = [], 0
    for way in ways:
        sent = [each for each in request.POST.getlist(way.name) if NUMBER.fullmatch(each)]
        keys = list(dict.fromkeys(map(int, sent)))[:ON_A_PAGE]
        rows = way.sent(request.user, request.moment.at, keys) if keys else []
        found += [OneOfSeveral(way, row, request) for row in rows]
        missing += len(keys) - len(rows)
    if missing:
        messages.warning(request, f"No longer there: {missing}.")
    gone = [each for each in found if is_deleted(each.row)]
    for each in gone:
        remarks = request.POST.get(f"{each.waiting.name}-{each.row.pk}-remarks", "")
        _say_left(request, each, last_step(each.row), remarks)
    return [each for each in found if each not in gone]


def _say_left(request, one, why, remarks):
    words = format_html("“{}” stays as it is. {}{}", one.title, why, not_sent(remarks))
    messages.warning(request, words)


def _named(rows):
    """Titles, each with a link to its public page if it has one."""
    link = '<a class="nhsuk-notification-banner__link" href="{}">{}</a>'
    shown = ((format_html(link, page, title) if page else title,) for title, page in rows)
    return format_html_join("; ", "{}", shown)


@recently_confirmed
def _decide(request, shown, *, kept):
    """Carry out each decision in a transaction of its own, and say what became of them.

    ``kept``: how many more stay on the page.
    """
    done = defaultdict(list)
    for each in shown:
        chosen, row = each.form.cleaned_data, each.row
        how = {"seen": chosen["seen"], "by": request.user, "at": request.moment.at}
        try:
            if chosen["decision"] == "approve":
                page = each.waiting.approve(row, **how)
                done["Public now" if page else "Approved for its day"].append((each.title, page))
            elif chosen["decision"] == "return":
                each.waiting.refuse(row, remarks=chosen["remarks"], **how)
                done["Returned" if each.waiting.returns else "Deleted"].append((each.title, ""))
        except ActionError as refused:
            _say_left(request, each, refusal_words(request, refused), chosen["remarks"])
    lines = ((what, len(rows), _named(rows)) for what, rows in done.items())
    words = format_html_join(" ", "{}: {}. {}.", lines)
    if kept:
        left = "{} Not decided yet: {}. See below what is missing."
        messages.info(request, format_html(left, words, kept))
    elif done:
        say_decided(request, words)
    elif not any(each.form.cleaned_data["decision"] != "leave" for each in shown):
        messages.info(request, "You left all of them as they are.")
