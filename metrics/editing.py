"""Where the card of a measure, its targets and readings are written."""

from bhcp_portal.kit.editor.editors import OwnPage
from metrics.models import Metric
from partners.roles import SEE_METRICS

OWN_PAGES = (OwnPage(Metric, "Its card, targets and readings", "staff:metric", SEE_METRICS),)
