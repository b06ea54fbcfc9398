from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class PortalConfig(AppConfig):
    """The project itself as an app, so that Django finds its commands and checks."""

    default = True
    name = "bhcp_portal"
    label = "portal"

    def ready(self):
        from bhcp_portal import checks  # noqa: F401  importing registers them


class PortalAdminConfig(admin_apps.AdminConfig):
    """Django's admin, on a site of our own."""

    default = False
    default_site = "bhcp_portal.kit.admin.PortalAdminSite"
