"""The application that gunicorn runs in production: `gunicorn bhcp_portal.wsgi`."""

import os
import sys

from django.core.wsgi import get_wsgi_application

from bhcp_portal.env import SettingError
from bhcp_portal.kit.http import utf_8_alone, without_body_to_head

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bhcp_portal.settings")

# gunicorn's exit code APP_LOAD_ERROR: gunicorn then stops and does not try again for ever.
GUNICORN_STOPS = 4

try:
    application = without_body_to_head(utf_8_alone(get_wsgi_application()))
except SettingError as error:
    print(error, file=sys.stderr)
    sys.exit(GUNICORN_STOPS)
