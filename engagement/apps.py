"""Engagement: what residents, councillors and panel members said, and what came of it.

Nothing is here yet. The app waits for listening, consultations, events, the Assembly and the portfolio of
evidence, which stand above the programmes and below the newsroom.
"""

from django.apps import AppConfig


class EngagementConfig(AppConfig):
    name = "engagement"
    default_auto_field = "django.db.models.BigAutoField"
