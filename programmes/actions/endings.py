"""How programmes end or pause: what is needed of each, as one proposal that another person approves."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from django.db import models

from bhcp_portal.kit.actions import IncompleteError
from bhcp_portal.kit.addresses import present_names
from bhcp_portal.kit.dates import Present, Span, london_day, on_or_in, span
from bhcp_portal.kit.editor import actions as record
from bhcp_portal.kit.editor.actions import BlockedError, as_written
from bhcp_portal.kit.editor.editors import editor_carrying
from bhcp_portal.kit.editor.ends import came_with
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Act, Proposal, ProposedRow, Why
from bhcp_portal.kit.editor.sources import source_date
from bhcp_portal.kit.kinds import kind_of
from partners.models import User
from programmes.models import (
    Programme,
    ProgrammeProfile,
    ProgrammeStage,
    Stage,
    Status,
    StatusUpdate,
)
from programmes.models.status import ENDED as ENDED_STATUSES

LONGEST_TITLE = 300
PROFILES, STAGES, STATUSES = (
    kind_of(model).slug for model in (ProgrammeProfile, ProgrammeStage, StatusUpdate)
)
HAS_ENDED = "It has ended, and its last status says so. Write a day that was, or take"
ANOTHER_OUTCOME = "Its last status says “{}”, so it went to no other. Leave this empty, or take"
GOES_ON = "It has ended, so its stage is “Ended”. If it goes on, take"
WENT_WHERE = "Its last status says that it became part of another. Choose which one"
ENDED = {"stage": Stage.ENDED, "source_words": "", "is_our_reading": "no"}


class Outcome(models.TextChoices):
    """What becomes of a programme, by the status that says so."""

    FINISHED = Status.COMPLETE, "It has finished"
    STOPPED = Status.STOPPED, "It was stopped"
    MERGED = Status.MERGED, "It became part of another programme"
    PAUSED = Status.PAUSED, "It is paused"


@dataclass(frozen=True, slots=True)
class EndRestsOn:
    """What the words of a proposal rest on: ``why``, and the slug of the source if it is a document."""

    why: Why
    source: str = ""


@dataclass(frozen=True, slots=True)
class EndToCome:
    """An end of a programme that is approved and waits for its day, with the proposal that has it.

    ``name``: that of the programme. ``into``: the slug of the one that it becomes part of, and
    ``into_name`` its name; empty if it becomes part of none.
    """

    day: date
    outcome: Outcome
    proposal: Proposal
    name: str
    into: str = ""
    into_name: str = ""

    @property
    def words(self) -> str:
        """What will happen and when, a sentence."""
        verb = {
            Outcome.FINISHED: "It is approved that the programme finishes",
            Outcome.STOPPED: "It is approved that the programme is stopped",
            Outcome.MERGED: "It is approved that the programme becomes part of "
            + (f"“{self.into_name}”" if self.into_name else "another"),
        }[self.outcome]
        return f"{verb} {self.when}."

    @property
    def when(self) -> str:
        """The day, such as ``on 1 January 2027``."""
        return on_or_in(self.day.isoformat())


def ends_to_come() -> dict[str, EndToCome]:
    """The approved ends of programmes that wait for a day, by the slug of the programme."""
    waiting = [
        (slug, proposal, row)
        for slug, rows in _waiting_ends().items()
        for proposal, row in rows
        if row.kind == STATUSES and row.counts_from
    ]
    slugs = {name for slug, _, row in waiting for name in (slug, row.cells["merged_into"])}
    called = Programme.objects.annotate(called=Programme.called_at("pk", Present.now(UTC)))
    named = called.filter(slug__in=slugs) if waiting else ()
    names = {programme.slug: programme.called for programme in named}
    return {
        slug: EndToCome(
            day=date.fromisoformat(row.counts_from),
            outcome=Outcome(row.cells["status"]),
            proposal=proposal,
            name=names.get(slug, slug),
            into=row.cells["merged_into"] if row.cells["merged_into"] in names else "",
            into_name=names.get(row.cells["merged_into"], ""),
        )
        for slug, proposal, row in waiting
    }


def end_in_work(programmes: list[Programme], at: datetime) -> Proposal | None:
    """The open proposal that changes what an end of programmes, loaded ``with_profile``, changes too."""
    stages = ProgrammeStage.objects.live(at).filter(programme__in=programmes)
    return record.in_work(
        [
            *((PROFILES, each.profile.pk) for each in programmes),
            *((STAGES, pk) for pk in stages.values_list("pk", flat=True)),
        ]
    )


def says_an_end(proposal: Proposal) -> bool:
    """Whether a proposal says that a programme has ended or is to end."""
    return any(map(_is_end, proposal.proposed))


def propose_end(
    *,
    programmes: list[Programme],
    outcome: Outcome,
    ends: Span,
    words: str,
    ground: EndRestsOn,
    by: User,
    at: datetime,
    merged_into: Programme | None = None,
    step: dict[str, str] | None = None,
) -> Proposal:
    """Propose that programmes, loaded ``with_profile``, have ended or will end; ``words`` say why.

    ``ends``: from when. What makes it so is its end date, its last stage and its last status. Where
    the day is still to come, the stage and the status go on the record on that day. ``step``: the
    next step of what is stopped, by column. Raises ``InWorkError`` if a change of one waits, and
    ``IncompleteError`` if one has ended or an approved end of it waits, or if ``merged_into`` has ended.
    """
    to_come = ends_to_come()
    for programme in programmes:
        if (end := programme.end_at(at)) and not is_half_ended(programme, at):
            raise IncompleteError([(None, f"{end.words}. Correct that end instead.")])
        if programme.slug in to_come:
            words = as_written(to_come[programme.slug].words)
            sentence = f"{words} Move or call off that end instead: {{it}}."
            raise BlockedError(sentence, to_come[programme.slug].proposal)
    if merged_into and merged_into.end_at(at):
        raise IncompleteError([("merged_into", "That one has ended. Choose one that goes on")])
    into = merged_into.slug if merged_into else ""
    later = _later(ends, at)
    rows = []
    for programme in programmes:
        profile = {"ends": ends.text, "merged_into": into}
        rows.append(_row(ProgrammeProfile, programme, profile, words, ground, at))
        stage = programme.stages.live(at).first()
        if not (stage and stage.is_end):
            rows.append(_row(ProgrammeStage, programme, ENDED, words, ground, at, later=later))
        if last_end(programme, at):
            continue
        rows.append(
            _row(
                StatusUpdate,
                programme,
                {
                    "status": outcome.value,
                    "summary": _sentence(outcome, ends),
                    "explanation": words,
                    "status_reason": words,
                    "merged_into": into,
                    **(step or {}),
                },
                words,
                ground,
                at,
                later=later,
            )
        )
    return record.begin(rows=rows, title=_title("End", programmes), by=by, at=at)


def last_end(programme: Programme, at: datetime) -> StatusUpdate | None:
    """The last status of a programme, if that says that it has ended."""
    last = programme.updates.live(at).newest_first().first()
    return last if last and last.is_end else None


def is_half_ended(programme: Programme, at: datetime) -> bool:
    """Whether a status or a stage alone says that a programme has ended, so that its last day is wanting."""
    end, profile = programme.end_at(at), programme.profiles.live(at).first()
    return bool(
        end and profile and not end.profile and not (profile.ends_as or profile.merged_into_id)
    )


def propose_pause(
    *,
    programmes: list[Programme],
    words: str,
    decided_on: date | None,
    owner: str,
    ground: EndRestsOn,
    by: User,
    at: datetime,
) -> Proposal:
    """Propose that programmes, loaded ``with_profile``, are paused; ``words`` say why.

    ``decided_on``: the day on which ``owner`` decides whether they go on; a document needs neither.
    """
    day = decided_on.isoformat() if decided_on else ""
    cells = {
        "status": Status.PAUSED,
        "summary": "Work is on hold.",
        "status_reason": words,
        "next_step": "Decide whether it goes on" if decided_on else "",
        "next_step_owner": owner,
        "next_step_on": day,
        "next_decision_on": day,
    }
    rows = [_row(StatusUpdate, each, cells, words, ground, at) for each in programmes]
    return record.begin(rows=rows, title=_title("Pause", programmes), by=by, at=at)


# -- an end on another day ------------------------------------------------------------------------


def with_its_end(rows: list[ProposedRow], at: datetime) -> list[ProposedRow]:
    """The rows of a proposal, in which what rests on the end of a programme follows its end date.

    Its last stage and status go on the record on that day, in words that name it. What was approved
    for another day comes along, and is called off there with the approval. Raises
    ``IncompleteError`` if a programme that has ended would end on a day to come.
    """
    profiles = [row for row in rows if row.kind == PROFILES and row.replaces]
    standing = ProgrammeProfile.objects.select_related("merged_into").in_bulk(
        [row.replaces for row in profiles]
    )
    waiting, present = _waiting_ends() if profiles else {}, present_names()
    for profile in profiles:
        cells = profile.editor.table.led_on(profile.cells, present)
        slug = cells["programme"]
        rest = [row for row in rows if _is_end(row) and row.cells["programme"] == slug]
        stands, due = standing[profile.replaces], [row for _, row in waiting.get(slug, [])]
        led_on = replace(profile, cells=cells)
        calls_off, follows = _what_follows(led_on, rest, stands, due, at)
        # What was there keeps its place, and what is new comes last.
        new = {id(profile): replace(profile, calls_off=calls_off)}
        new |= {id(old): row for old, row in follows}
        kept = [new.pop(id(row), row) for row in rows if row not in rest or id(row) in new]
        rows = [*kept, *new.values()]
    return rows


def _what_follows(profile, rest, stands, due, at):
    """What a changed profile calls off (``ProposedRow.calls_off``), and the rows that rest on its end,
    each with the one that it takes the place of.

    ``rest``: those that the proposal has. ``stands``: the profile as it stands. ``due``: what was
    approved for the day that it says.
    """
    says_more = {row.kind for row in rest} == {STAGES, STATUSES} and _words(rest) != _words(due)
    ends, into = profile.cells["ends"], profile.cells["merged_into"]
    calls_off, follows = None, []
    if says_more:
        calls_off, follows = ([] if due else profile.calls_off), rest
    elif rest and not due and not (stands.ends_as or stands.merged_into_id):
        # The rest of an end that a status or a stage alone had said.
        follows = rest
    elif (ends, into) == (stands.ends_as, stands.merged_into.slug if stands.merged_into else ""):
        return None, []
    elif due:
        calls_off, follows = [], (rest or _copied(due)) if ends else []
    else:
        follows = _last_status_again(stands, profile, at)
        return None, [(row, row) for row in follows]
    if not ends:
        if into and stands.ends_as:
            raise IncompleteError([("merged_into", "Leave this empty too, if it goes on")])
        return calls_off, [(row, row) for row in follows]
    for status, _ in _words(follows):
        _require_one_outcome(status, profile)
    return calls_off, [(row, _put_on(span(ends), row, profile, at)) for row in follows]


def _require_one_outcome(status, profile, last=None):
    """Raise ``IncompleteError`` if a profile and a last status say two things of where a programme went.

    ``last``: that status, if it stands.
    """
    into = profile.cells["merged_into"]
    if status == Outcome.MERGED and not into:
        raise IncompleteError([("merged_into", WENT_WHERE)])
    if status != Outcome.MERGED and into:
        _refuse_part("merged_into", ANOTHER_OUTCOME.format(Status(status).label), last)


def _refuse_part(column, sentence, row):
    """Raise ``IncompleteError`` for a change of one part of an end, with what to take back first.

    ``row``: the one that says so; ``None`` while nothing is approved.
    """
    whole = came_with(kind_of(type(row)), row) if row else None
    if whole:
        raise BlockedError(f"{sentence} the whole end back: {{it}}.", whole, column)
    raise IncompleteError([(column, f"{sentence} that back first")])


def with_its_own_stage(rows: list[ProposedRow], at: datetime) -> list[ProposedRow]:
    """The rows of a proposal as they are. Raises ``IncompleteError`` if the stage of a programme that
    has ended, which says so, would say that it goes on.
    """
    for row in rows:
        if row.kind != STAGES or not row.replaces or row.cells["stage"] == Stage.ENDED:
            continue
        stands = ProgrammeStage.objects.live(at).filter(pk=row.replaces, stage=Stage.ENDED).first()
        profile = stands and stands.programme.profiles.live(at).first()
        if stands and (
            came_with(kind_of(ProgrammeStage), stands)
            or (profile and profile.has_ended(london_day(at)))
        ):
            _refuse_part("stage", GOES_ON, stands)
    return rows


def _waiting_ends():
    """The last stage and status that wait for the day of an end, each with its proposal, by the slug of
    the programme.
    """
    found, present = defaultdict(list), present_names()
    for proposal in Proposal.objects.unfinished().of_kind(PROFILES).order_by("pk"):
        for row in proposal.proposed:
            if row.result is None and _is_end(row):
                cells = row.editor.table.led_on(row.cells, present)
                found[cells["programme"]].append((proposal, replace(row, cells=cells)))
    return found


def _is_end(row):
    """Whether a row says that a programme has ended, in its stage or its status."""
    return (row.kind == STAGES and row.cells["stage"] == Stage.ENDED) or (
        row.kind == STATUSES and row.cells["status"] in ENDED_STATUSES
    )


def _words(rows):
    """What the status among some rows says, but for the day."""
    return [(row.cells["status"], row.cells["explanation"]) for row in rows if row.kind == STATUSES]


def _copied(due):
    """Rows that wait for a day, to be proposed for another."""
    now = Present.now(UTC)
    copied = []
    for row in due:
        stage = ProgrammeStage.objects.live(now).filter(programme__slug=row.cells["programme"])
        stands = stage.first() if row.kind == STAGES else None
        act = Act.CORRECT if stands else Act.ADD
        copied.append(replace(row, act=act, replaces=stands and stands.pk))
    return copied


def _last_status_again(stands, profile, at):
    """The last status of a programme that has ended already, if it names what changes of its end."""
    last = stands.programme.updates.live(at).newest_first().first()
    if not (stands.has_ended(london_day(at)) and last and last.is_end):
        return []
    ends, into = profile.cells["ends"], profile.cells["merged_into"]
    is_moved = ends != stands.ends_as
    if is_moved and (not ends or _later(span(ends), at)):
        _refuse_part("ends", HAS_ENDED, last)
    if into != (stands.merged_into.slug if stands.merged_into else ""):
        _require_one_outcome(last.status, profile, last)
    outcome, before = Outcome(last.status), row_cells(editor_carrying(STATUSES), last)
    cells = before.copy()
    if is_moved and stands.ends_as and last.summary == _sentence(outcome, span(stands.ends_as)):
        cells["summary"] = _sentence(outcome, span(ends))
    if outcome == Outcome.MERGED:
        cells["merged_into"] = into
    if cells == before:
        return []
    for name in ("made", "recorded_at", "taken_back_at", "taken_back_because"):
        del cells[name]
    if last.source_id:
        return [ProposedRow(STATUSES, Act.CORRECT, cells, Why.SLIP, last.pk)]
    cells |= {"source": "", "published_at": ""}
    return [ProposedRow(STATUSES, Act.ADD, cells, Why.NOW)]


def _put_on(ends, row, profile, at):
    """A row that rests on an end, as of its day."""
    cells = row.cells
    if row.kind == STATUSES:
        outcome = Outcome(cells["status"])
        cells = cells | {"summary": _sentence(outcome, ends)}
        if outcome == Outcome.MERGED:
            cells["merged_into"] = profile.cells["merged_into"]
    return replace(row, cells=cells, counts_from=_later(ends, at))


def require_sound_end(values, *, old, author, approver, now, day):
    """Raise ``IncompleteError`` if the end of a programme can't be, beside those of others.

    It would become part of one that has ended by then; or it would end before another becomes part
    of it.
    """
    now, programme, into = Present.now(UTC), values["programme"], values["merged_into"]
    stands = programme.profiles.live(now).first()
    ends_on = values["ends_on"] or (day if into else None)
    if stands and (stands.merged_into, stands.ends_on) == (into, values["ends_on"]):
        return
    profiles = ProgrammeProfile.objects.live(now).exclude(merged_into=None)
    if into:
        target, end = into.profiles.live(now).first(), into.end_at(now)
        if (target and target.has_ended(ends_on)) or (end and not end.ends_on):
            sentence = "That one has ended by then. Choose one that goes on"
            raise IncompleteError([("merged_into", sentence)])
    if ends_on is None:
        return
    later = profiles.filter(merged_into=programme, ends_on__gte=ends_on).order_by("ends_on").last()
    if later:
        sentence = (
            f"“{later.name}” becomes part of it {on_or_in(later.ends_as)}. Choose a later day, or"
        )
        if whole := came_with(kind_of(ProgrammeProfile), later):
            words = as_written(sentence)
            raise BlockedError(f"{words} take that end back first: {{it}}.", whole, "ends")
        raise IncompleteError([("ends", f"{sentence} correct that first")])


# -- the rows ---------------------------------------------------------------------------------------


def _row(model, programme, says, words, ground, at, *, later=""):
    """What a statement of a programme would say, in place of what stands if one does at a time."""
    kind = kind_of(model).slug
    editor = editor_carrying(kind)
    standing = None
    if model is not StatusUpdate:
        standing = model.objects.live(Present.now(at.tzinfo)).filter(programme=programme).first()
    cells = row_cells(editor, standing) if standing else {}
    cells = {column.name: cells.get(column.name, "") for column in editor.table.all_columns}
    for name in ("made", "recorded_at", "taken_back_at", "taken_back_because"):
        del cells[name]
    # What a profile says beside its end stays, and so does its note for the reader.
    note = cells["note"] if model is ProgrammeProfile else ""
    cells |= {"programme": programme.slug, "certainty": "sourced", "note": note, **says}
    cells |= {"source": "", "published_at": "", "reason": words if standing else ""}
    if ground.why == Why.DOCUMENT:
        cells |= {"source": ground.source, "published_at": source_date(ground.source, at)}
    return ProposedRow(
        kind,
        Act.CORRECT if standing else Act.ADD,
        cells,
        ground.why,
        standing.pk if standing else None,
        counts_from=later,
    )


def _later(ends, at):
    """The day on which what rests on an end goes on the record, if that is still to come."""
    return ends.last.isoformat() if ends.last > london_day(at) else ""


def _sentence(outcome, ends):
    """The last summary, which says what the status says and from which day."""
    sentences = {
        Outcome.FINISHED: "The work finished",
        Outcome.STOPPED: "The work stopped",
        Outcome.MERGED: "The work became part of another programme",
    }
    return f"{sentences[outcome]} {on_or_in(ends.text)}."


def _title(what, programmes):
    names = [programme.profile.name for programme in programmes]
    if len(names) > 1:
        return f"{what} {len(names)} programmes: {', '.join(names)}"[:LONGEST_TITLE]
    return f"{what} a programme: {names[0]}"
