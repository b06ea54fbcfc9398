"""The admin of the models that belong to no app: the sources and old addresses."""

from django.contrib import admin

from bhcp_portal.kit.admin import TrackedAdmin, register_statements
from bhcp_portal.kit.sources import Source

admin.site.register(Source, TrackedAdmin)
register_statements("kit")
