"""Metrics in the admin, for superusers."""

from django.contrib import admin

from bhcp_portal.kit.admin import TrackedAdmin, register_statements
from metrics.models import Metric

register_statements("metrics")


@admin.register(Metric)
class MetricAdmin(TrackedAdmin):
    list_display = ("code", "slug")
    search_fields = ("code", "slug")
