"""What every template may read besides what its view gives."""

from django.utils.functional import SimpleLazyObject

from partners.models import site_name


def site(request):
    """Context processor: ``site``, what this portal calls itself."""
    return {"site": SimpleLazyObject(site_name)}
