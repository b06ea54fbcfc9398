"""The middleware that logs which pages signed-in people were refused."""

from django.utils.encoding import escape_uri_path

from bhcp_portal.kit.logs import without_links
from partners import actions
from partners.adapters import address_of
from partners.models import SecurityEvent


class RefusalsMiddleware:
    """Adds a line to the security log for each 403 that a signed-in person is answered."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == 403 and request.user.is_authenticated:
            actions.record_security_event(
                what=SecurityEvent.What.REFUSED,
                by=request.user,
                address=address_of(request),
                details=f"{request.method} {without_links(escape_uri_path(request.path))}",
                at=request.moment.at,
            )
        return response
