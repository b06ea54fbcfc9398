"""A throw-away database for the tests, named by `addopts` so that it runs before the settings are read.

Migrating from nothing takes many seconds, so what it gave is kept in `.pg/tests/` and copied at the
next run, until a migration or a package changes. With DATABASE_URL that server is used instead.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from bhcp_portal import database, env

KEPT = database.FOLDER / "tests"
# What of the kit decides, beside the migrations, what an empty database looks like.
MADE_BY = ("first_migration.py", "triggers.py", "guards.py", "guards.sql")

_open = contextlib.ExitStack()


# A wrapper, as those come before every other plugin's.
@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """Start it, unless a server was given or, in a worker of pytest-xdist, started already."""
    env.fill_in_secret_key()
    if not env.text("DATABASE_URL"):
        server = _open.enter_context(database.throw_away(migrated_data()))
        os.environ["DATABASE_URL"] = server.url()
        # tests/settings.py makes each worker's database a copy of this one.
        os.environ["TEST_TEMPLATE"] = database.NAME
    elif "PYTEST_XDIST_WORKER" not in os.environ:
        make_web_role()
    return (yield)


def make_web_role() -> None:
    """On a server that was given: the role that tests write as, if it is not there."""
    with (
        closing(psycopg2.connect(env.text("DATABASE_URL"))) as server,
        server,
        server.cursor() as cursor,
    ):
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [database.WEB])
        if not cursor.fetchone():
            cursor.execute(f"CREATE ROLE {database.WEB} LOGIN NOINHERIT")
            cursor.execute(f"GRANT {database.WEB} TO CURRENT_USER")


def pytest_unconfigure() -> None:
    _open.close()


def migrated_data() -> Path:
    """The folder of a stopped server's data, with every migration applied."""
    kept = KEPT / digest()
    if not kept.exists():
        with database.throw_away() as server:
            migrate = subprocess.run(
                [sys.executable, "manage.py", "migrate", "-v", "0", "--skip-checks"],
                cwd=env.BASE_DIR,
                env=os.environ
                | {"DATABASE_URL": server.url(database.WEB), "DATABASE_OWNER_URL": server.url()},
                capture_output=True,
                text=True,
                check=False,
            )
            if migrate.returncode:
                pytest.exit(f"The migrations do not run:\n{migrate.stderr}", returncode=1)
            server.stop()
            shutil.rmtree(KEPT, ignore_errors=True)
            draft = KEPT / f"new-{os.getpid()}"
            shutil.copytree(server.data, draft)
            draft.rename(kept)
    return kept


def digest() -> str:
    """One number for all that decides what an empty database looks like."""
    migrations = sorted(
        path
        for folder in env.BASE_DIR.glob("*/**/migrations")
        if not any(part.startswith((".", "node_modules")) for part in folder.parts[1:])
        for path in folder.glob("*.py")
    )
    whole = hashlib.sha256(str(database.programs()).encode())
    kit = env.BASE_DIR / "bhcp_portal" / "kit"
    guards = sorted(env.BASE_DIR.glob("*/guards.sql"))
    used = [env.BASE_DIR / "requirements.txt", *(kit / name for name in MADE_BY), *guards]
    for path in [*used, *migrations]:
        whole.update(str(path.relative_to(env.BASE_DIR)).encode() + path.read_bytes())
    return whole.hexdigest()[:16]
