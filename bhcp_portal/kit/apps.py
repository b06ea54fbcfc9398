from django.apps import AppConfig
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models.signals import post_migrate

from bhcp_portal.kit.unseen import refuse_unseen


class KitConfig(AppConfig):
    name = "bhcp_portal.kit"
    label = "kit"
    verbose_name = "Sources and addresses"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from bhcp_portal.kit import guards, kinds  # noqa: F401  importing registers a check
        from bhcp_portal.kit.public_rows import rebuild_rows
        from bhcp_portal.kit.read_models import ReadModel, register

        register(ReadModel("rows of the change log", rebuild_rows))

        # It is sent at the end of each migrate, once for each app.
        post_migrate.connect(lambda **_: guards.install(), sender=self, weak=False)

        # Every text field of every form asks it; Django's own words do not say what to do.
        ProhibitNullCharactersValidator.message = (
            "This text holds a character that cannot be seen. "
            "Type it again, or paste it as plain text"
        )
        ProhibitNullCharactersValidator.__call__ = refuse_unseen
