"""The staff pages on which a partner joins, leaves, is renamed or is succeeded; and on its people."""

from datetime import UTC, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render

from bhcp_portal.kit.access import recently_confirmed, staff_only
from bhcp_portal.kit.actions import ActionError, seen_token
from bhcp_portal.kit.dates import Present, day_in_words
from bhcp_portal.kit.editor import actions as editor_actions
from bhcp_portal.kit.editor.proposal import Why, grounds_for
from bhcp_portal.kit.editor.reach import Reach
from bhcp_portal.kit.editor.sources import ground, source_date
from bhcp_portal.kit.editor.views.guards import proposal_or_404, refusal_words, sent_of
from bhcp_portal.kit.editor.views.sources import ask_source, choose_again, has_ground
from bhcp_portal.kit.editor.words import ThingNames
from partners import actions, changing
from partners.forms import (
    PartnerLeaveForm,
    PartnerRejoinForm,
    PartnerRenameForm,
    PartnerSucceedForm,
    PartsForm,
    PeopleForm,
    ReasonForm,
)
from partners.models import AccessEnd, Membership, Partner
from partners.roles import KEEP_RECORD, MANAGE_PEOPLE

CHANGES = {
    "leave": ("A partner leaves", PartnerLeaveForm),
    "rejoin": ("A partner that left joins again", PartnerRejoinForm),
    "rename": ("A partner gets another name", PartnerRenameForm),
    "succeed": ("Another body follows a partner", PartnerSucceedForm),
}


@staff_only(KEEP_RECORD)
def partner_changes(request):
    """What may happen to a partner, each with its page."""
    is_for_all = request.user.partner_scope(KEEP_RECORD) is None
    return render(request, "partners/staff/changes.html", {"is_for_all": is_for_all})


@staff_only(KEEP_RECORD)
def partner_change(request, what):
    """A few questions on a partner, then what changes; sent, it becomes one proposal."""
    if what not in CHANGES:
        raise Http404
    if what == "succeed" and request.user.partner_scope(KEEP_RECORD) is not None:
        raise PermissionDenied
    title, form_class = CHANGES[what]
    names = ThingNames(Present.now(UTC))
    choices = _choices(request, what, names)
    if nobody := _nobody(what, choices):
        messages.info(request, nobody)
        return redirect("staff:partner_changes")
    if request.method == "GET" and not has_ground(request):
        return ask_source(request, title=title, choices=grounds_for())
    given = request.POST or request.GET
    why = given.get("why") if given.get("why") in grounds_for() else Why.NOW
    form = form_class(
        request.POST if request.method == "POST" else None,
        initial={
            "why": why,
            "source": given.get("source", ""),
            "partner": request.GET.get("of", ""),
        },
        today=request.moment.today,
        **choices,
    )
    context = {"title": title, "form": form, "choose_again": choose_again(request, request.GET)}
    context |= ground(why, given.get("source", ""), names)
    if not form.is_valid() or request.POST.get("step") == "back":
        return render(request, "partners/staff/change.html", context)
    return _what_changes(request, what, form, names, context)


def _choices(request, what, names):
    """The partners now that a person keeps the record of, and all other bodies, for a form.

    Of bodies that may join again, only those that they keep the record of.
    """
    mine = Partner.objects.accessible_to(request.user, KEEP_RECORD, names.at)
    now = set(changing.members(names.at, request.moment.today).values_list("partner", flat=True))
    named = Partner.objects.known_at(names.at).with_name(names.at, request.moment.today)
    mine = set(mine.values_list("pk", flat=True))
    bodies = sorted(named, key=lambda each: each.name)
    found = {
        "members": [(each.code, each.name) for each in bodies if each.pk in now & mine],
        "others": [(each.code, each.name) for each in bodies if each.pk not in now & mine],
    }
    if what == "rejoin":
        former = changing.former(names.at, request.moment.today).filter(partner__in=mine)
        found["former"] = former.select_related("partner")
    return found


def _nobody(what, choices):
    """That there is no partner of which this can be said; empty if there is one."""
    if what == "rejoin":
        none = (
            "No partner has left that could join again. One that is new joins by “A partner joins”."
        )
        return "" if choices["former"] else none
    return "" if choices["members"] else "There is no partner yet of which this can be said."


def _what_changes(request, what, form, names, context):
    given, today = form.cleaned_data, request.moment.today
    partner = Partner.objects.with_name(names.at, today).get(code=given["partner"])
    successor = Partner.objects.with_name(names.at, today).filter(code=given.get("successor"))
    successor = successor.first() if given.get("successor") else None
    source = given["source"] if given["why"] == Why.DOCUMENT else ""
    on = changing.Grounds(given["why"], source, source_date(source, names.at) if source else "")
    is_end = what in ("leave", "succeed")
    parts = changing.parts_of(partner, given["day"], names) if is_end else []
    sent = request.POST if request.POST.get("step") == "send" else None
    ended = list(Membership.objects.live(names.at).filter(partner=partner))
    if what == "succeed":
        ended += [each.row for each in parts]
    moved = changing.PARTS if what == "succeed" else ""
    resting = changing.resting_on(partner, given["day"], names, but=moved) if is_end else []
    moves = PartsForm(
        sent,
        parts=parts,
        name=successor.name if what == "succeed" and successor else "",
        dated=on.dated,
        ended=[] if what == "rename" else ended,
    )
    last_day = given.get("last_day") or given["day"] - timedelta(days=1)
    people = changing.people_after(partner, last_day + timedelta(days=1)) if is_end else []
    joins, before = _joins(successor, given["day"], names)
    if moves.is_valid():
        rows = _rows(what, form, partner, successor, parts, moves, on, joins, before, names)
        try:
            if what == "rename":
                changing.require_first_day(partner, given["name"], given["day"], names.at)
            if what == "succeed":
                day = given["day"]
                changing.require_one_end(partner, names.at)
                changing.require_it_fits(partner, successor, day, names.at, is_end=True)
            with transaction.atomic():
                proposal = editor_actions.begin(
                    rows=rows,
                    title=f"{context['title']}: {partner.name}"[:300],
                    by=request.user,
                    at=request.moment.at,
                )
                if is_end:
                    actions.say_access_end(
                        proposal=proposal,
                        partner=partner,
                        leaves_on=given["day"],
                        last_day=last_day,
                        by=request.user,
                    )
            return redirect(proposal)
        except ActionError as refused:
            moves.add_error(None, refusal_words(request, refused))
    context |= {
        "what": what,
        "partner": partner,
        "successor": successor,
        "membership": Membership.objects.live(names.at).filter(partner=partner).first(),
        "day": day_in_words(given["day"]),
        "form": moves,
        "answers": form,
        "parts": parts,
        "joins": joins,
        "joins_later": _joins_later(successor, given["day"], names),
        "before": before,
        "last_day": day_in_words(last_day),
        "people": people,
        "resting": resting,
    }
    return render(request, "partners/staff/what_changes.html", context)


def _joins(successor, day, names):
    """Whether a body that follows joins with it; and its membership, if it belonged once and left."""
    if successor is None:
        return False, None
    membership = Membership.objects.live(names.at).filter(partner=successor).first()
    before = membership if membership is not None and membership.has_ended(day) else None
    return membership is None or before is not None, before


def _joins_later(successor, day, names):
    """The membership of a body that follows, if it begins only after a day; else ``None``."""
    found = Membership.objects.live(names.at).filter(partner=successor, joined_on__gt=day)
    return found.first() if successor else None


def _rows(what, form, partner, successor, parts, moves, on, joins, before, names):
    given = form.cleaned_data
    day = given["day"]
    if what == "rename":
        name, short = given["name"], given["short_name"]
        return [changing.renamed(partner, name=name, short_name=short, day=day, on=on)]
    membership = Membership.objects.live(names.at).get(partner=partner)
    if what == "rejoin":
        reason = given["reason"]
        return [changing.joining_again(membership, day=day, reason=reason, on=on)]
    if what == "leave":
        return [changing.leaving(membership, day=day, reason=given["reason"], on=on)]
    words = given["words"]
    rows = [
        changing.followed(
            partner,
            by=successor,
            name=given["successor_name"],
            words=words,
            day=day,
            is_end=True,
            on=on,
        ),
        changing.leaving(membership, day=day, reason=words, on=on),
    ]
    if before:
        rows.append(changing.joining_again(before, day=day, reason=words, on=on))
    elif joins:
        rows.append(changing.joining(successor, day=day, on=on))
    moved = moves.cleaned_data.get("moved", [])
    return rows + changing.moving(parts, moved, to=successor, day=day, reason=words, on=on)


@staff_only(KEEP_RECORD)
def partner_left(request, pk):
    """What a proposal with which partners leave doesn't say yet: until when their people sign in."""
    found = proposal_or_404(request, pk)
    if not Reach(request.user, request.moment.at).may_all("writer", found):
        raise Http404
    names = ThingNames(Present.now(UTC))
    leaving = changing.unasked(found, names.at) if found.is_open else []
    if not leaving:
        messages.info(request, "Everything is said already.")
        return redirect(found)
    form = PeopleForm(
        sent_of(request),
        leaving=leaving,
        today=request.moment.today,
        initial={"seen": seen_token(found)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            _say_who_leaves(request, found, leaving, form)
            messages.success(request, "It is added. Send the proposal for approval.")
        except ActionError as refused:
            messages.info(request, f"{refused} Nothing was added.")
        return redirect(found)
    shown = [
        {
            "partner": each.partner,
            "day": day_in_words(each.day),
            "ends": each.membership is not None,
            "last_day": day_in_words(each.usual_last_day),
            "people": changing.people_after(each.partner, each.usual_last_day + timedelta(days=1)),
            "resting": changing.resting_on(each.partner, each.day, names),
            "field": form[each.partner.code] if each.partner.code in form.fields else None,
        }
        for each in leaving
    ]
    context = {"proposal": found, "form": form, "leaving": shown}
    return render(request, "partners/staff/left.html", context)


def _say_who_leaves(request, found, leaving, form):
    on = {"seen": form.cleaned_data["seen"], "by": request.user, "at": request.moment.at}
    rows = [changing.leaving_with(each) for each in leaving if each.membership]
    with transaction.atomic():
        if rows:
            editor_actions.edit(proposal=found, rows=found.proposed + rows, title=found.title, **on)
        else:
            editor_actions.ask_again(proposal=found, **on)
        for each in leaving:
            if last_day := form.cleaned_data.get(each.partner.code):
                actions.say_access_end(
                    proposal=found,
                    partner=each.partner,
                    leaves_on=each.day,
                    last_day=last_day,
                    by=request.user,
                )


@staff_only(MANAGE_PEOPLE, for_all=True)
@recently_confirmed
def access_end(request, pk):
    """Whose roles go on after the day of a body that ends; they end with one button."""
    moment = request.moment
    end = get_object_or_404(AccessEnd.objects, pk=pk)
    if not AccessEnd.objects.in_force().contains(end):
        messages.info(
            request, "Nobody loses a role by that: it was called off, or a newer one stands."
        )
        return redirect("staff:home")
    leaving = Membership.objects.live(moment.at).filter(partner=end.partner_id).first()
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            number = actions.end_roles_of_body(
                end=end, reason=form.cleaned_data["reason"], by=request.user, at=moment.at
            )
            roles = "1 role ends" if number == 1 else f"{number} roles end"
            is_to_come = end.ends_on > moment.today
            when = f"after {day_in_words(end.last_day)}" if is_to_come else "today"
            messages.success(request, f"{roles} {when}.")
            return redirect("staff:home")
        except ActionError as refused:
            form.add_error(None, str(refused))
    context = {
        "end": end,
        "leaving": leaving and leaving.left_words,
        "partner": Partner.objects.with_name(moment.at, moment.today).get(pk=end.partner_id),
        "grants": end.roles_left().select_related("person").order_by("person__name", "role"),
        "form": form,
    }
    return render(request, "partners/staff/access_end.html", context)
