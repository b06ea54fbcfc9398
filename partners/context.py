"""What every template may read besides what its view gives."""

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from partners.models import site_name


def portal(request):
    """Context processor: ``portal``, what this portal calls itself, and ``site_url``, where it is.

    It isn't called ``site``: the pages on which people sign in put the server's address there.
    """
    return {"portal": SimpleLazyObject(site_name), "site_url": settings.SITE_URL}
