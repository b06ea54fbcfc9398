from django.apps import AppConfig


class IccsConfig(AppConfig):
    name = "iccs"
    verbose_name = "Communities"
    default_auto_field = "django.db.models.BigAutoField"
