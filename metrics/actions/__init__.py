"""Every way in which metrics, their cards, series and readings change."""

from metrics.actions.cards import add_metric, discard_card, publish_card, write_card
from metrics.actions.imports import (
    ChangedError,
    TooLateError,
    begin_check,
    discard_readings,
    finish_check,
    import_readings,
    record_readings,
    refuse_batch,
    refuse_unchecked,
    review_undo,
    send_readings,
    undo_readings,
    update_progress,
)
from metrics.actions.questions import answer_question, ask_about_figure, empty_questions
from metrics.actions.series import propose_note, propose_rebase, propose_target
from metrics.actions.verdicts import keep_verdicts, keep_verdicts_due, rebuild_verdicts

__all__ = [
    "ChangedError",
    "TooLateError",
    "add_metric",
    "answer_question",
    "ask_about_figure",
    "begin_check",
    "discard_card",
    "discard_readings",
    "empty_questions",
    "finish_check",
    "import_readings",
    "keep_verdicts",
    "keep_verdicts_due",
    "propose_note",
    "propose_rebase",
    "propose_target",
    "publish_card",
    "rebuild_verdicts",
    "record_readings",
    "refuse_batch",
    "refuse_unchecked",
    "review_undo",
    "send_readings",
    "undo_readings",
    "update_progress",
    "write_card",
]
