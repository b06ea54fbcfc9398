from django.apps import AppConfig


class IccsConfig(AppConfig):
    name = "iccs"
    default_auto_field = "django.db.models.BigAutoField"
