"""How programmes end or pause: what is needed of each, as one proposal that another person approves."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import models

from bhcp_portal.kit.dates import Present, Span, london_day, on_or_in
from bhcp_portal.kit.editor import actions as record
from bhcp_portal.kit.editor.editors import editor_carrying
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

LONGEST_TITLE = 300
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
    next step of what is stopped, by column. Raises ``InWorkError`` if a change of one waits.
    """
    into = merged_into.slug if merged_into else ""
    later = ends.last.isoformat() if ends.last > london_day(at) else ""
    rows = []
    for programme in programmes:
        profile = {"ends": ends.text, "merged_into": into}
        rows += [
            _row(ProgrammeProfile, programme, profile, words, ground, at),
            _row(ProgrammeStage, programme, ENDED, words, ground, at, later=later),
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
            ),
        ]
    return record.begin(rows=rows, title=_title("End", programmes), by=by, at=at)


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
    cells |= {"programme": programme.slug, "certainty": "sourced", "note": "", **says}
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
