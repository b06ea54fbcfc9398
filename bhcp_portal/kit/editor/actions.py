"""Propose, decide, carry out and take back, for every kind of statement that has an editor.

All raise an ``ActionError`` whose sentence says what to do; nothing is then half done.
"""

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, models, transaction

from bhcp_portal.kit import launch
from bhcp_portal.kit.actions import (
    ActionError,
    IncompleteError,
    SamePersonError,
    StaleError,
    TransitionError,
    free_slug,
    publish,
    require_reason,
    require_seen,
    take_back,
)
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import Present, london_day
from bhcp_portal.kit.editor.proposal import (
    NEW_THING,
    Act,
    Proposal,
    ProposedRow,
    State,
    Why,
    new_thing,
)
from bhcp_portal.kit.kinds import Kind
from bhcp_portal.kit.locks import lock
from bhcp_portal.kit.reviews import Review, record_review
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.statements import Origin, Statement
from bhcp_portal.kit.tables import refusal_sentence, to_text
from bhcp_portal.kit.things import Thing

NO_LONGER_STANDS = (
    "What this changes no longer stands: somebody published another since. Begin again."
)


class InWorkError(ActionError):
    """Somebody is changing the same row already. ``proposal`` is what they wrote so far."""

    def __init__(self, proposal):
        super().__init__("Somebody is changing this already. Go on with what they began.")
        self.proposal = proposal


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
        drafted = Proposal.objects.filter(author=by, state=State.DRAFT, version=1, title=title)
        for other in drafted:
            if _say_the_same(other, rows):
                return other
        _require_free(rows)
        proposal = Proposal(title=title, author=by, edited_at=at)
        rows, things = _with_things(rows, make)
        proposal.begun = [[thing._meta.label_lower, thing.slug] for thing in things]
        proposal.proposed = rows
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
        if proposal.proposed == rows:
            return proposal
        proposal.proposed, proposal.title = rows, title
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
        proposal.state = State.SUBMITTED
        proposal.submitted_by, proposal.submitted_at = by, at
        proposal.version += 1
        proposal.save()
        return proposal


def drop(*, proposal: Proposal, by, at: datetime) -> None:
    """Delete a proposal that nobody decided on; a thing that it began goes with it."""
    with action("record.dropped", by=by):
        proposal = _locked(proposal, State.DRAFT, State.SUBMITTED, State.RETURNED)
        begun = proposal.begun_things()
        for thing in begun:
            if named := _naming(thing).exclude(pk=proposal.pk).first():
                raise IncompleteError([(None, f"“{named}” needs it. Delete or change that first.")])
        proposal.state = State.DROPPED
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
        rows, statements = [], []
        with _refusals():
            for row in proposal.proposed:
                if not row.waits(london_day(at)):
                    made = _carry_out(row, author=proposal.author, approver=by)
                    statements.append(made)
                    row = replace(row, result=made.pk)
                rows.append(row)
            _require_public(rows)
        proposal.proposed = rows
        proposal.state, proposal.decided_by, proposal.decided_at = State.PUBLISHED, by, at
        proposal.version += 1
        proposal.save()
        return statements


def carry_out_on_its_day(*, proposal: Proposal, at: datetime) -> list[Statement]:
    """Put on the record what was approved for a day that has come; gives the statements.

    Done already, it does nothing. Where it can no longer be carried out, the proposal says why.
    """
    approver = proposal.decided_by
    with action("record.carried_out", by=approver):
        proposal = _locked(proposal, State.PUBLISHED)
        rows = proposal.proposed
        due = [row for row in rows if row.result is None and not row.waits(london_day(at))]
        try:
            with _refusals():
                made = [_carry_out(row, author=proposal.author, approver=approver) for row in due]
        except IncompleteError as refused:
            proposal.remarks, made = str(refused), []
        results = {id(row): statement.pk for row, statement in zip(due, made, strict=False)}
        if due:
            proposal.proposed = [
                replace(row, result=results.get(id(row), row.result)) for row in rows
            ]
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


def try_out(proposal: Proposal) -> list[Statement]:
    """Carry a proposal out and undo it at once; raises what an approval would raise."""
    with carried_out(proposal) as statements:
        return statements


@contextmanager
def carried_out(proposal: Proposal, *, day: date | None = None):
    """A context manager in which a proposal is on the record; afterwards it never was.

    ``day``: leave out what would wait for a later day than this one.

    What was to happen at the end of the transaction, such as mail, doesn't.
    """
    try:
        with transaction.atomic():
            with _refusals():
                rows = [row for row in proposal.proposed if day is None or not row.waits(day)]
                yield [_carry_out(row, author=proposal.author) for row in rows]
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
        require_reason(reason)
        if standing.taken_back_at or not standing.is_published:
            raise StaleError(standing)
        take_back(kind.model.objects.filter(pk=row.pk), reason=reason)
        proposal = Proposal(title=f"{kind.one}: taken back", author=by, edited_at=at)
        proposal.proposed = [ProposedRow(kind.slug, Act.TAKE_BACK, {}, replaces=row.pk)]
        proposal.state, proposal.remarks = State.AT_ONCE, reason
        proposal.decided_by, proposal.decided_at = by, at
        proposal.save()
        return proposal


def review(*, proposal: Proposal, seen: str, agrees: bool, remarks: str, by, at: datetime) -> None:
    """Record what another person says of a taking back. Where they disagree, it is published anew."""
    with action("record.reviewed", by=by, reason=remarks):
        proposal = Proposal.objects.select_for_update().get(pk=proposal.pk)
        record_review(
            proposal.done_at_once, seen=seen, agrees=agrees, remarks=remarks, by=by, at=at
        )
        if not agrees:
            [row] = proposal.proposed
            with _refusals():
                _publish_anew(row.of_kind.model.objects.get(pk=row.replaces), by)


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
    except (ValidationError, IntegrityError) as refused:
        raise IncompleteError([(None, refusal_sentence(refused))]) from None
    except DataError:
        raise IncompleteError([(None, "A number or a text is too long. Shorten it.")]) from None


def _carry_out(row: ProposedRow, *, author, approver=None) -> Statement:
    """Put one row on the record; call it inside ``_refusals``."""
    editor, model, now = row.editor, row.of_kind.model, Present.now(UTC)
    old = None
    if row.replaces:
        old = model.objects.select_for_update(of=("self",)).get(pk=row.replaces)
        if not (row.counts_from or old.stands(now) or _is_mended(row, old, now)):
            raise IncompleteError([(None, NO_LONGER_STANDS)])
    cells = _dated(row, old, now)
    checked, errors = editor.table.check_one(cells)
    if errors:
        raise IncompleteError([(error.column, error.message) for error in errors])
    values = checked.values
    if checked.values["origin"] == Origin.RESTORED:
        values["origin"], checked.published = Origin.PORTAL, now
    if editor.complete:
        day = date.fromisoformat(row.counts_from) if row.counts_from else london_day(now)
        editor.complete(values, author=author, approver=approver, now=now, day=day)
    if row.why == Why.MISTAKE:
        _take_back_for(old, row, author, approver)
    elif old is None or _is_other_matter(old, values):
        # What counts from a day to come replaces what stands on it; kinds with pages have rules of their own.
        if not (row.counts_from or row.of_kind.has_own_pages):
            _require_new(editor, values)
        if old is not None:
            _take_back_for(old, row, author, approver)
    if row.why == Why.DOCUMENT and checked.published.first > london_day(now):
        raise IncompleteError(
            [("published_at", "This day is still to come. Write when it was said")]
        )
    return editor.table.save_statement(checked, at=now, by=author)


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
    matter = old.identity_fields
    return not matter or any(getattr(old, name) != values.get(name) for name in matter)


def _require_new(editor, values):
    model = editor.table.model
    matter = {name: values.get(name) for name in model.identity_fields}
    if matter and model.objects.live(Present.now(UTC)).filter(**matter).exists():
        sentence = f"{editor.kind.one}: this is on the record already. Correct that one instead."
        raise IncompleteError([(None, sentence)])


def _take_back_for(old, row, author, approver):
    """Take back a row whose slip was in what it is about, so that nothing supersedes it."""
    if row.why not in (Why.SLIP, Why.MISTAKE):
        sentence = (
            "This would make it speak of something else. End this one, and add the other anew."
        )
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
    now = Present.now(UTC)
    for row in rows:
        named = [*row.editor.references, ("source", Source)]
        cells = row.editor.table.led_on(row.cells)
        for column, model in named:
            key = cells.get(column, "")
            if key and row.why in (Why.NOW, Why.MISTAKE) and column == "source":
                continue
            by = row.editor.column(column).field.by
            if key and not model.objects.known_at(now).filter(**{by: key}).exists():
                if model is Source and Source.objects.withdrawn().filter(slug=key).exists():
                    sentence = "Its source was withdrawn. Choose another, or what it rests on."
                    raise IncompleteError([(column, sentence)])
                what = "Its source" if column == "source" else "Something that it names"
                sentence = f"{what} is not public yet. Approve that first."
                raise IncompleteError([(column, sentence)])


# -- what proposals have in common -----------------------------------------------------------------


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


def _require_free(rows):
    for row in rows:
        if row.replaces:
            lock(f"proposals on {row.kind} {row.replaces}")
            if other := Proposal.objects.open().on(row.kind, row.replaces).first():
                raise InWorkError(other)
        if row.act == Act.MOVE:
            thing = row.cells["table"], row.cells["slug"]
            lock(f"proposals to move {thing}")
            if other := Proposal.objects.open().moving(*thing).first():
                raise InWorkError(other)


def _say_the_same(proposal, rows):
    """Whether a proposal is of these rows, whose things were made with it."""
    made = {key for thing in proposal.begun_things() for key in _keys(thing)}

    def bare(row):
        cells = {
            name: NEW_THING if text in made or text.startswith("(new ") else text
            for name, text in row.cells.items()
        }
        return (row.kind, row.act, row.why, row.replaces, cells)

    return list(map(bare, proposal.proposed)) == list(map(bare, rows))


def _keys(thing):
    """What may stand for a thing in a cell."""
    return {thing.slug, getattr(thing, "code", thing.slug)}


def _with_things(rows, make) -> tuple[list[ProposedRow], list[Thing]]:
    """The rows with the keys of the things that they bring into being, and those things, made now."""
    first = _made(rows, make)
    if first is None:
        return rows, []
    marked = {NEW_THING: first}
    for row in rows[1:] if make else []:
        mark = new_thing(len(marked))
        if row.kind == rows[0].kind and mark in row.cells.values():
            marked[mark] = _made_by(make, row)
    for mark, thing in marked.items():
        rows = [_naming_it(row, thing, mark) for row in rows]
    named, things = [], list(marked.values())
    for row in rows:
        begins = row.editor.begins
        if begins and row.cells[begins] == NEW_THING:
            things.append(row.editor.make(row.cells, first))
            row = _naming_it(row, things[-1], NEW_THING)
        named.append(row)
    return named, things


def _made_by(make, row):
    with _refusals():
        thing = make(row.cells)
        thing.full_clean()
    return thing


def _made(rows, make) -> Thing | None:
    """The thing that the first row brings into being, made now; ``None`` if it brings none."""
    first = rows[0]
    if make is not None:
        return _made_by(make, first)
    editor = first.editor
    if first.act != Act.ADD or not editor.begins or first.cells[editor.begins] != NEW_THING:
        return None
    model = editor.column(editor.begins).field.model
    return model.objects.create(slug=free_slug(model, first.cells[editor.named_by]))


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
        if any(keys & set(row.cells.values()) for row in proposal.proposed)
    ]
    return Proposal.objects.filter(pk__in=named)
