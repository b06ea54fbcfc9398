"""Proposals: statements of one step that another person publishes or throws away.

A proposal is the statement itself, not yet published. Of a matter one waits at a time. Kinds that
take more steps (status, cards, news) or many statements at once (readings) have ways of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db import models

from bhcp_portal.kit.actions import (
    IncompleteError,
    StaleError,
    locked_draft,
    publish,
    require_other_person,
    require_reason,
    seen_token,
)
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import Present, day_in_words, span
from bhcp_portal.kit.kinds import Kind, kind_of, kinds, value_at
from bhcp_portal.kit.last_steps import person_names
from bhcp_portal.kit.numbers import number
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.things import Thing

NumberWords = Callable[[Decimal], str]
OF_EVERY_STATEMENT = {field.name for field in Statement._meta.get_fields()} - {"note", "reason"}


class WaitingError(IncompleteError):
    """A proposal on the same matter, ``waiting``, waits already. ``field``: the form's field that
    says so.
    """

    def __init__(self, waiting, field=None):
        sentence = f"{waiting.author} proposed this already, and it waits for another person."
        super().__init__([(field, sentence)])


def kinds_decided_by(permission: str) -> list[Kind]:
    """The kinds whose proposals holders of a permission decide on."""
    return [kind for kind in kinds() if kind.is_proposed and kind.approver == permission]


def proposals(kind: Kind, things: models.QuerySet) -> models.QuerySet:
    """The proposals of a kind for some of the things that it is reached by, with who wrote them."""
    waiting = kind.model.objects.drafts().filter(**{f"{kind.reach}__in": things})
    return waiting.select_related("author", kind.reach).order_by("pk")


def approved_lately(kind: Kind, person, since: datetime) -> models.QuerySet:
    """What stands of a kind and was approved since a moment, if the person proposed or approved it."""
    approvals = kind.model.pgh_event_model.objects.filter(
        pgh_context__action=f"{kind.model._meta.label_lower}.approved", pgh_created_at__gt=since
    )
    own = approvals.filter(models.Q(author=person) | models.Q(pgh_context__by=person.email))
    standing = kind.model.objects.live(Present.now(UTC)).filter(pk__in=own.values("pgh_obj_id"))
    return standing.select_related("author", kind.reach).order_by("pk")


def deleted_lately(kind: Kind, person, since: datetime) -> list[tuple[Any, str]]:
    """A kind's drafts that a person wrote in or sent and somebody else deleted since a moment.

    The newest comes first. Each is a row of the history, with who deleted it and why in words.
    """
    events = kind.model.pgh_event_model.objects
    names = [*kind.model.writer_fields]
    names += [field.name for field in kind.model._meta.fields if field.name == "submitted_by"]
    own = events.filter(reduce(or_, (models.Q(**{name: person}) for name in names)))
    deleted = events.filter(
        pgh_label="delete",
        pgh_obj_id__in=own.values("pgh_obj_id"),
        pgh_created_at__gte=since,
        pgh_context__has_key="by",
    )
    found = list(deleted.exclude(pgh_context__by=person.email).order_by("-pgh_id"))
    names = person_names(event.pgh_context["by"] for event in found) if found else {}
    return [(event, _by_and_why(event.pgh_context, names)) for event in found]


def _by_and_why(context, names):
    who = names.get(context["by"], context["by"])
    return f"{who}: {reason}" if (reason := context.get("reason", "")) else f"Deleted by {who}"


def thing_of(proposal: Statement) -> Thing:
    """The thing whose partner decides on a proposal."""
    return value_at(proposal, kind_of(type(proposal)).reach)


def waiting_on(statement: Statement) -> models.QuerySet:
    """The proposals on the same matter as a statement."""
    return type(statement).objects.drafts().filter(**_matter(statement))


def standing_beside(proposal: Statement) -> Statement | None:
    """What stands now on the matter of a proposal."""
    live = type(proposal).objects.live(Present.now(UTC))
    return live.filter(**_matter(proposal)).first()


def _matter(statement):
    return {name: getattr(statement, name) for name in statement.identity_fields}


def propose(statement: Statement, *, field: str | None = None) -> Statement:
    """Save a statement that waits for another person. Call it under a lock of its thing.

    Sent twice by one person it is one. Raises ``WaitingError`` if another waits.
    """
    for waiting in waiting_on(statement):
        if waiting.author_id == statement.author_id and not _differing(statement, waiting):
            return waiting
        raise WaitingError(waiting, field)
    statement.save()
    return statement


def decision_token(proposal: Statement) -> str:
    """What a person who decides had before them: the proposal, and what stands beside it."""
    return f"{seen_token(proposal)}/{seen_token(standing_beside(proposal))}"


def approve_proposal(*, proposal: Statement, seen: str, by, at) -> Statement:
    """Publish what another person proposed.

    ``seen``: the ``decision_token`` that the person had. Raises ``GoneError`` if it is decided
    already, ``StaleError`` if something else stands now, ``SamePersonError`` for who wrote it,
    ``IncompleteError`` if a rule of its kind refuses it by now (``Statement.refusal``).
    """
    with action(f"{proposal._meta.label_lower}.approved", by=by):
        draft = locked_draft(type(proposal), proposal)
        thing = thing_of(draft)
        type(thing).objects.select_for_update().get(pk=thing.pk)
        if decision_token(draft) != seen:
            raise StaleError(draft)
        require_other_person(draft, by)
        if refusal := draft.refusal(Present.now(UTC)):
            raise IncompleteError([(None, refusal)])
        if draft.approver_field:
            setattr(draft, draft.approver_field, by)
        return publish(draft, at=at)


def refuse_proposal(*, proposal: Statement, reason: str, by, at) -> None:
    """Delete a proposal, with a reason; its author may do so too. A thing of which nothing else is
    said goes with it.

    Raises ``GoneError`` if it is decided already, ``IncompleteError`` without a reason.
    """
    with action(f"{proposal._meta.label_lower}.refused", by=by, reason=reason):
        draft = locked_draft(type(proposal), proposal)
        require_reason(reason)
        thing = getattr(draft, draft.identity_fields[0])
        draft.delete()
        if isinstance(thing, Thing) and not getattr(thing, thing.PROFILES).exists():
            thing.delete()


# -- what it would change -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A field in words: what the proposal says, and what stands; empty where nothing is said."""

    label: str
    now: str
    before: str


def compared(
    proposal: Statement, standing: Statement | None, number_words: NumberWords = number
) -> tuple[list[ProposalLine], list[ProposalLine]]:
    """A proposal beside what stands: the lines that differ, and those that are the same.

    ``number_words`` writes its numbers, with their unit if they have one.
    """
    changed, same = [], []
    for field in _content_fields(type(proposal)):
        now = _words(field, proposal, number_words)
        # A reason belongs to its own change alone.
        before = (
            _words(field, standing, number_words) if standing and field.name != "reason" else ""
        )
        if now or before:
            line = ProposalLine(
                str(field.verbose_name).removesuffix(" as").capitalize(), now, before
            )
            (same if now == before else changed).append(line)
    return changed, same


def _differing(one, other):
    return [
        field
        for field in _content_fields(type(one))
        if getattr(one, field.attname) != getattr(other, field.attname)
    ]


def _content_fields(model):
    """The fields that say something; of a written date its words, not the day it counts from."""
    names = {field.name for field in model._meta.concrete_fields}
    found = [
        field
        for field in model._meta.concrete_fields
        if field.name not in OF_EVERY_STATEMENT
        and not field.primary_key
        and field.name not in (model.identity_fields[0], model.approver_field)
        and field.name.replace("_on", "_as") not in names - {field.name}
    ]
    # Every statement has a note and a reason; what is its own comes first.
    return sorted(found, key=lambda field: field.name in ("note", "reason"))


def _words(field, row, number_words):
    value = getattr(row, field.name)
    if value is None or value == "":
        return ""
    if isinstance(value, Thing):
        named = type(value).objects.with_profile(Present.now(UTC)).get(pk=value.pk).profile
        return getattr(named, value.NAME_FIELD, value.slug)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if field.name.endswith("_as"):
        return span(value).in_words()
    if hasattr(value, "year"):
        return day_in_words(value)
    if hasattr(value, "as_tuple"):
        return number_words(value)
    return str(value)
