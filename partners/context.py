"""What every template may read besides what its view gives."""

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from partners.models import site_name


def site(request):
    """Context processor: ``site``, what this portal calls itself, and ``site_url``, where it is."""
    return {"site": SimpleLazyObject(site_name), "site_url": settings.SITE_URL}
