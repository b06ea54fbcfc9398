from django.contrib import admin

from bhcp_portal.kit.admin import TrackedAdmin, register_statements
from programmes.models import Goal, Milestone, Programme

register_statements("programmes")
admin.site.register(Goal, TrackedAdmin)


@admin.register(Programme)
class ProgrammeAdmin(TrackedAdmin):
    search_fields = ("slug",)


@admin.register(Milestone)
class MilestoneAdmin(TrackedAdmin):
    list_display = ("slug", "programme")
    list_select_related = ("programme",)
    search_fields = ("slug", "programme__slug")

    def get_readonly_fields(self, request, obj=None):
        own = super().get_readonly_fields(request, obj)
        return (*own, "programme") if obj else own
