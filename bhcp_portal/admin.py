"""The admin of the models that belong to no app: the sources."""

from django.contrib import admin

from bhcp_portal.kit.admin import TrackedAdmin
from bhcp_portal.kit.sources import Source

admin.site.register(Source, TrackedAdmin)
