"""An app made for one test: a thing, a kind of statement about it, its table and its part of the API."""

from django.apps import AppConfig


class WalksConfig(AppConfig):
    name = "tests.walks"
    label = "walks"
    verbose_name = "Walks"
    default_auto_field = "django.db.models.BigAutoField"
