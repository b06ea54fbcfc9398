"""What waits of a kind for approval: how each is shown beside what stands, and how it is decided.

Several of a kind are decided on one page (``kit.editor.views.deciding``). An app lists ``WAITING``
in its ``inbox``: functions that give the ``Waiting`` of a kind, or ``None``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.db import models
from django.urls import reverse

from bhcp_portal.kit.actions import ActionError
from bhcp_portal.kit.dates import day_in_words, london_day
from bhcp_portal.kit.kinds import Kind, declared, field_at, kind_of
from bhcp_portal.kit.last_steps import as_it_was, is_deleted, thing_then
from bhcp_portal.kit.proposals import (
    approve_proposal,
    compared,
    decision_token,
    refuse_proposal,
    standing_beside,
    thing_of,
)

# What has more rows than these is not decided on one page with others.
MOST_TOGETHER = 20


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """How one of them is shown: ``href`` is its own page, ``sent`` says by whom and when.

    ``template`` shows what would change, with ``about``. ``facts``: sentences that one needs beside
    it. ``refusal``: why it can’t be approved as things stand, if anything is in the way; a sentence,
    or the error that an approval would raise.
    """

    href: str
    sent: str
    template: str
    about: dict[str, Any]
    facts: list[str] = field(default_factory=list)
    refusal: str | ActionError = ""


class Waiting:
    """What waits of a kind, as its rows. This one is of drafts that are published or deleted.

    ``name`` tells it apart in the form of a page. ``returns``: what is not approved goes back to its
    author; else it is deleted.
    """

    name: ClassVar = "draft"
    returns: ClassVar = False

    def __init__(self, kind: Kind):
        self.kind = kind

    def within(self, person, at) -> models.QuerySet:
        """The things whose rows a person may decide on."""
        things = field_at(self.kind.model, self.kind.reach).related_model
        return things.objects.accessible_to(person, self.kind.approver, at)

    def drafts(self) -> models.QuerySet:
        """All that waits, what came first at the top."""
        drafts = self.kind.model.objects.drafts()
        return drafts.select_related("author", self.kind.reach).order_by("pk")

    def waiting(self, person, at) -> tuple[list, int]:
        """What waits for a person, and how many more do for another, since they had a hand in them."""
        within = {f"{self.kind.reach}__in": self.within(person, at)}
        found = list(self.drafts().filter(**within))
        own = set(self.drafts().written_by(person).values_list("pk", flat=True))
        decided = [row for row in found if row.pk not in own]
        return decided, len(found) - len(decided)

    def sent(self, person, at, keys: Iterable[int]) -> list:
        """The rows with some keys that the person may decide on, whatever became of them since.

        What went together with its thing is shown to those alone who decide for all partners.
        """
        rows = [row for key in keys if (row := as_it_was(self.kind.model, key))]
        reached = [thing_then(row, self.kind.reach) for row in rows]
        keys = {thing.pk for thing in reached if thing}
        within = set(self.within(person, at).filter(pk__in=keys).values_list("pk", flat=True))
        for_all = person.partner_scope(self.kind.approver) is None
        return [
            row
            for row, thing in zip(rows, reached, strict=True)
            if thing and (thing.pk in within or (for_all and is_deleted(thing)))
        ]

    def rows_of(self, row) -> int:
        """How many rows are decided on with it; of more than ``MOST_TOGETHER`` by itself alone."""
        return 1

    def together(self, person, at) -> tuple[list, list, int]:
        """As ``waiting``, but what is decided on one page with others, and what by itself."""
        found, own = self.waiting(person, at)
        several = [row for row in found if self.rows_of(row) <= MOST_TOGETHER]
        return several, [row for row in found if row not in several], own

    def title(self, row, at) -> str:
        """What a row is called on the page."""
        raise NotImplementedError

    def seen(self, row) -> str:
        """The token of what is decided on."""
        return decision_token(row)

    def shown(self, row, moment) -> WaitingRow:
        """How a row is shown beside what stands."""
        raise NotImplementedError

    def compared(self, row, **options) -> dict[str, Any]:
        """What ``staff/_what_changes.html`` needs of a row."""
        standing = standing_beside(row)
        changed, same = compared(row, standing, **options)
        return {"proposal": row, "standing": standing, "changed": changed, "same": same}

    def approve(self, row, *, seen, by, at) -> str:
        """Approve a row, and give the address of its public page; empty while it is not public."""
        approved = approve_proposal(proposal=row, seen=seen, by=by, at=at)
        return thing_of(approved).get_absolute_url()

    def refuse(self, row, *, seen, remarks, by, at) -> None:
        refuse_proposal(proposal=row, reason=remarks, by=by, at=at)


def waiting_of(kind: Kind) -> list[Waiting]:
    """What waits of a kind: each way in which its rows come to a decision."""
    made = (make(kind) for make in declared("inbox", "WAITING"))
    return [waiting for waiting in made if waiting]


# Said where nobody holds the role that the next step needs.
NOBODY_ELSE = (
    "Nobody else may do that yet. It stands on the administrators’ list, "
    "and waits until one of them has given somebody the role."
)


def next_step(row: models.Model, at, words: str = "Another person now publishes it.") -> str:
    """What becomes of a row that was sent: ``words``, unless nobody may decide on it."""
    kind = row.proposed[0].of_kind if hasattr(row, "proposed") else kind_of(type(row))
    found = list(left_alone([kind], at))
    return NOBODY_ELSE if any(row == each for _, each in found) else words


def left_alone(of: Iterable[Kind], at) -> Iterator[tuple[Waiting, Any]]:
    """What waits of some kinds and nobody may decide on: the way in which it waits, and the row."""
    for kind in of:
        holding = None
        for way in waiting_of(kind):
            left = list(way.drafts())
            if left and holding is None:
                holding = list(get_user_model().objects.holding(kind.approver, london_day(at)))
            for person in holding or ():
                decided, _ = way.waiting(person, at)
                left = [row for row in left if row not in decided]
                if not left:
                    break
            yield from ((way, row) for row in left)


def together(kind: Kind) -> tuple[str, str]:
    """The page on which several of a kind are decided, as ``InboxEntry.together``."""
    words = f"Decide on several on one page: {kind.many}"
    return words, reverse("staff:record_decide", args=[kind.slug])


def to_decide_together(kind: Kind, person, at) -> int:
    """How many of a kind a person can decide on one page; 0 where there are not several."""
    if not person.has_perm(kind.approver):
        return 0
    number = sum(len(way.together(person, at)[0]) for way in waiting_of(kind))
    return number if number > 1 else 0


def sent_by(person, moment) -> str:
    """That a person sent something, and when; of what they took back since, that they did."""
    if moment is None:
        return "It was taken back since, and is a draft again."
    return f"Sent by {person} on {day_in_words(london_day(moment))}."
