"""Every way in which programmes change: their status updates, milestones and links to metrics."""

from programmes.actions.endings import propose_end, propose_pause
from programmes.actions.metric_links import propose_link, propose_link_end
from programmes.actions.milestones import (
    propose_drop,
    propose_finish,
    propose_milestone,
    propose_move,
    propose_start,
)
from programmes.actions.status import (
    ClosedPeriodError,
    EndedError,
    ExistsError,
    LaterPeriodPublishedError,
    approve_status,
    correct_status,
    discard_status,
    overtaken_by,
    recall_status,
    return_status,
    save_status,
    start_status,
    submission_errors,
    submit_status,
)

__all__ = [
    "ClosedPeriodError",
    "EndedError",
    "ExistsError",
    "LaterPeriodPublishedError",
    "approve_status",
    "correct_status",
    "discard_status",
    "overtaken_by",
    "propose_drop",
    "propose_end",
    "propose_finish",
    "propose_link",
    "propose_link_end",
    "propose_milestone",
    "propose_move",
    "propose_pause",
    "propose_start",
    "recall_status",
    "return_status",
    "save_status",
    "start_status",
    "submission_errors",
    "submit_status",
]
