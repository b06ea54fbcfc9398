"""The Content-Security-Policy header, from the same setting that Django 6 uses for it."""

from django.conf import settings


class ContentSecurityPolicyMiddleware:
    """Sends ``SECURE_CSP`` as the Content-Security-Policy of every answer."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.policy = "; ".join(
            f"{directive} {' '.join(sources)}".strip()
            for directive, sources in settings.SECURE_CSP.items()
        )

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        return response
