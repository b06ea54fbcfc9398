from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The project as an app: for its commands and for the static files and pages it draws on."""

    name = "bhcp_portal"
    label = "portal"

    def ready(self):
        from bhcp_portal import checks  # noqa: F401  importing registers them
