"""The tags by which the pages of partners and ICCs show their metrics.

The apps of partners and ICCs are below this one and may not import it, so their pages use the
relation and these tags.
"""

from dataclasses import dataclass

from django import template
from django.db.models import Q

from metrics.models import Series
from metrics.presenters.list import Shown, foremost, shown_of, tally

register = template.Library()


@register.simple_tag(takes_context=True)
def metrics_of(context, series):
    """The series of a partner or an ICC, as a list shows them on the day being read; one query.

    ``{% metrics_of icc.series as metrics %}{% include "metrics/_list.html" %}``.
    """
    moment = context["moment"]
    return shown_of(series.all(), at=moment.at, day=moment.today)


register.filter("foremost", foremost)


@register.filter
def tallied(metrics):
    """How many of them changed for the better, for the worse and otherwise, as ``tally``."""
    return tally([each.verdict for each in metrics])


@register.filter
def late(metrics):
    """Those of which a figure should have come by now."""
    return [each for each in metrics if each.verdict.freshness and each.verdict.freshness.days_late]


@register.filter
def named_for_question(metrics):
    """Some metrics as the address of the form on a wrong figure names them: ``metric:waits:RTX,…``."""
    found = (each.verdict for each in metrics)
    return ",".join(f"metric:{verdict.metric.slug}:{verdict.scope}" for verdict in found)


@dataclass(frozen=True, slots=True)
class AreaMetrics:
    """The metrics of an ICC alone, and those of the whole of each hospital trust that serves it."""

    own: list[Shown]
    of_trusts: list[Shown]


@register.simple_tag(takes_context=True)
def metrics_near(context, icc, trusts):
    """The metrics of an ICC and of its hospital trusts, as ``metrics_of``; one query.

    ``trusts``: the primary keys of the trusts.
    """
    found = metrics_of(context, Series.objects.filter(Q(icc=icc) | Q(partner__in=trusts)))
    return AreaMetrics(
        own=[each for each in found if each.verdict.series.icc_id],
        of_trusts=[each for each in found if each.verdict.series.partner_id],
    )
