from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "metrics"
    verbose_name = "Measures"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from bhcp_portal.kit.read_models import ReadModel, register
        from metrics import actions, tasks

        register(ReadModel("rows of verdicts", actions.rebuild_verdicts, tasks.keep_verdicts_soon))
