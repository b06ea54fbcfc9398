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
from pathlib import Path

import pytest

from bhcp_portal import database, env

KEPT = database.FOLDER / "tests"

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
    return (yield)


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
                env=os.environ | {"DATABASE_URL": server.url()},
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
    used = [env.BASE_DIR / "requirements.txt", kit / "first_migration.py", kit / "triggers.py"]
    for path in [*used, *migrations]:
        whole.update(str(path.relative_to(env.BASE_DIR)).encode() + path.read_bytes())
    return whole.hexdigest()[:16]
