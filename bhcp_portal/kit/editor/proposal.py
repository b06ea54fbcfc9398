"""Proposals: what somebody means to put on the record, before another person has approved it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date
from functools import reduce
from operator import or_
from typing import ClassVar, Self

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from bhcp_portal.kit.actions import IncompleteError
from bhcp_portal.kit.audit import tracked
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.editors import Editor, editor_carrying
from bhcp_portal.kit.finding import in_same_words
from bhcp_portal.kit.kinds import Kind, kind_called
from bhcp_portal.kit.reviews import DoneAtOnce
from bhcp_portal.kit.statements import Statement, time_and_person
from bhcp_portal.kit.things import Thing

# In a cell of a proposal that is not saved yet: the thing that it brings into being.
NEW_THING = "(new)"


def new_thing(number: int) -> str:
    """What stands for one of several things that a proposal brings into being, from 0 on."""
    return f"(new {number + 1})" if number else NEW_THING


class Act(models.TextChoices):
    """What is done to the record."""

    ADD = "add", "Add"
    CORRECT = "correct", "Correct"
    END = "end", "End"
    TAKE_BACK = "take_back", "Take back"
    MOVE = "move", "Change the address or code"


class Why(models.TextChoices):
    """What a statement rests on, and so from when it counts (BEHAVIOUR R).

    A ``SLIP`` is mended at the date of the document. A ``MISTAKE`` was our own: the row is taken
    back, and the right one counts from its approval.
    """

    SLIP = "slip", "We copied it wrongly from the source"
    DOCUMENT = "document", "A document or data set says so"
    MISTAKE = "mistake", "We wrote it wrongly here"
    NOW = "now", "We say so ourselves, from the day it is approved"


def grounds_for(row: Statement | None = None) -> list[Why]:
    """What a new statement, or the change of a row, can rest on.

    Only a document is copied wrongly, and where no row supersedes another nothing newer takes its
    place.
    """
    if row is None:
        return [Why.DOCUMENT, Why.NOW]
    slip = [Why.SLIP] * bool(row.source_id and row.published_as)
    return [*slip, *([Why.DOCUMENT, Why.NOW] if may_be_superseded(row) else [])]


def may_be_superseded(row: Statement) -> bool:
    """Whether another row can take its place: its matter is said in full.

    A row with a part of its matter empty is a matter of its own (``kit/guards.sql``).
    """
    matter = [row._meta.get_field(name).attname for name in row.identity_fields]
    return bool(matter) and all(getattr(row, name) is not None for name in matter)


def matter_in_words(matter: Iterable) -> tuple:
    """The values of what a row is about, for a comparison in which case and spaces don’t count."""
    return tuple(in_same_words(getattr(each, "pk", each)) for each in matter)


def standing_alike(
    model: type[Statement], values: Mapping, but: Statement | None = None
) -> Statement | None:
    """What stands on the matter that values have, in the same words; ``but``: another row than this."""
    matter = {name: values.get(name) for name in model.identity_fields}
    named = {name: value for name, value in matter.items() if not isinstance(value, str)}
    rows = model.objects.live(Present.now(UTC)).filter(**named)
    rows = rows.exclude(pk=but.pk) if but else rows
    wanted = matter_in_words(matter.values())
    own = ((row, matter_in_words(getattr(row, name) for name in matter)) for row in rows)
    return next((row for row, words in own if words == wanted), None)


@dataclass(slots=True)
class ProposedRow:
    """One statement of a proposal.

    ``kind``: the name of its kind in addresses. ``replaces``: the primary key of the row that it
    corrects, ends or takes back. ``cells``: the texts by column, as a file of its table would have
    them. ``result``: the primary key of the row that it became. ``counts_from``: the day on which it
    goes on the record, if that is a later one than that of its approval (as ``2027-04-01``).
    ``same_as``: the primary key of the row whose words it says again of something else, as of who follows
    in a merge. ``calls_off``: its approval calls off what was approved for a day to come of the same thing; a
    list, which from then on holds the rows called off, each with the primary key of its proposal.
    """

    kind: str
    act: str
    cells: dict[str, str]
    why: str = ""
    replaces: int | None = None
    result: int | None = None
    counts_from: str = ""
    calls_off: list | None = None
    same_as: int | None = None

    def waits(self, day: date) -> bool:
        """Whether it goes on the record later than on a day."""
        return bool(self.counts_from) and date.fromisoformat(self.counts_from) > day

    @property
    def editor(self) -> Editor:
        return editor_carrying(self.kind)

    @property
    def of_kind(self) -> Kind:
        return kind_called(self.kind)

    @property
    def ends_something(self) -> bool:
        """Whether something ends with it, so that other rows of its proposal may rest on that day."""
        return self.act == Act.END or bool(
            self.editor and self.editor.whole and self.editor.whole.ends
        )

    @property
    def act_words(self) -> str:
        return Act(self.act).label

    @property
    def why_words(self) -> str:
        return Why(self.why).label if self.why else ""

    def as_stored(self) -> dict:
        """Its fields by name. A file has a thousand rows, for which ``asdict`` takes long."""
        return {name: getattr(self, name) for name in self.__slots__} | {"cells": {**self.cells}}

    @property
    def has_form(self) -> bool:
        """Whether the general form writes it.

        Of a kind with pages of its own only what begins a thing, which has no such page yet.
        """
        if self.editor is None:
            return False
        begins = self.act == Act.ADD and bool(self.editor.begins)
        return begins or not self.of_kind.has_own_pages

    def replaced(self) -> Statement | None:
        """The row that it corrects, ends or takes back."""
        return self.of_kind.model.objects.get(pk=self.replaces) if self.replaces else None


def changed_rows(rows: list[ProposedRow], number: int, row: ProposedRow) -> list[ProposedRow]:
    """The rows of a proposal with another in place of one; ``number``: which of them, from 1.

    Where something ends, its day is one (``Editor.days``): changed in one row, it changes in all.
    ``IncompleteError`` if others rest on the day that the row leaves empty.
    """
    old = rows[number - 1]
    row = replace(row, counts_from=old.counts_from, same_as=old.same_as)
    found = [*rows[: number - 1], row, *rows[number:]]
    if not any(each.ends_something for each in rows):
        return found
    days = {
        old.cells[name]: (name, row.cells[name])
        for name in row.editor.days
        if old.cells.get(name) and old.cells[name] != row.cells[name]
    }
    for place, each in enumerate(found):
        if each is row or each.editor is None:
            continue
        moved = {
            name: days[each.cells[name]]
            for name in each.editor.days
            if each.cells.get(name) in days
        }
        for name, day in moved.values():
            if not day:
                sentence = "Other rows are of this day too, so it can’t be left empty."
                raise IncompleteError([(name, sentence)])
        if moved:
            cells = each.cells | {name: day for name, (_, day) in moved.items()}
            found[place] = replace(each, cells=cells)
    return found


class ProposalQuerySet(models.QuerySet):
    def open(self) -> Self:
        """Those that somebody still has to write, send or decide on."""
        return self.filter(state__in=(State.DRAFT, State.SUBMITTED, State.RETURNED))

    def on(self, kind: str, pk: int) -> Self:
        """Those that touch a row of a kind."""
        return self.filter(rows__contains=[{"kind": kind, "replaces": pk}])

    def giving(self, kind: str, pk: int) -> Self:
        """Those that a row of a kind came from."""
        return self.filter(rows__contains=[{"kind": kind, "result": pk}])

    def about(self, kind: str, pk: int) -> Self:
        """Those that touch a row of a kind, and the one that it came from."""
        return self.on(kind, pk) | self.giving(kind, pk)

    def moving(self, cells: dict[str, str]) -> Self:
        """Those that change the address or the code of a thing: cells with its table and that."""
        return self.filter(rows__contains=[{"act": Act.MOVE, "cells": cells}])

    def beginning(self, things: models.QuerySet) -> Self:
        """Those with which one of these things was made."""
        label = things.model._meta.label_lower
        made = [Q(begun__contains=[[label, thing.slug]]) for thing in things]
        return self.filter(reduce(or_, made)) if made else self.none()

    def of_kind(self, *kinds: str) -> Self:
        """Those with a row of one of some kinds."""
        asked = [Q(rows__contains=[{"kind": kind}]) for kind in kinds]
        return self.filter(reduce(or_, asked)) if asked else self.none()

    def first_of_kind(self, kind: str) -> Self:
        """Those whose first row is of a kind: where what changes several kinds is listed once."""
        return self.filter(rows__0__kind=kind)

    def published(self) -> Self:
        """The approved ones."""
        return self.filter(state=State.PUBLISHED)

    def written_by(self, person) -> Self:
        """Those that a person had a hand in, whoever wrote in them last; from their history."""
        events = self.model.pgh_event_model.objects.filter(author=person)
        return self.filter(pk__in=events.values("pgh_obj_id"))

    def of_hand(self, person) -> Self:
        """Those that a person wrote in or sent; from their history."""
        events = self.model.pgh_event_model.objects
        own = events.filter(Q(author=person) | Q(submitted_by=person))
        return self.filter(pk__in=own.values("pgh_obj_id"))

    def unfinished(self) -> Self:
        """The approved ones of which a part is not on the record: its day is to come, or it was
        refused on that day, which ``remarks`` then say."""
        return self.published().filter(rows__contains=[{"result": None}])

    def waiting_for_a_day(self) -> Self:
        """The approved ones of which a part goes on the record on a day to come."""
        return self.unfinished().filter(remarks="")

    def done_at_once(self) -> Self:
        """What one person took back at once."""
        return self.filter(state=State.AT_ONCE)


class State(models.TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Waits for approval"
    RETURNED = "returned", "Returned"
    PUBLISHED = "published", "Published"
    DROPPED = "dropped", "Deleted"
    AT_ONCE = "at_once", "Taken back at once"


@tracked()
class Proposal(models.Model):
    """One or several statements that are decided together.

    ``author``: the person who changed it last. ``rows``: a ``ProposedRow`` each. ``version`` grows
    with each change, so that nobody decides on what they haven't read. ``takes_one``: one person is
    enough, as for each kind in it. ``begun``: the things that were made with it, as pairs of a
    model's label and a slug.
    """

    IN_HISTORY: ClassVar = ("Proposed change", "Proposed changes")
    MOVES: ClassVar = {
        State.DRAFT: {State.SUBMITTED, State.DROPPED},
        State.SUBMITTED: {State.DRAFT, State.RETURNED, State.PUBLISHED, State.DROPPED},
        State.RETURNED: {State.DRAFT, State.SUBMITTED, State.DROPPED},
        State.PUBLISHED: set(),
        State.DROPPED: set(),
        State.AT_ONCE: set(),
    }

    title = models.CharField(max_length=300)
    rows = models.JSONField()
    begun = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    takes_one = models.BooleanField(default=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    edited_at = models.DateTimeField()
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    remarks = models.TextField(blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ("-edited_at", "-pk")
        constraints = [
            models.CheckConstraint(
                name="kit_proposal_published_by_another",
                condition=~Q(state="published")
                | Q(takes_one=True)
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("author")),
                violation_error_message="Another person than its author approves it.",
            ),
            models.CheckConstraint(
                name="kit_proposal_returned_with_remarks",
                condition=~Q(state="returned") | ~Q(remarks=""),
                violation_error_message="Say why it is returned.",
            ),
            time_and_person("submitted"),
            time_and_person("decided"),
        ]
        indexes = [
            models.Index(name="kit_proposal_by_state", fields=["state", "-edited_at"]),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        """Its page; of what was taken back at once that of the first row, which says so."""
        if self.state == State.AT_ONCE:
            first = self.proposed[0]
            return reverse("staff:record_row", args=[first.kind, first.replaces])
        return reverse("staff:proposal", args=[self.pk])

    def may_become(self, state) -> bool:
        return state in self.MOVES[self.state]

    @property
    def is_open(self) -> bool:
        return self.state in (State.DRAFT, State.SUBMITTED, State.RETURNED)

    @property
    def is_unfinished(self) -> bool:
        """As ``unfinished``."""
        return self.state == State.PUBLISHED and any(not row.result for row in self.proposed)

    @property
    def waits_for(self) -> date | None:
        """The first day to come for which an approved part of it waits; ``None`` if none does.

        What was refused on its day, which ``remarks`` say, waits for no day.
        """
        is_waiting = self.state == State.PUBLISHED and not self.remarks
        rows = self.proposed if is_waiting else []
        return min(
            (
                date.fromisoformat(each.counts_from)
                for each in rows
                if not each.result and each.counts_from
            ),
            default=None,
        )

    @property
    def proposed(self) -> list[ProposedRow]:
        """Its rows."""
        return [ProposedRow(**row) for row in self.rows]

    @proposed.setter
    def proposed(self, rows: list[ProposedRow]):
        self.rows = [row.as_stored() for row in rows]
        self.takes_one = all(row.of_kind.takes_one for row in rows)

    def begun_things(self) -> list[Thing]:
        """The things that were made with it and of which nothing was published yet."""
        found = []
        for label, slug in self.begun:
            model = apps.get_model(label)
            found += model.objects.filter(slug=slug).exclude(pk__in=model.objects.ever_known())
        return found

    def naming_begun(self, row: ProposedRow) -> set[str]:
        """The columns of a row that name a thing that was made with it."""
        begun = self.begun_things()
        return {
            name
            for name, model in row.editor.references
            for thing in begun
            if isinstance(thing, model)
            and getattr(thing, row.editor.column(name).field.by) == row.cells.get(name)
        }

    @property
    def done_at_once(self) -> DoneAtOnce | None:
        """The taking back that another person looks at; ``None`` if it is none."""
        if self.state != State.AT_ONCE:
            return None
        return DoneAtOnce(self, self.author, self.decided_at, self.remarks)


def replaced_by(proposal: Proposal) -> list[Statement]:
    """The rows that a proposal corrects, ends or takes back, in the order of its own."""
    keys: dict[str, list[int]] = {}
    for row in proposal.proposed:
        if row.replaces:
            keys.setdefault(row.kind, []).append(row.replaces)
    found = {kind: kind_called(kind).model.objects.in_bulk(pks) for kind, pks in keys.items()}
    return [found[row.kind][row.replaces] for row in proposal.proposed if row.replaces]
