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
    send_readings,
    undo_readings,
    update_progress,
)
from metrics.actions.series import (
    WaitingError,
    approve_rebase,
    note_chart,
    propose_rebase,
    refuse_rebase,
    set_target,
)

__all__ = [
    "ChangedError",
    "TooLateError",
    "WaitingError",
    "add_metric",
    "approve_rebase",
    "begin_check",
    "discard_card",
    "discard_readings",
    "finish_check",
    "import_readings",
    "note_chart",
    "propose_rebase",
    "publish_card",
    "record_readings",
    "refuse_batch",
    "refuse_rebase",
    "send_readings",
    "set_target",
    "undo_readings",
    "update_progress",
    "write_card",
]
