"""A database of its own for the checks of the whole: the first data and one of everything, made once.

Making it takes long, so where the tests brought their own server it is made once for all their workers, and each
of them takes a copy. What its pages say is kept in files that all workers share (tests/site/once.py).
"""

import os
from contextlib import closing, contextmanager
from itertools import count

import psycopg2
import pytest
from django.db import connection

from tests.copies import go_home, go_to
from tests.factories import kit
from tests.site.content import fill
from tests.site.once import Shelf

MADE = "site_content"


@pytest.fixture(scope="session")
def _content_database(django_db_setup, django_db_blocker, tmp_path_factory, request):
    """The name of this worker's copy."""
    folder = tmp_path_factory.getbasetemp()
    is_worker = hasattr(request.config, "workerinput")
    Shelf.folder = (folder.parent if is_worker else folder) / "once"
    Shelf.folder.mkdir(exist_ok=True)
    with django_db_blocker.unblock():
        empty = connection.settings_dict["NAME"]
        is_ours = "TEST_TEMPLATE" in os.environ
        made = MADE if is_ours else f"{empty}_{MADE}"
        copy = f"{empty}_site"
        connection.close()
        with _server() as server:
            # Of several workers, the first makes it and the others wait.
            server.execute("SELECT pg_advisory_lock(hashtext(%s))", [made])
            if not is_ours:
                # A run that was killed may have left one.
                _drop(server, made)
            server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [made])
            if not server.fetchone():
                draft = f"{made}_draft"
                _drop(server, draft)
                _copy(server, empty, draft)
                go_to(draft)
                fill()
                go_home()
                server.execute(f'ALTER DATABASE "{draft}" RENAME TO "{made}"')
            server.execute("SELECT pg_advisory_unlock(hashtext(%s))", [made])
            _drop(server, copy)
            _copy(server, made, copy)
            # Another worker may have numbered the documents of the content.
            kit._numbers = count(1_000_000)
            yield copy
            go_home()
            _drop(server, copy)
            if not is_ours:
                _drop(server, made)


@pytest.fixture
def _connected(_content_database, django_db_blocker):
    """The worker stays with its copy until a test comes that asks for no content (tests/conftest.py)."""
    with django_db_blocker.unblock():
        go_to(_content_database)


@pytest.fixture
def content(_connected, db):
    """The test reads the content; what it writes is taken back at its end."""


@pytest.fixture
def site(request, content):
    """The address of a real server of the content, for browsers. It does not see what the test writes."""
    # By name, as a test that asks for it as others do would have its database emptied.
    server = request.getfixturevalue("live_server")
    server._live_server_modified_settings.enable()
    yield server.url
    server._live_server_modified_settings.disable()


@contextmanager
def _server():
    """A cursor on the server itself, outside every transaction."""
    given = connection.get_connection_params() | {"dbname": "postgres"}
    given.pop("cursor_factory", None)
    with closing(psycopg2.connect(**given)) as outside:
        outside.autocommit = True
        yield outside.cursor()


def _copy(server, template, name):
    # A server that browser tests asked may have left a session behind, and a copy waits for none.
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = %s AND usename = current_user",
        [template],
    )
    server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def _drop(server, name):
    server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
