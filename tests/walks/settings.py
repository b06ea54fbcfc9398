"""The tests' settings, with the app of walks installed and a database of its own."""

import os

from tests.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.walks"]  # noqa: F405
DATABASES["default"]["TEST"] = {  # noqa: F405
    **DATABASES["default"].get("TEST", {}),  # noqa: F405
    "NAME": f"walks_{os.getpid()}",
}
