"""Which database Django's connection leads to: the worker's own, or a copy with content (tests/site/conftest.py)."""

from django.db import connection

_own = []


def go_to(name):
    """Lead to another database until `go_home`, the connections of a live server's threads too."""
    if connection.settings_dict["NAME"] != name:
        if not _own:
            _own.append(connection.settings_dict["NAME"])
        connection.close()
        connection.settings_dict["NAME"] = name


def go_home():
    """Lead to the worker's own database again, if another was gone to."""
    if _own:
        go_to(_own[0])
