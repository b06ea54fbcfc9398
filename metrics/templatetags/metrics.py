"""How metrics go, on the pages of the things that they belong to."""

from django import template

from metrics.presenters.list import shown_of

register = template.Library()


@register.simple_tag(takes_context=True)
def metrics_of(context, series):
    """What a list shows of the series of a partner or an ICC on the day being read; one query.

    ``{% metrics_of icc.series as metrics %}{% include "metrics/_list.html" %}``: the pages of partners and
    ICCs know nothing of programmes, so they reach up through the relation and this tag.
    """
    moment = context["moment"]
    return shown_of(series.with_readings(moment.at), at=moment.at, day=moment.today)
