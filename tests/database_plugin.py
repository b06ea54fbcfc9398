"""A throw-away database for the tests, named by `addopts` so that it runs before the settings are read.

DATABASE_URL given: that server is used instead, in databases named test_….
"""

import contextlib
from collections.abc import Generator

import pytest

from bhcp_portal import database, env

_open = contextlib.ExitStack()


# A wrapper, as those come before every other plugin's.
@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """Start it, unless a server was given or, in a worker of pytest-xdist, started already."""
    env.fill_in_secret_key()
    if not env.text("DATABASE_URL"):
        server = _open.enter_context(database.throw_away())
        env.fill_in("DATABASE_URL", server.url())
    yield


def pytest_unconfigure() -> None:
    _open.close()
