"""What staff are asked about the home page, and where the card of a measure and its readings are written."""

from bhcp_portal.kit.editor.editors import Editor, OwnPage, Question
from metrics.models import Metric
from metrics.tables.cards import HomeMetricTable
from partners.roles import SEE_METRICS

OWN_PAGES = (OwnPage(Metric, "Its card, targets and readings", "staff:metric", SEE_METRICS),)

EDITORS = (
    Editor(
        HomeMetricTable(),
        (
            Question("metric", "Measure"),
            Question(
                "words",
                "What should the home page call it?",
                "In as few plain words as you can, such as Waiting list",
                needed="Enter what the home page calls it",
            ),
            Question(
                "position",
                "Its place on the home page",
                "A number from 1. The page shows the first six",
            ),
            Question(
                "applies",
                "Should the home page show it?",
                "No takes it off the page",
                needed="Say whether the home page shows it",
            ),
        ),
        fixed=("metric",),
    ),
)
