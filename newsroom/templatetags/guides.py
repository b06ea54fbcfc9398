"""The tag by which other pages lead to the guides: apps below may not import the newsroom."""

from django import template

from newsroom.models import PageVersion

register = template.Library()


@register.simple_tag(takes_context=True)
def guides(context, path=""):
    """The guides on the day being read, by title, or those of them that link to a page; one query.

    ``path``: of that page, such as ``/goals/``. ``{% guides "/goals/" as found %}``.
    """
    live = PageVersion.objects.live(context["moment"].at).select_related("page")
    if path:
        live = live.filter(body__contains=f"]({path}")
    return live.order_by("title", "page__slug")
