"""Propose, decide, carry out and take back, for every kind of statement that has an editor.

All raise an ``ActionError`` whose sentence says what to do; nothing is then half done.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import groupby

from django.db import connection, models, transaction
from django.urls import reverse

from bhcp_portal.kit import launch
from bhcp_portal.kit.actions import (
    IncompleteError,
    SamePersonError,
    StaleError,
    TransitionError,
    free_slug,
    publish,
    require_public_reason,
    require_seen,
    take_back,
)
from bhcp_portal.kit.addresses import present_names
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import Present, london_day, span
from bhcp_portal.kit.editor.afterwards import leads_to_nothing
from bhcp_portal.kit.editor.editors import ANOTHER_NAME, editor_called, editor_carrying
from bhcp_portal.kit.editor.ends import (
    day_set_with,
    end_with,
    ends_in,
    given_by,
    is_end,
    made_since,
)
from bhcp_portal.kit.editor.facts import kept_of, note_with_source, same_fact
from bhcp_portal.kit.editor.proposal import (
    NEW_THING,
    Act,
    Proposal,
    ProposedRow,
    State,
    Why,
    matter_in_words,
    may_be_superseded,
    new_thing,
    replaced_by,
    standing_alike,
)
from bhcp_portal.kit.editor.reach import thing_of_cells
from bhcp_portal.kit.editor.words import ThingNames, row_words, short
from bhcp_portal.kit.finding import reads_like
from bhcp_portal.kit.kinds import Kind, kind_of
from bhcp_portal.kit.locks import lock
from bhcp_portal.kit.reviews import Review, record_review
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import Origin, Statement
from bhcp_portal.kit.tables import (
    RECORD_NAMES,
    REFUSALS,
    CheckedRow,
    first_day,
    refusal_sentence,
    to_text,
)
from bhcp_portal.kit.things import Thing
from bhcp_portal.kit.unseen import visible

# What ``new_thing`` gives.
NEW_MARK = re.compile(r"\(new \d+\)")
# So many of what a proposal leaves behind are named in a sentence.
MOST_NAMED = 5
# A proposal of more rows than these is not tried out whenever its page is read.
MOST_TRIED = 20
NO_LONGER_STANDS = (
    "What this changes no longer stands: somebody published another since. Begin again."
)
PART_OF_AN_END = "This was decided together with others, in {it}. Take that back as a whole, or correct this row."
BUILT_ON = "What this put on the record ends or moves with {it}. Take that back first."
DAY_OF_AN_END = (
    "This day is that of the whole change: {it}. To change it, take the whole change back and begin it "
    "again."
)
ENDED_WITH_IT = (
    "This ended with {it}, and what stood before would stand again. To say it of something else, take "
    "the whole change back and begin it again."
)
LEADS_TO_IT = (
    "Nothing would stand of {called}, and this leads to it: {kind}, {words}. Take that back first"
)
WAS_TAKEN_BACK = (
    "What this changes was taken back since: {it}. If it is to be said again, begin from there, and "
    "delete this draft."
)
CAME_MEANWHILE = "What this moves to another day went on the record meanwhile. Begin again."


class BlockedError(IncompleteError):
    """Another proposal, ``proposal``, stands in the way. ``sentence`` has ``{it}`` for its title and
    ``{by}`` for who wrote it; a page makes the title a link (``views.guards.refusal_words``). Words of
    the record go into it ``as_written``.
    """

    def __init__(self, sentence, proposal, field=None):
        words = sentence.format(it=f"“{proposal}”", by=proposal.author)
        super().__init__([(field, words)])
        self.sentence, self.proposal = sentence, proposal


def as_written(words: str) -> str:
    """Words for the sentence of a ``BlockedError``, in which their braces stay as they are."""
    return words.replace("{", "{{").replace("}", "}}")


class InWorkError(BlockedError):
    """The same row is being changed already: ``proposal`` is what was written so far; ``person``: who
    wants to change it.
    """

    def __init__(self, proposal, person):
        super().__init__(in_work_words(proposal, person), proposal)


def in_work_words(proposal: Proposal, person) -> str:
    """That a change of a row is in work already, for a person who wants to change it too; ``{it}`` and
    ``{by}`` as in ``BlockedError``.
    """
    if proposal.author_id != person.pk:
        return "{by} is changing this already: {it}. Go on with that one."
    if proposal.state == State.SUBMITTED:
        return "You sent a change of this already: {it}. Take that one back to change it."
    return "You have a draft of this already: {it}. Go on with that one."


def in_work(rows: Iterable[tuple[str, int]]) -> Proposal | None:
    """The open proposal that changes one of some rows already: pairs of a kind and a key."""
    wanted = set(rows)
    for other in Proposal.objects.open().of_kind(*{kind for kind, _ in wanted}) if wanted else ():
        if any((row.kind, row.replaces) in wanted for row in other.proposed):
            return other
    return None


# -- writing ---------------------------------------------------------------------------------------


def begin(
    *,
    rows: list[ProposedRow],
    title: str,
    by,
    at: datetime,
    make: Callable[[dict[str, str]], Thing] | None = None,
) -> Proposal:
    """Write a new proposal. Sent twice by one person, it is one.

    ``title`` names it in lists. A thing that it brings into being is made at once, so that others
    may name it; nobody reads of it before a statement of it is published. ``make`` makes it from
    the cells of the first row, and NEW_THING stands for it in the rows. Further things are made
    from the rows of the same kind that follow, where ``new_thing`` stands for them; rows of things
    that belong to the first one make theirs. Raises ``InWorkError`` if a row that it replaces is
    being changed already.
    """
    with action("record.drafted", by=by):
        lock(f"proposals of {by.pk}")
        rows = _with_what_follows(rows, at)
        drafted = Proposal.objects.filter(author=by, state=State.DRAFT, version=1, title=title)
        for other in drafted:
            if _say_the_same(other, rows):
                return other
        _require_free(rows, by)
        proposal = Proposal(title=title, author=by, edited_at=at)
        proposal.proposed, proposal.begun = _begun(rows, make)
        proposal.save()
        return proposal


def edit(
    *, proposal: Proposal, rows: list[ProposedRow], title: str, seen: str, by, at: datetime
) -> Proposal:
    """Change a proposal, which has to be sent again. If nothing changes, nothing is written.

    ``seen``: the ``seen_token`` of the version that the person had before them.
    """
    with action("record.edited", by=by):
        proposal = _locked(proposal, State.DRAFT, State.SUBMITTED, State.RETURNED)
        require_seen(proposal, seen)
        rows = _with_what_follows(rows, at)
        if proposal.proposed == rows:
            return proposal
        _require_free(rows, by, but=proposal)
        left = _require_unnamed(_left_out(proposal, rows), but=proposal)
        for thing in left:
            thing.delete()
        gone = [[thing._meta.label_lower, thing.slug] for thing in left]
        kept = [each for each in proposal.begun if each not in gone]
        rows, begun = _begun(rows)
        proposal.proposed, proposal.begun, proposal.title = rows, kept + begun, title
        return _begun_again(proposal, by, at)


def ask_again(*, proposal: Proposal, seen: str, by, at: datetime) -> Proposal:
    """Make a proposal a draft again, of who wrote something that is kept beside its rows."""
    with action("record.edited", by=by):
        proposal = _locked(proposal, State.DRAFT, State.SUBMITTED, State.RETURNED)
        require_seen(proposal, seen)
        return _begun_again(proposal, by, at)


def _begun_again(proposal, by, at):
    proposal.author, proposal.edited_at, proposal.state = by, at, State.DRAFT
    proposal.version += 1
    proposal.save()
    return proposal


def send(*, proposal: Proposal, seen: str, by, at: datetime) -> Proposal:
    """Send a proposal to who approves it, once it can be carried out."""
    with action("record.submitted", by=by):
        proposal = _locked(proposal, State.DRAFT, State.RETURNED)
        require_seen(proposal, seen)
        try_out(proposal)
        _require_whole(proposal)
        proposal.state = State.SUBMITTED
        proposal.submitted_by, proposal.submitted_at = by, at
        proposal.version += 1
        proposal.save()
        return proposal


def recall(*, proposal: Proposal, seen: str, by, at: datetime) -> Proposal:
    """Take back what was sent and nobody decided on yet; it is a draft again."""
    with action("record.recalled", by=by):
        proposal = _locked(proposal, State.SUBMITTED)
        require_seen(proposal, seen)
        proposal.state = State.DRAFT
        proposal.submitted_by = proposal.submitted_at = None
        proposal.version += 1
        proposal.save()
        return proposal


def drop(*, proposal: Proposal, by, at: datetime, reason: str = "") -> None:
    """Delete a proposal that nobody decided on; a thing that it began goes with it.

    ``reason``: why, for another person's; its author reads it. ``IncompleteError`` without.
    """
    with action("record.dropped", by=by, reason=reason):
        proposal = _locked(proposal, State.DRAFT, State.SUBMITTED, State.RETURNED)
        begun = _require_unnamed(proposal.begun_things(), but=proposal)
        if proposal.author != by and not reason.strip():
            raise IncompleteError([("remarks", "Say why it is deleted")])
        proposal.state, proposal.remarks = State.DROPPED, reason
        proposal.decided_by, proposal.decided_at = by, at
        proposal.version += 1
        proposal.save()
        for thing in reversed(begun):
            thing.delete()


# -- deciding --------------------------------------------------------------------------------------


def approve(*, proposal: Proposal, seen: str, by, at: datetime) -> list[Statement]:
    """Put on the record what another person proposed; gives the statements."""
    with action("record.approved", by=by):
        proposal = _locked(proposal, State.SUBMITTED)
        require_seen(proposal, seen)
        _require_no_hand(proposal, by)
        proposal.proposed, statements = _approved(proposal, by=by, at=at)
        proposal.state, proposal.decided_by, proposal.decided_at = State.PUBLISHED, by, at
        # What was asked when it was returned; from now on they say what went wrong later.
        proposal.remarks = ""
        proposal.version += 1
        proposal.save()
        return statements


def _approved(proposal, *, by, at):
    """Put on the record what counts by now: all rows, with what became of them, and the statements."""
    # What bounds one row is what another puts on the record, so each waits for the other.
    if any(
        row.editor and (row.editor.bounds or row.editor.within or row.editor.whole)
        for row in proposal.proposed
    ):
        lock("what bounds rows of the record")
    with _refusals():
        proposal.proposed = [_calling_off(row, proposal) for row in proposal.proposed]
        _lock_things(proposal.proposed)
        _require_own_ends(proposal.proposed)
        rows, statements = _carry_out_due(proposal, at, approver=by)
        _require_public(rows)
        _require_whole(proposal)
    return rows, statements


def refusal_of(proposal: Proposal, *, at: datetime) -> IncompleteError | None:
    """Why an open proposal can’t be approved as things stand; ``None`` if nothing is in the way.

    An approval is tried out and undone. Of more than ``MOST_TRIED`` rows it is only looked at
    whether what they change still stands.
    """
    tried = Proposal.objects.get(pk=proposal.pk)
    try:
        with _undone():
            if len(tried.rows) > MOST_TRIED:
                _require_standing(tried.proposed)
            else:
                _approved(tried, by=None, at=at)
    except IncompleteError as refused:
        return refused
    return None


def carry_out_on_its_day(*, proposal: Proposal, at: datetime) -> list[Statement]:
    """Put on the record what was approved for a day that has come; gives the statements.

    Done already, it does nothing. Where it can't be carried out, the proposal says why, and it is
    tried again when this is called again.
    """
    approver = proposal.decided_by
    with action("record.carried_out", by=approver):
        proposal = _locked(proposal, State.PUBLISHED)
        try:
            with _refusals():
                _lock_things(proposal.proposed)
                rows, made = _carry_out_due(proposal, at, approver=approver)
        except IncompleteError as refused:
            if proposal.remarks == str(refused):
                return []
            proposal.remarks, rows, made = str(refused), proposal.proposed, []
        else:
            if not made:
                return made
            proposal.remarks = ""
        proposal.proposed = rows
        proposal.version += 1
        proposal.save()
        return made


def send_back(*, proposal: Proposal, seen: str, remarks: str, by, at: datetime) -> Proposal:
    """Return a proposal to its author, with what should change."""
    with action("record.returned", by=by, reason=remarks):
        proposal = _locked(proposal, State.SUBMITTED)
        require_seen(proposal, seen)
        if not remarks.strip():
            raise IncompleteError([("remarks", "Say what should change")])
        proposal.state, proposal.remarks = State.RETURNED, remarks
        proposal.decided_by, proposal.decided_at = by, at
        proposal.version += 1
        proposal.save()
        return proposal


def left_out(proposal: Proposal) -> list[tuple[str, str]]:
    """What an open proposal has to speak of and doesn't: words, and the address on which that is said.

    Raises ``IncompleteError`` where saying it would not help.
    """
    if not proposal.is_open:
        return []
    now, rows = Present.now(UTC), proposal.proposed
    wholes = dict.fromkeys(row.editor.whole for row in rows if row.editor and row.editor.whole)
    return [
        (line, reverse(whole.page, args=[proposal.pk]))
        for whole in wholes
        for line in whole.left_out(proposal, now)
    ]


def _require_whole(proposal):
    if lines := [line for line, _ in left_out(proposal)]:
        shown = ", ".join(line.removesuffix(".") for line in lines[:MOST_NAMED])
        others = f" and {len(lines) - MOST_NAMED} more" if len(lines) > MOST_NAMED else ""
        sentence = f"Say first what becomes of these: {shown}{others}."
        raise IncompleteError([(None, sentence)])


def try_out(proposal: Proposal) -> list[Statement]:
    """Carry a proposal out and undo it at once; raises what an approval would raise."""
    with carried_out(proposal) as statements:
        return statements


def refusals_of(rows: list[ProposedRow], *, author) -> dict[int, list[tuple[str | None, str]]]:
    """What refuses rows as they are carried out in turn and undone: columns and sentences, by their place.

    A row that is refused is left out for those after it, and so is one that names what is not made yet.
    """
    found: dict[int, list[tuple[str | None, str]]] = {}
    ready = {
        place: row
        for place, row in enumerate(rows)
        if not any(text == NEW_THING for text in row.cells.values())
    }
    kinds = {
        slug: _OfOneKind([row for row in ready.values() if row.kind == slug])
        for slug in {row.kind for row in ready.values()}
    }
    ends = any(row.ends_something for row in rows)
    with _undone():
        for place, row in ready.items():
            of_kind = kinds[row.kind]
            how = {
                "moves_with_end": ends and not row.ends_something,
                "is_of_change": ends and len(rows) > 1,
            }
            try:
                with _refusals():
                    _require_no_end(row)
                    made = _prepared(row, of_kind, author, None, **how)
                    of_kind.table.save_statement(made, at=Present.now(UTC), by=author)
            except IncompleteError as refused:
                found[place] = refused.errors
    return found


@contextmanager
def carried_out(proposal: Proposal, *, day: date | None = None):
    """A context manager in which a proposal is on the record; afterwards it never was.

    ``day``: leave out what would wait for a later day than this one.

    What was to happen at the end of the transaction, such as mail, doesn't.
    """
    with _undone(), _refusals():
        _require_own_ends(proposal.proposed)
        rows = [row for row in proposal.proposed if day is None or not row.waits(day)]
        yield [made for _, made in _carry_out_all(rows, author=proposal.author)]


@contextmanager
def _undone():
    """A context manager of which nothing stays, nor what was to happen at the end of the transaction."""
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        # The first statement of all launches the portal, which is undone with it.
        launch.forget()


# -- taking back -----------------------------------------------------------------------------------


def take_back_at_once(*, kind: Kind, row: Statement, reason: str, by, at: datetime) -> Proposal:
    """Take back a statement that was published by mistake; another person looks at it afterwards.

    What stood before it stands again from now on. Days that showed it go on showing it.
    """
    with action("record.taken_back", by=by, reason=reason):
        standing = kind.model.objects.select_for_update(of=("self",)).get(pk=row.pk)
        require_public_reason(reason)
        if standing.taken_back_at or not standing.is_published:
            raise StaleError(standing)
        if whole := decided_with(kind, standing):
            raise BlockedError(PART_OF_AN_END, whole)
        require_nothing_leads_to([standing])
        take_back(kind.model.objects.filter(pk=row.pk), reason=reason)
        rows = [ProposedRow(kind.slug, Act.TAKE_BACK, {}, replaces=row.pk)]
        words = row_words(standing, editor_called(kind.slug), kind, ThingNames(Present.now(UTC)))
        title = f"{kind.one} taken back: {short(words)}"
        return _done_at_once(rows, title, reason=reason, by=by, at=at)


def results_of(rows: list[ProposedRow]) -> list[Statement]:
    """What rows of a proposal became."""
    by_kind: dict[Kind, list[int]] = {}
    for row in rows:
        by_kind.setdefault(row.of_kind, []).append(row.result)
    return [
        made for kind, keys in by_kind.items() for made in kind.model.objects.filter(pk__in=keys)
    ]


def require_nothing_leads_to(taken: list[Statement]) -> None:
    """Raise ``IncompleteError`` if something leads to a thing of which rows, taken back, leave nothing."""
    for kind, row, thing in leads_to_nothing(taken):
        names = ThingNames(Present.now(UTC))
        called = names.of(type(thing), thing.slug)
        words = short(row_words(row, editor_carrying(kind.slug), kind, names))
        sentence = LEADS_TO_IT.format(called=called, kind=kind.one, words=words)
        came = Proposal.objects.published().giving(kind.slug, row.pk).first()
        if came is None:
            raise IncompleteError([(None, f"{sentence}.")])
        raise BlockedError(f"{as_written(sentence)}: {{it}}.", came)


def decided_with(kind: Kind, row: Statement) -> Proposal | None:
    """The proposal with which a row can only be taken back as a whole; ``None`` if it goes by itself.

    Something ends in it. Taken back alone, the row would leave what moved where it is, or stand
    again beyond that end. So would one that took the place of a row of it that was taken back.
    """
    for found, own in given_by(kind, row.pk):
        if end := end_with(found, own):
            first: dict[tuple, tuple] = {}
            for _, each in made_since(found):
                before_it = (each.kind, each.replaces)
                first[each.kind, each.result] = first.get(before_it, before_it)
            stand = [(each.kind, each.result) for each in still_standing(found)]
            keys = {first.get(key, key) for key in stand}
            others = [each for each in end if not each.result or (each.kind, each.result) in keys]
            return found if any(each != own for each in others) else None
        before = own.replaced()
        if before is None or not before.taken_back_at:
            return None
    return None


def take_back_all(*, proposal: Proposal, reason: str, by, at: datetime) -> Proposal:
    """Take back what a published proposal put on the record; another person looks at it afterwards.

    What stood before stands again from now on. What no longer stands by itself stays as it is
    (``still_standing``). What waits for a day to come is called off; if there is nothing else,
    nobody has to look at that.
    """
    with action("record.taken_back", by=by, reason=reason):
        proposal = _locked(proposal, State.PUBLISHED)
        require_public_reason(reason)
        if later := built_on(proposal):
            raise BlockedError(BUILT_ON, later)
        taken = still_standing(proposal, lock=True)
        carried_out_rows = [row for row in proposal.proposed if row.result]
        if not taken and carried_out_rows == proposal.proposed:
            raise TransitionError(proposal, "Nothing of it stands any more.")
        require_nothing_leads_to(results_of(taken))
        for kind in {row.of_kind for row in taken}:
            keys = [row.result for row in taken if row.of_kind == kind]
            take_back(kind.model.objects.filter(pk__in=keys), reason=reason)
        for row in taken:
            _call_on(row)
        if carried_out_rows != proposal.proposed:
            _keep(proposal, carried_out_rows, f"It was called off. {reason}")
        if not taken:
            return proposal
        rows = [ProposedRow(row.kind, Act.TAKE_BACK, {}, replaces=row.result) for row in taken]
        title = f"Taken back: {proposal.title}"[:300]
        return _done_at_once(rows, title, reason=reason, by=by, at=at)


def is_taken_back(proposal: Proposal) -> bool:
    """Whether all that a published proposal put on the record was taken back."""
    if proposal.state != State.PUBLISHED or proposal.is_unfinished:
        return False
    results: dict[Kind, list[int]] = {}
    for row in proposal.proposed:
        results.setdefault(row.of_kind, []).append(row.result)
    return not any(
        kind.model.objects.filter(pk__in=keys, taken_back_at__isnull=True).exists()
        for kind, keys in results.items()
    )


def still_standing(proposal: Proposal, *, lock: bool = False) -> list[ProposedRow]:
    """The rows that are taken back together with a published proposal: what they became stands.

    Left out is what was superseded or taken back since, and what took the place of a row that was
    taken back for it, since that would not stand again by itself. But where something ends in it,
    what its rows were corrected to goes with them, the newest first: half of an end is none.
    """
    rows = [row for row in proposal.proposed if row.of_kind.takes_back]
    since, standing = [row for _, row in made_since(proposal) if row.result], set()
    for kind in {row.of_kind for row in rows}:
        own, later = ([row for row in some if row.of_kind == kind] for some in (rows, since))
        standing |= {(kind.slug, key) for key in _to_take_back(kind, own, later, lock=lock)}
    return [row for row in [*reversed(since), *rows] if (row.kind, row.result) in standing]


def _to_take_back(kind, rows, since, *, lock):
    """The keys of the statements of a kind that are taken back with some rows (``still_standing``)."""
    found = kind.model.objects.order_by("pk")
    made = found.not_taken_back().filter(pk__in=[row.result for row in [*rows, *since]])
    if lock:
        made = made.select_for_update()
    counts = set(made.values_list("pk", flat=True))
    live = found.live(Present.now(UTC)).filter(pk__in=counts)
    stands = set(live.values_list("pk", flat=True))
    mended = found.filter(pk__in=[row.replaces for row in rows if row.replaces])
    ended = set(mended.exclude(taken_back_at=None).values_list("pk", flat=True))
    taken = {row.result for row in rows if row.result in stands and row.replaces not in ended}
    for row in reversed(since):
        if row.result in stands | taken:
            taken |= {row.result, row.replaces}
    return taken & counts


def built_on(proposal: Proposal) -> Proposal | None:
    """The last approved proposal that ends what this one put on the record in place of something else.

    What this one ended would stand again beside what the later one moved on.
    """
    for other, row in reversed(made_since(proposal)):
        model = row.of_kind.model
        if is_end(other, row) and (
            not row.result or model.objects.live(Present.now(UTC)).filter(pk=row.result).exists()
        ):
            return other
    return None


def _done_at_once(rows, title, *, reason, by, at):
    proposal = Proposal(title=title, author=by, edited_at=at)
    proposal.proposed = rows
    proposal.state, proposal.remarks = State.AT_ONCE, reason
    proposal.decided_by, proposal.decided_at = by, at
    proposal.save()
    return proposal


def review(
    *, proposal: Proposal, seen: str, agrees: bool, remarks: str, by, at: datetime
) -> list[Statement]:
    """Record what another person says of a taking back. Where they disagree, it is published anew.

    What somebody published since on the same matter stays; gives those rows. What is published anew
    is held to the rules of an approval; ``IncompleteError`` says what is in the way. An end of
    several rows comes back as a whole or not at all.
    """
    with action("record.reviewed", by=by, reason=remarks):
        proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
        record_review(
            proposal.done_at_once, seen=seen, agrees=agrees, remarks=remarks, by=by, at=at
        )
        if agrees:
            return []
        lock("what bounds rows of the record")
        rows, proposed, by_matter = replaced_by(proposal), proposal.proposed, {}
        for place, taken in enumerate(rows):
            # Of a row that was corrected the correction, which comes first, in the turn of what it replaced.
            matter = _matter(taken)
            by_matter[matter] = by_matter.pop(matter, (place, taken))
        since = [newer for _, taken in by_matter.values() if (newer := _published_since(taken))]
        back = {place: taken for place, taken in by_matter.values() if not _published_since(taken)}
        with _refusals():
            again = _publish_all_anew(proposal, list(back.values()), since, by)
            for taken in rows:
                _require_known(taken)
        for place, taken in zip(back, again, strict=True):
            proposed[place].result = taken.pk
        proposal.proposed = proposed
        proposal.save()
        return since


def published_since(proposal: Proposal) -> list[Statement]:
    """What was published of the matters of a taking back after it, and stays where somebody disagrees."""
    return [newer for taken in replaced_by(proposal) if (newer := _published_since(taken))]


def _publish_all_anew(proposal, rows, since, by):
    """Publish rows that were taken back, each once the rules of an approval let it; gives them."""
    again, given = _proposed_anew(proposal, rows)
    if since and ends_in(again):
        kind = kind_of(type(since[0]))
        words = row_words(since[0], editor_carrying(kind.slug), kind, ThingNames(Present.now(UTC)))
        sentence = (
            f"This was published since: {short(words)}. What ends together stands again as a whole, "
            "so take that back first, or begin the change again."
        )
        raise IncompleteError([(None, sentence)])
    _lock_things(again)
    _require_own_ends(again)
    kinds = {
        slug: _OfOneKind([row for row in again if row.kind == slug])
        for slug in {row.kind for row in again if row.editor}
    }
    ends = any(row.ends_something for row in again)
    for number, (taken, row) in enumerate(zip(rows, again, strict=True), start=1):
        with _named(number, of=len(rows)):
            if refusal := taken.refusal(Present.now(UTC)):
                raise IncompleteError([(None, refusal)])
            if row.editor:
                is_of_change = ends and len(rows) > 1
                _checked_anew(row, kinds[row.kind], taken.author or by, by, is_of_change)
            _publish_anew(taken, by)
    whole = Proposal(pk=given.pk if given else proposal.pk, title=proposal.title)
    whole.proposed = again
    _require_whole(whole)
    return rows


def _proposed_anew(proposal, rows):
    """Rows that were taken back as they would be proposed again, and the proposal that most came from."""
    found: dict[tuple[str, int], tuple[Proposal, ProposedRow]] = {}
    again, now = [], Present.now(UTC)
    for taken in rows:
        kind = kind_of(type(taken))
        if (kind.slug, taken.pk) not in found and (came := next(given_by(kind, taken.pk), None)):
            found |= {(row.kind, row.result): (came[0], row) for row in came[0].proposed}
        _, own = found.get((kind.slug, taken.pk), (None, None))
        act = own.act if own and own.act != Act.TAKE_BACK else Act.ADD
        editor, cells, why = editor_carrying(kind.slug), {}, Why.DOCUMENT
        if editor:
            columns = (each for each in editor.table.all_columns if each.name not in RECORD_NAMES)
            cells = {column.name: str(column.text(taken)) for column in columns}
        if taken.origin != Origin.DOCUMENT:
            why, cells = Why.NOW, cells | {"made": "portal", "published_at": to_text(now)}
        live = type(taken).objects.live(now)
        matter = {name: getattr(taken, name) for name in taken.identity_fields}
        old = live.filter(**matter).first() if may_be_superseded(taken) else None
        again.append(ProposedRow(kind.slug, act, cells, why, replaces=old and old.pk))
    published = [came for came, _ in found.values() if came.state == State.PUBLISHED]
    return again, published[-1] if published else None


def _checked_anew(row, of_kind, author, approver, is_of_change):
    """Raise what an approval of a row that was taken back would raise."""
    editor, now = row.editor, Present.now(UTC)
    old = of_kind.take(row)
    checked, errors = of_kind.check(row.cells)
    wrong = [(error.column, error.message) for error in errors]
    if wrong := wrong or editor.wrong_dates(row.cells, london_day(now)):
        raise IncompleteError(wrong)
    of_kind.require_own_name(row.cells, old)
    of_kind.require_within(checked, old, moves=is_of_change)
    # Where a kind has pages of its own, ``Statement.refusal`` is its rule.
    if editor.complete and not row.of_kind.has_own_pages:
        # They are those of the row that comes back; what an approval fills in is only checked.
        values, day = dict(checked.values), london_day(now)
        editor.complete(values, old=old, author=author, approver=approver, now=now, day=day)


def _require_known(row):
    """Raise ``BlockedError`` if a row that stands names a thing of which nothing stands any more."""
    now = Present.now(UTC)
    for field in row._meta.get_fields():
        model = field.related_model if field.many_to_one and field.concrete else None
        if not (model and issubclass(model, Thing) and (thing := getattr(row, field.name))):
            continue
        if not row.stands(now) or model.objects.known_at(now).filter(pk=thing.pk).exists():
            continue
        named = model.naming_model().objects.filter(**{model.naming_field(): thing})
        last = named.exclude(taken_back_at=None).order_by("-taken_back_at").first()
        if last is None:
            continue
        of, name = kind_of(type(last)), getattr(last, model.NAME_FIELD)
        taking = Proposal.objects.done_at_once().on(of.slug, last.pk).last()
        if taking is None:
            raise IncompleteError([(None, f"“{name}” must stand again first.")])
        words = as_written(name)
        raise BlockedError(f"“{words}” must stand again first. See {{it}}.", taking)


def _matter(row):
    """What a row is about, for a comparison; itself, if nothing takes its place."""
    if not may_be_superseded(row):
        return type(row), row.pk
    return type(row), *(getattr(row, name) for name in row.identity_fields)


def _published_since(taken):
    """What stands on the matter of a row and was published after that was taken back; ``None`` without."""
    if not may_be_superseded(taken):
        return None
    matter = {name: getattr(taken, name) for name in taken.identity_fields}
    since = type(taken).objects.not_taken_back().filter(recorded_at__gt=taken.taken_back_at)
    return since.filter(**matter).order_by("recorded_at").last()


def _publish_anew(row, by):
    row.pk, row._state.adding = None, True
    published_as = row.published_as
    for name in ("published_at", "superseded_at", "recorded_at", "taken_back_at"):
        setattr(row, name, None)
    row.published_as = row.taken_back_because = ""
    row.here = "{}"
    if row.origin == Origin.RESTORED:
        row.origin = Origin.PORTAL
    row.author = row.author or by
    publish(row, at=Present.now(UTC), published_as=published_as)


# -- carrying out ----------------------------------------------------------------------------------


@contextmanager
def _refusals():
    """What the model or the database refuses becomes a sentence for the person."""
    try:
        with transaction.atomic():
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except REFUSALS as refused:
        raise IncompleteError([(None, refusal_sentence(refused))]) from None


def _carry_out_all(rows, *, author, approver=None):
    """Put rows of a proposal on the record in turn; call it inside ``_refusals``.

    Gives pairs of a row and its statement. Of several, a refusal names the row by its number.
    """
    kinds = {
        slug: _OfOneKind([row for row in rows if row.kind == slug])
        for slug in dict.fromkeys(row.kind for row in rows)
    }
    ends = any(row.ends_something for row in rows)
    for (slug, _), group in groupby(enumerate(rows, start=1), key=_saved_with):
        ready = []
        for number, row in group:
            with _named(number, of=len(rows)):
                moves = ends and not row.ends_something
                made = _prepared(
                    row,
                    kinds[slug],
                    author,
                    approver,
                    moves_with_end=moves,
                    is_of_change=ends and len(rows) > 1,
                )
                ready.append((number, row, made))
        yield from _saved(ready, kinds[slug].table, author, of=len(rows))


def _saved_with(numbered):
    """The rows that follow each other and have the same are saved together.

    Where a kind has rules of its own, they look at what the row before has put on the record.
    """
    number, row = numbered
    return row.kind, number if row.editor and row.editor.complete else 0


def _saved(ready, table, author, *, of):
    """Pairs of a row and its statement. ``ready``: rows of one kind, numbered, each as checked."""
    now = Present.now(UTC)
    with suppress(*REFUSALS), transaction.atomic():
        checked = [each for _, _, each in ready]
        made = table.save_statements(checked, at=now, by=author)
        return [(row, statement) for (_, row, _), statement in zip(ready, made, strict=True)]
    # One of them was refused. Saved in turn, it is named.
    made = []
    for number, row, checked in ready:
        with _named(number, of=of):
            made.append((row, table.save_statement(checked, at=now, by=author)))
    return made


def _carry_out_due(proposal, at, *, approver):
    """The rows of a proposal with what became of those that no longer wait; and their statements."""
    rows = proposal.proposed
    due = [row for row in rows if row.result is None and not row.waits(london_day(at))]
    made = {
        id(row): statement
        for row, statement in _carry_out_all(due, author=proposal.author, approver=approver)
    }
    rows = [replace(row, result=made[id(row)].pk) if id(row) in made else row for row in rows]
    return rows, list(made.values())


@contextmanager
def _named(number, *, of):
    """A refusal names the row that it is about, if there are several."""
    try:
        yield
    except IncompleteError as refused:
        if of == 1:
            raise
        if isinstance(refused, BlockedError):
            sentence = f"Row {number}: {refused.sentence}"
            raise BlockedError(sentence, refused.proposal) from None
        errors = [(None, f"Row {number}: {sentence}") for _, sentence in refused.errors]
        raise IncompleteError(errors) from None
    except REFUSALS as refused:
        name = f"Row {number}: " if of > 1 else ""
        raise IncompleteError([(None, name + refusal_sentence(refused))]) from None


def _require_standing(rows):
    """Raise ``IncompleteError`` if something that one of many rows changes no longer stands."""
    kinds = {
        slug: _OfOneKind([row for row in rows if row.kind == slug])
        for slug in {row.kind for row in rows}
    }
    for number, row in enumerate(rows, start=1):
        with _named(number, of=len(rows)):
            kinds[row.kind].take(row)


class _OfOneKind:
    """What the rows of one kind in a proposal share: what is asked of the database once for all."""

    def __init__(self, rows):
        table = rows[0].editor.table
        self.table, self.model, self.matter = table, table.model, table.model.identity_fields
        is_one = len(rows) == 1
        self.check = table.check_one if is_one else table.checker()
        replaced = self.model.objects.select_for_update(of=("self",)).order_by("pk")
        keys = [row.replaces for row in rows if row.replaces]
        self.replaced = {row.pk: row for row in replaced.filter(pk__in=keys)} if keys else {}
        followed = [row.same_as for row in rows if row.same_as]
        self.followed = self.model.objects.in_bulk(followed) if followed else {}
        self.standing = None if is_one or not self.matter else self._standing()
        self.editor = rows[0].editor

    def _standing(self):
        live = self.model.objects.live(Present.now(UTC))
        return set(map(matter_in_words, live.order_by().values_list(*self.matter)))

    def take(self, row) -> Statement | None:
        """The row that another replaces, locked; it can be replaced but once."""
        if not row.replaces:
            return None
        now, old = Present.now(UTC), self.replaced.pop(row.replaces, None)
        if old is None or not (row.counts_from or old.stands(now) or _is_mended(row, old, now)):
            raise self._gone(old)
        return old

    def _gone(self, old):
        """Why a row can’t be replaced any more: it was taken back, or another took its place."""
        if old is not None and old.taken_back_at:
            taking = Proposal.objects.done_at_once().on(self.editor.slug, old.pk).last()
            if taking:
                return BlockedError(WAS_TAKEN_BACK, taking)
        return IncompleteError([(None, NO_LONGER_STANDS)])

    @cached_property
    def errors_beside(self):
        """What bounds its rows, read when the first is reached: rows before it may bound it."""
        return self.editor.bounds_at(Present.now(UTC))

    @cached_property
    def errors_of_moving(self):
        """As ``errors_beside``, of rows that move with the end of something else."""
        return self.editor.bounds_at(Present.now(UTC), moves=True)

    def require_within(self, checked, old, *, moves):
        """Raise ``IncompleteError`` if a row goes beyond what bounds it. ``old``: what it replaces."""
        if not (self.editor.bounds or self.editor.within):
            return
        errors_of = self.errors_of_moving if moves else self.errors_beside
        if errors := errors_of(checked.values, first_day(checked), old):
            raise IncompleteError(errors)

    @cached_property
    def present(self):
        """The slugs and codes of today by those that things had once."""
        return present_names()

    @cached_property
    def called(self):
        """The keys of the things that have names, by how a name reads; with each the name itself."""
        field, found = self.editor.column(self.editor.names).field, {}
        named = field.model.objects.annotate(called=field.model.name_at("pk", Present.now(UTC)))
        for key, called in named.exclude(called=None).values_list(field.by, "called"):
            found.setdefault(reads_like(called), {})[key] = called
        return found

    def require_own_name(self, cells, old):
        """Raise ``IncompleteError`` if a row calls a thing like another that stands by now."""
        named = self.editor.names
        if not named or not cells["name"] or (old and old.name == cells["name"]):
            return
        key = self.table.led_on(cells, self.present)[named]
        if old:
            self.called.get(reads_like(old.name), {}).pop(key, None)
        others = self.called.setdefault(reads_like(cells["name"]), {})
        if other := next((called for each, called in others.items() if each != key), None):
            sentence = f"Something is called “{visible(other)}” already. {ANOTHER_NAME}."
            raise IncompleteError([("name", sentence)])
        others[key] = cells["name"]

    def require_new(self, editor, values, old=None):
        """Raise ``IncompleteError`` if something stands on the matter of a row, in the same words.

        ``old``: the row that it corrects.
        """
        if self.standing is not None:
            key = matter_in_words(values.get(name) for name in self.matter)
            if old:
                self.standing.discard(matter_in_words(getattr(old, name) for name in self.matter))
            stands = None not in key and key in self.standing
            self.standing.add(key)
        else:
            stands = bool(self.matter) and standing_alike(self.model, values, old)
        if stands:
            sentence = (
                f"{editor.kind.one}: this is on the record already. Correct that one instead."
            )
            raise IncompleteError([(None, sentence)])


def _prepared(
    row: ProposedRow,
    of_kind: _OfOneKind,
    author,
    approver,
    *,
    moves_with_end: bool,
    is_of_change: bool,
) -> CheckedRow:
    """A row, checked and ready to be put on the record.

    ``moves_with_end``: it moves with what ends in its proposal, so that its day may be another.
    ``is_of_change``: something ends in its proposal of several rows, so that nobody wrote its days.
    """
    editor, now = row.editor, Present.now(UTC)
    old = of_kind.take(row)
    if old is not None and not moves_with_end:
        _require_day_of_its_end(row, old)
    checked, errors = of_kind.check(_dated(row, old, now))
    wrong = [(error.column, error.message) for error in errors]
    if wrong := wrong or editor.wrong_dates(row.cells, london_day(now)):
        raise IncompleteError(wrong)
    values = checked.values
    of_kind.require_own_name(row.cells, old)
    if checked.values["origin"] == Origin.RESTORED:
        values["origin"], checked.published = Origin.PORTAL, now
    fact = same_fact(row, values, old, of_kind.followed.get(row.same_as), now)
    if fact and row.why == Why.NOW:
        values |= kept_of(fact, old, values["note"])
    elif fact and row.why == Why.DOCUMENT:
        values["note"] = note_with_source(fact, values, now)
    of_kind.require_within(checked, old, moves=is_of_change)
    if editor.complete:
        day = date.fromisoformat(row.counts_from) if row.counts_from else london_day(now)
        editor.complete(values, old=old, author=author, approver=approver, now=now, day=day)
    if row.why == Why.MISTAKE:
        _take_back_for(old, row, author, approver)
    elif old is None or _is_other_matter(old, values):
        # What counts from a day to come replaces what stands on it; kinds with pages have rules of their own.
        if not (row.counts_from or row.of_kind.has_own_pages):
            of_kind.require_new(editor, values, old)
        if old is not None:
            _require_nothing_behind(row, old)
            _take_back_for(old, row, author, approver)
    if row.why == Why.DOCUMENT and checked.published.first > london_day(now):
        raise IncompleteError(
            [("published_at", "This day is still to come. Write when it was said")]
        )
    return checked


def _require_day_of_its_end(row, old):
    """Raise ``BlockedError`` if a row moves by itself a day that an end has for all its rows."""
    editor = row.editor
    before = {name: str(editor.column(name).text(old)) for name in editor.days}
    left = before.get(editor.ends)
    if left and (starts := row.cells[editor.starts]) and span(starts).first >= span(left).last:
        # It begins again after it ended.
        return
    for name in editor.days:
        is_moved = before[name] and row.cells[name] != before[name]
        if is_moved and (whole := day_set_with(row.of_kind, old, before[name], name)):
            raise BlockedError(DAY_OF_AN_END, whole, name)


def _require_nothing_behind(row, old):
    """Raise ``BlockedError`` if what an end replaced would stand again, as its row is of something else."""
    for whole, own in given_by(row.of_kind, old.pk):
        if own.replaces and end_with(whole, own):
            raise BlockedError(ENDED_WITH_IT, whole)


def _dated(row, old, now):
    """The cells with where they come from: when it was said, and by whom."""
    if row.why == Why.SLIP:
        given = {"published_at": old.published_as or to_text(old.published_at), "made": "document"}
        return row.cells | given
    if row.why in (Why.NOW, Why.MISTAKE):
        return row.cells | {"published_at": to_text(now), "made": "portal", "source": ""}
    return row.cells | {"made": "document"}


def _is_mended(row, old, now):
    """Whether a row mends one that counted once, though a newer one stands since."""
    return row.why == Why.SLIP and type(old).objects.versions(now).filter(pk=old.pk).exists()


def _is_other_matter(old, values):
    """Whether a row no longer speaks of the same matter as the one that it corrects."""
    # By keys: a file has a thousand rows, each of which would ask for what it names.
    differs = any(
        getattr(old, old._meta.get_field(name).attname) != getattr(given, "pk", given)
        for name in old.identity_fields
        for given in [values.get(name)]
    )
    return differs or not may_be_superseded(old)


def _take_back_for(old, row, author, approver):
    """Take back a row whose slip was in what it is about, so that nothing supersedes it."""
    if row.why not in (Why.SLIP, Why.MISTAKE):
        sentence = "This would make it speak of something else. End this one, and add the other as a new one."
        raise IncompleteError([(None, sentence)])
    reason = row.cells["note" if row.why == Why.MISTAKE else "reason"]
    take_back(type(old).objects.filter(pk=old.pk), reason=reason)
    if approver is not None:
        # The person who approves the mend has looked at this part of it.
        old.refresh_from_db(fields=["taken_back_at"])
        Review.objects.create(
            table=old._meta.db_table,
            row_id=old.pk,
            done_at=old.taken_back_at,
            agrees=True,
            by_whom=approver.email,
            at=Present.now(UTC),
        )


def _require_public(rows: Iterable[ProposedRow]) -> None:
    """What the rows name must be on the record, or come on it with them."""
    now, present, named = Present.now(UTC), present_names(), {}
    for row in rows:
        cells = row.editor.table.led_on(row.cells, present)
        for column, model in [*row.editor.references, ("source", Source)]:
            key = cells.get(column, "")
            if key and not (row.why in (Why.NOW, Why.MISTAKE) and column == "source"):
                by = row.editor.column(column).field.by
                named.setdefault((column, model, by), set()).add(key)
    for (column, model, by), keys in named.items():
        public = model.objects.known_at(now).filter(**{f"{by}__in": keys})
        if missing := keys - set(public.values_list(by, flat=True)):
            if model is Source and Source.objects.withdrawn().filter(slug__in=missing).exists():
                sentence = "Its source was withdrawn. Choose another, or what it rests on."
                raise IncompleteError([(column, sentence)])
            what = "Its source" if column == "source" else "Something that it names"
            things = model.objects.filter(**{f"{by}__in": missing})
            if waits := Proposal.objects.open().beginning(things).first():
                sentence = f"{what} is not public yet: {{it}}. That has to be approved first."
                raise BlockedError(sentence, waits, column)
            raise IncompleteError([(column, f"{what} is not public. Choose another.")])


# -- what proposals have in common -----------------------------------------------------------------


def _with_what_follows(rows, at):
    """The rows of a proposal with those that follow from others (``Editor.along``)."""
    for editor in {row.kind: row.editor for row in rows if row.editor}.values():
        if editor.along:
            rows = editor.along(rows, at)
    _require_own_ends(rows)
    return rows


def _require_own_ends(rows):
    """Raise ``IncompleteError`` if a row ends by itself what a page of its own ends (``Editor.own_end``)."""
    whole = [row for end in ends_in(rows) for row in end]
    for number, row in enumerate(rows, start=1):
        if row not in whole:
            with _named(number, of=len(rows)):
                _require_no_end(row)


def _require_no_end(row):
    """As ``_require_own_ends``, of a row that is of no end."""
    naming = row.editor.own_end.naming_end(row.cells) if row.editor and row.editor.own_end else []
    if naming:
        cells = row.editor.table.led_on(row.cells, present_names())
        if row.editor.goes_on(cells, Present.now(UTC)):
            raise IncompleteError([(naming[0], row.editor.own_end.words)])


def _calling_off(row, proposal):
    """A row of a proposal, once what it calls off is taken out of the proposals that wait with it."""
    if row.calls_off is None:
        return row
    thing, called_off = thing_of_cells(row.editor, row.cells), []
    for other in Proposal.objects.unfinished().select_for_update(of=("self",)).order_by("pk"):
        out = [
            each
            for each in other.proposed
            if not each.result and thing_of_cells(each.editor, each.cells) == thing
        ]
        if out:
            called_off += [[other.pk, each.as_stored()] for each in out]
            remarks = f"“{proposal.title}” took its place."
            _keep(other, [each for each in other.proposed if each not in out], remarks)
    if not called_off:
        raise IncompleteError([(None, CAME_MEANWHILE)])
    return replace(row, calls_off=called_off)


def _call_on(row):
    """Let what a row called off wait for its day again, as that row is taken back."""
    for pk, called_off in row.calls_off or ():
        other = Proposal.objects.select_for_update(of=("self",)).get(pk=pk)
        _keep(other, [*other.proposed, ProposedRow(**called_off)], "")


def _keep(proposal, rows, remarks):
    proposal.proposed, proposal.remarks = rows, remarks
    proposal.version += 1
    proposal.save()


def _lock_things(rows):
    """Lock the things on whose rows other decisions rest (``Editor.locks``), in one order."""
    locking = [row for row in rows if row.editor and row.editor.locks]
    present, keys = present_names() if locking else {}, {}
    for row in locking:
        field = row.editor.column(row.editor.locks).field
        cells = row.editor.table.led_on(row.cells, present)
        keys.setdefault((field.model, field.by), set()).add(cells[row.editor.locks])
    for (model, by), named in keys.items():
        found = model.objects.filter(**{f"{by}__in": named}).order_by("pk")
        # Others may still name it, as one that names another which names it in turn does.
        list(found.select_for_update(no_key=True))


def _locked(proposal, *states):
    proposal = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if proposal.state not in states:
        raise TransitionError(proposal)
    return proposal


def _require_no_hand(proposal, person):
    if (
        not proposal.takes_one
        and Proposal.objects.written_by(person).filter(pk=proposal.pk).exists()
    ):
        raise SamePersonError("You wrote in it, so another person approves it.")


def _require_free(rows, by, but=None):
    """Raise ``InWorkError`` if another proposal than ``but`` changes one of the rows that these do."""
    wanted = {(row.kind, row.replaces) for row in rows if row.replaces}
    if but is not None:
        wanted -= {(row.kind, row.replaces) for row in but.proposed}
    # In one order, so that of two at once none waits for the other.
    for kind, pk in sorted(wanted):
        lock(f"proposals on {kind} {pk}")
    if other := in_work(wanted):
        raise InWorkError(other, by)
    moved = [{key: r.cells[key] for key in r.editor.table.key} for r in rows if r.act == Act.MOVE]
    for thing in sorted(moved, key=str):
        lock(f"proposals to move {thing}")
        moving = Proposal.objects.open().moving(thing)
        if other := moving.exclude(pk=but.pk if but else None).first():
            raise InWorkError(other, by)


def _say_the_same(proposal, rows):
    """Whether a proposal is of these rows, whose things were made with it."""
    made = {key for thing in proposal.begun_things() for key in _keys(thing)}

    def bare(row):
        cells = {
            name: NEW_THING if text in made or NEW_MARK.fullmatch(text) else text
            for name, text in row.cells.items()
        }
        return (row.kind, row.act, row.why, row.replaces, cells)

    return list(map(bare, proposal.proposed)) == list(map(bare, rows))


def _keys(thing):
    """What may stand for a thing in a cell."""
    return {thing.slug, getattr(thing, "code", thing.slug)}


def _cells_naming(row, thing):
    """What stands in the cells of a row that name a thing of this kind."""
    columns = [name for name, model in row.editor.references if isinstance(thing, model)]
    if isinstance(thing, Source):
        columns.append("source")
    return {row.cells.get(name) for name in columns}


def _begun(rows, make=None):
    """The rows with the things that they bring into being, which are made now; and those things, as
    ``Proposal.begun`` has them.

    ``make`` makes the thing of the first row, and of those of its kind that have a mark of their
    own (``new_thing``).
    """
    marked = {NEW_THING: _made_by(make, rows[0])} if make else {}
    for row in rows[1:] if make else []:
        mark = new_thing(len(marked))
        if row.kind == rows[0].kind and mark in row.cells.values():
            marked[mark] = _made_by(make, row)
    for mark, thing in marked.items():
        rows = [_naming_it(row, thing, mark) for row in rows]
    named, things = [], list(marked.values())
    for row in rows:
        begins = row.editor.begins if row.editor and row.act == Act.ADD else ""
        if begins and row.cells[begins] == NEW_THING:
            things.append(_made(row, things[0] if things else None))
            row = _naming_it(row, things[-1], NEW_THING)
        named.append(row)
    return named, [[thing._meta.label_lower, thing.slug] for thing in things]


def _made_by(make, row):
    with _refusals():
        thing = make(row.cells)
        thing.full_clean()
    return thing


def _made(row, first):
    """The thing that a row brings into being, made now; ``first``: what the proposal began with."""
    if row.editor.make:
        return row.editor.make(row.cells, first)
    model = row.editor.column(row.editor.begins).field.model
    return model.objects.create(slug=free_slug(model, row.cells[row.editor.named_by]))


def _left_out(proposal, rows):
    """The things begun with a proposal that these rows, in place of its own, no longer name."""
    named = {text for row in rows for text in row.cells.values()}
    return [thing for thing in proposal.begun_things() if not _keys(thing) & named]


def _require_unnamed(things, *, but):
    """The things, if no other open proposal than ``but`` names one of them."""
    for thing in things:
        if named := _naming(thing).exclude(pk=but.pk).first():
            raise BlockedError("{it} needs it. Delete or change that first.", named)
    return things


def _naming_it(row, thing, mark):
    """A row with the thing's key in place of what stands for it."""
    named = {
        name: getattr(thing, row.editor.column(name).field.by)
        for name, model in row.editor.references
        if isinstance(thing, model) and row.cells[name] == mark
    }
    return replace(row, cells=row.cells | named)


def _naming(thing: Thing) -> models.QuerySet:
    """The open proposals that name a thing."""
    keys = _keys(thing)
    named = [
        proposal.pk
        for proposal in Proposal.objects.open()
        if any(keys & _cells_naming(row, thing) for row in proposal.proposed)
    ]
    return Proposal.objects.filter(pk__in=named)
