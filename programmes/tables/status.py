"""The table of status updates."""

from bhcp_portal.kit.tables import (
    Table,
    choice_column,
    day_column,
    text_column,
    yes_no_column,
)
from programmes.models import (
    Status,
    StatusUpdate,
)
from programmes.models.status import UpdateState
from programmes.tables.programmes import programme_column


class StatusUpdateTable(Table):
    name = "status_updates"
    title = "Status updates"
    means = "What was said of how each programme is going."
    model = StatusUpdate
    key = ("programme", "period", "source")
    columns = (
        programme_column(),
        day_column("period", "month reported, by its first day; empty in a document"),
        choice_column("status", Status, "the status; empty: none was reported", required=False),
        text_column("source_words", "the source's own word"),
        text_column("summary", "the update in plain words"),
        text_column("what_was_done", "what was done"),
        text_column("what_is_next", "what is next"),
        text_column("next_step", "the next step"),
        text_column("next_step_owner", "who takes it"),
        day_column("next_step_on", "by when"),
        text_column("help_needed", "the help that is needed"),
        text_column("status_reason", "why this status"),
        choice_column(
            "confidence", StatusUpdate.Confidence, "how confident the author is", required=False
        ),
        yes_no_column("end_date_changes", "whether the end date moves", required=False),
        day_column("new_end_on", "the new end date"),
        choice_column("end_reason", StatusUpdate.EndReason, "why it moves", required=False),
        text_column("end_reason_words", "why it moves, in words"),
        day_column("next_decision_on", "when a paused programme is decided again"),
        text_column("explanation", "the closing summary, or why it stopped or merged"),
        programme_column("merged_into", "slug of the programme it went to", required=False),
    )

    def before_publication(self, statement):
        statement.state = UpdateState.PUBLISHED


TABLES = (StatusUpdateTable(),)
