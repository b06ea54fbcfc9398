"""The status updates of a programme, with what superseded each."""

from dataclasses import dataclass
from datetime import date

from bhcp_portal.kit.dates import london_day
from programmes.models import ProgrammeStage, StatusUpdate
from programmes.models.status import Standing

# So many words of a summary stand unfolded.
BRIEF = 30
BESIDE_SUMMARY = (
    "status_reason",
    "what_was_done",
    "what_is_next",
    "next_step",
    "help_needed",
    "explanation",
    "end_date_changes",
    "next_decision_on",
    "confidence",
)


@dataclass(frozen=True, slots=True)
class PublishedUpdate:
    """A status update as the list of all of a programme's updates shows it.

    ``stage``: how far the programme had come, as the same document describes it; or ``None``.
    ``standing``: for the newest update how the programme stands now, for the others how it stood
    when they were published. ``replaced_on`` and ``replaced_because``: the day the update was
    superseded and why; ``None`` and empty while it is live.
    """

    update: StatusUpdate
    standing: Standing
    stage: ProgrammeStage | None
    replaced_on: date | None
    replaced_because: str

    @property
    def is_brief(self):
        """Whether it says no more than a summary of a line or two, so that nothing is folded."""
        update = self.update
        more = (getattr(update, name) for name in BESIDE_SUMMARY)
        return not any(more) and len(update.summary.split()) <= BRIEF


def update_history(updates, *, stages, newest, at, day):
    """A list of ``PublishedUpdate``, for the updates of one page of ``every_version``.

    ``stages``: all that was published of the programme's stage by the moment, the newest last.
    ``newest``: the update that says how the programme stands. It alone is judged at ``at`` and on
    ``day``, so it alone can be shown as too old.
    """
    described = {(stage.source_id, stage.published_at): stage for stage in stages}
    return [_published(update, described, update == newest, at, day) for update in updates]


def _published(update, described, is_newest, at, day):
    then = update.published_at, london_day(update.published_at)
    is_replaced = update.superseded_at is not None and update.superseded_at <= at
    return PublishedUpdate(
        update=update,
        standing=StatusUpdate.standing_of(update, *((at, day) if is_newest else then)),
        stage=described.get((update.source_id, update.published_at)) if update.source_id else None,
        replaced_on=london_day(update.superseded_at) if is_replaced else None,
        replaced_because=(update.replaced_because or "") if is_replaced else "",
    )
