"""Every way in which programmes change: their status updates, milestones and links to metrics."""

from programmes.actions.metric_links import link_metric, take_back_link
from programmes.actions.milestones import (
    add_milestone,
    drop_milestone,
    finish_milestone,
    move_milestone,
    start_milestone,
)
from programmes.actions.status import (
    ClosedPeriodError,
    ExistsError,
    LaterPeriodPublishedError,
    approve_status,
    correct_status,
    discard_status,
    return_status,
    save_status,
    start_status,
    submission_errors,
    submit_status,
)

__all__ = [
    "ClosedPeriodError",
    "ExistsError",
    "LaterPeriodPublishedError",
    "add_milestone",
    "approve_status",
    "correct_status",
    "discard_status",
    "drop_milestone",
    "finish_milestone",
    "link_metric",
    "move_milestone",
    "return_status",
    "save_status",
    "start_milestone",
    "start_status",
    "submission_errors",
    "submit_status",
    "take_back_link",
]
