"""Addresses that stay on the day being read, and dates in words."""

from django import template
from django.urls import reverse

from bhcp_portal.kit.dates import day_in_words, london_day, span

register = template.Library()


@register.simple_tag(takes_context=True)
def url_at(context, name, *args, **kwargs):
    """The address of a public page, on the day that this page is read at."""
    url = reverse(name, args=args, kwargs=kwargs)
    moment = context.get("moment")
    return moment.keep(url) if moment else url


@register.filter
def href(thing, moment):
    """A thing's own address (or an address as text), on the day that this page is read at."""
    url = thing if isinstance(thing, str) else thing.get_absolute_url()
    return moment.keep(url) if moment else url


@register.filter
def named_on(source, moment):
    """A source that may be named on the page's day; nothing where it was published later."""
    return source if source and (not moment or source.is_out_on(moment.today)) else None


@register.filter
def written(text):
    """A date as a source writes it (``2017-06``) in words (``June 2017``); nothing for nothing."""
    return span(text).in_words() if text else ""


@register.filter
def day_words(value):
    """A day, or the London day of a moment, in words: ``30 June 2017``."""
    if not value:
        return ""
    return day_in_words(london_day(value) if hasattr(value, "hour") else value)


@register.simple_tag(takes_context=True)
def page_url(context, number):
    """This address, at another page of its list."""
    asked = context["request"].GET.copy()
    asked["page"] = number
    return f"{context['request'].path}?{asked.urlencode()}"
