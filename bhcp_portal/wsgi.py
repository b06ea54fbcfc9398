"""The application that gunicorn runs in production: `gunicorn bhcp_portal.wsgi`."""

import os
import sys
from contextlib import suppress

from django.core.wsgi import get_wsgi_application

from bhcp_portal.env import SettingError
from bhcp_portal.kit.http import utf_8_alone, without_body_to_head

# No page may keep the database longer; who asked is told to try again (kit.bounds).
os.environ.setdefault("PGOPTIONS", "-c statement_timeout=10s")


def refuse_owner() -> None:
    """Raise ``SettingError`` if a portal in real use would connect as the owner of its tables."""
    from django.conf import settings
    from django.db import OperationalError, connection

    from bhcp_portal.kit import guards

    if settings.SITE_URL.startswith("https://"):
        # A database that does not answer yet is told of by /health/ready.
        with suppress(OperationalError):
            if guards.owns_tables():
                raise SettingError(
                    "Set DATABASE_URL to a role that owns no tables, and DATABASE_OWNER_URL to the "
                    "one that does; then run migrate. See docs/operating.md."
                )
        connection.close()


def application_within_bounds():
    """Django's application; public answers are kept, and strangers held within bounds."""
    django = get_wsgi_application()
    from django.conf import settings

    from bhcp_portal.kit.bounds import Bounds
    from bhcp_portal.kit.kept import Keeper

    return Keeper(django, Bounds(settings.RATE_LIMIT))


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bhcp_portal.settings")

# gunicorn's exit code APP_LOAD_ERROR: gunicorn then stops and does not try again for ever.
GUNICORN_STOPS = 4

try:
    application = without_body_to_head(utf_8_alone(application_within_bounds()))
    refuse_owner()
except SettingError as error:
    print(error, file=sys.stderr)
    sys.exit(GUNICORN_STOPS)
