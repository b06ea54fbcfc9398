from django.contrib import admin

from bhcp_portal.kit.admin import TrackedAdmin, register_statements
from iccs.models import ClinicalNetwork, Icc

register_statements("iccs")
admin.site.register(ClinicalNetwork, TrackedAdmin)


@admin.register(Icc)
class IccAdmin(TrackedAdmin):
    list_display = ("slug", "code")
