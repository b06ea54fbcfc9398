"""The tag by which the page of a partner draws its sites: partners are below, and may not import the map."""

from django import template

from iccs.map import Place, draw

register = template.Library()


@register.simple_tag
def map_of(sites):
    """The map of a partner's sites that have a position; ``None`` if none has.

    ``{% map_of page.sites as map %}{% include "iccs/_map.html" with of_sites=True %}``.
    """
    return draw(
        Place(site.name, None, float(site.latitude), float(site.longitude))
        for site in sites
        if site.latitude is not None
    )
