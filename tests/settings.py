"""The portal's settings, quicker and with nothing taken from this machine's environment."""

import os

for _name in ("SITE_URL", "ALLOWED_HOSTS", "DEBUG", "EMAIL_URL", "CONTACT_EMAIL", "PORT", "HOST"):
    os.environ.pop(_name, None)

from bhcp_portal.settings import *  # noqa: E402, F403, TID251  what they are made of

# Hashing that takes its time is for real passwords.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# As in development, files are found where they lie, so that none has to be collected first.
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None

# Tests connect as the owner and then take this role (tests/roles.py).
DATABASE_WEB_ROLE = "portal_web"

if "TEST_TEMPLATE" in os.environ:
    DATABASES["default"]["TEST"] = {"TEMPLATE": os.environ["TEST_TEMPLATE"]}  # noqa: F405
