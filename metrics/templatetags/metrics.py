"""The tag by which the pages of partners and ICCs list their metrics."""

from django import template

from metrics.presenters.list import shown_of

register = template.Library()


@register.simple_tag(takes_context=True)
def metrics_of(context, series):
    """The series of a partner or an ICC, as a list shows them on the day being read; one query.

    ``{% metrics_of icc.series as metrics %}{% include "metrics/_list.html" %}``: the apps of
    partners and ICCs are below this one and may not import it, so their pages use the relation and
    this tag.
    """
    moment = context["moment"]
    return shown_of(series.with_readings(moment.at), at=moment.at, day=moment.today)
