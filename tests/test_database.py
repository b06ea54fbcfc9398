"""The embedded PostgreSQL: started, killed, shared, and left alone where a server is given."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2
import pytest

from bhcp_portal import database, env


@pytest.fixture
def folder():
    """A folder that the server's user can enter; pytest's own are closed to all but root."""
    path = Path(tempfile.mkdtemp(prefix="bhcp-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def own_folder(folder, monkeypatch):
    """The project's own server, somewhere else."""
    monkeypatch.setattr(database, "FOLDER", folder)
    database._own_server.cache_clear()
    yield folder
    database._own_server.cache_clear()


@contextlib.contextmanager
def running(server):
    server.start()
    try:
        yield server
    finally:
        server.stop()


def connect(server, role=database.NAME):
    return contextlib.closing(psycopg2.connect(server.url(role)))


def test_throw_away_server_leaves_nothing():
    with database.throw_away() as server, connect(server) as connection:
        assert connection.server_version >= 150000
        process, data = server.process(), server.data
    assert not data.parent.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_what_a_killed_run_left_is_swept_up_and_what_is_in_use_is_not(monkeypatch, folder):
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    for name in ("left", "in-use"):
        (folder / f"bhcp-test-{name}").mkdir()
        (folder / f"bhcp-test-{name}" / "in-use").touch()
        os.utime(folder / f"bhcp-test-{name}", (0, 0))
    with (folder / "bhcp-test-in-use" / "in-use").open() as in_use:
        fcntl.flock(in_use, fcntl.LOCK_SH)
        database._sweep()
    assert [path.name for path in folder.iterdir()] == ["bhcp-test-in-use"]


def test_copied_data_are_the_servers_whoever_copied_them(folder):
    with database.throw_away() as first:
        with connect(first) as connection, connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE said (words text)")
        first.stop()
        shutil.copytree(first.data, folder / "kept")
    with (
        database.throw_away(folder / "kept") as second,
        connect(second) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT count(*) FROM said")
        assert cursor.fetchone() == (0,)


WRITER = """
import sys, psycopg2
connection = psycopg2.connect(sys.argv[1])
cursor = connection.cursor()
for number in range(1_000_000):
    cursor.execute("INSERT INTO said VALUES (%s)", [number])
    connection.commit()
    print(number, flush=True)
"""


def test_after_a_kill_every_acknowledged_row_is_there(folder):
    server = database.Server(database._place(folder), "18")
    with running(server):
        with connect(server) as connection, connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE said (number integer)")
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, server.url()],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        acknowledged = [next(writer.stdout) for _ in range(50)]
        os.killpg(server.process(), signal.SIGKILL)
        acknowledged += list(writer.stdout)
        writer.stdout.close()
        writer.wait()

    # Another process starts it again: it knows of the old one only by what that left on the disk.
    again = database.Server(server.place, "18")
    with running(again), connect(again) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT max(number), count(*) FROM said")
        last, count = cursor.fetchone()
        assert last >= int(acknowledged[-1])
        assert count == last + 1


def test_a_stale_process_number_that_is_another_programs_by_now_does_not_block(folder):
    server = database.Server(database._place(folder), "18", durable=False)
    with running(server):
        left = (server.data / "postmaster.pid").read_text().splitlines()
    (server.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *left[1:]]))
    assert server.process() is None
    with running(server):
        assert server.answers()


def test_a_path_too_long_for_a_socket_gets_a_short_private_folder(folder):
    deep = folder / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)
    server = database.Server(database._place(deep), "18", durable=False)
    short = server.socket_folder()
    try:
        with running(server), connect(server):
            assert len(str(short / database.SOCKET_FILE)) < 100
            assert short.stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(short, ignore_errors=True)


def test_a_socket_folder_that_is_somebody_elses_is_refused(folder):
    deep = folder / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)
    server = database.Server(database._place(deep), "18", durable=False)
    server.socket_folder().mkdir(mode=0o777)
    server.socket_folder().chmod(0o777)
    try:
        with pytest.raises(database.DatabaseError, match=r"Remove .*: it should be the portal's"):
            server.start()
    finally:
        shutil.rmtree(server.socket_folder())


def test_the_last_one_out_stops_the_server(own_folder):
    with database.embedded():
        server = database._own_server()
        # Another command, as it would be: it finds the server running.
        beside = subprocess.Popen(
            [sys.executable, "-c", BESIDE, str(own_folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert beside.stdout.readline() == b"in\n"
    assert server.answers()
    beside.communicate(b"\n")
    assert not server.answers()
    assert server.process() is None
    assert server._process.wait() == 0


BESIDE = """
import sys, pathlib
from bhcp_portal import database
database.FOLDER = pathlib.Path(sys.argv[1])
with database.embedded():
    print("in", flush=True)
    sys.stdin.readline()
"""


def test_a_user_that_was_killed_is_not_waited_for(own_folder):
    beside = subprocess.Popen(
        [sys.executable, "-c", BESIDE, str(own_folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert beside.stdout.readline() == b"in\n"
    beside.kill()
    beside.communicate()
    server = database._own_server()
    assert server.answers()  # left behind, and found again
    with database.embedded():
        assert server.answers()
    assert not server.answers()


def test_a_server_that_was_killed_is_started_again(own_folder):
    with database.embedded():
        server = database._own_server()
        assert not database.revive()
        os.killpg(server.process(), signal.SIGKILL)
        assert server._process.wait() == -signal.SIGKILL
        assert database.revive()
        assert server.answers()


def test_data_of_another_version_are_not_passed_over(own_folder):
    (own_folder / "9").mkdir()
    (own_folder / "9" / "PG_VERSION").write_text("9\n")
    with pytest.raises(database.DatabaseError, match="set PG_BIN to programs of version 9"):
        database.embedded_url()


def test_the_programs_are_those_of_pg_bin_and_a_wrong_one_is_refused(tmp_path, monkeypatch):
    first = database.programs()
    monkeypatch.setenv("PG_BIN", str(first))
    assert database.programs() == first
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    with pytest.raises(database.DatabaseError, match="Set PG_BIN to a folder with postgres"):
        database.programs()


def test_a_server_that_cannot_start_says_why(folder):
    server = database.Server(database._place(folder), "18", durable=False)
    with running(server):
        pass
    (server.data / "postgresql.conf").write_text("shared_buffers = 'much'\n")
    started = time.monotonic()
    with pytest.raises(database.DatabaseError, match="shared_buffers"):
        server.start()
    assert time.monotonic() - started < 10


def test_a_given_database_url_leaves_the_embedded_server_alone(own_folder, monkeypatch):
    url = "postgresql://somebody:se%40cret@db.example.org:6432/portal?sslmode=require"
    monkeypatch.setenv("DATABASE_URL", url)
    assert not database.is_embedded()
    given = env.database()
    assert (given["HOST"], given["PORT"], given["NAME"]) == ("db.example.org", "6432", "portal")
    assert (given["USER"], given["PASSWORD"]) == ("somebody", "se@cret")
    assert given["OPTIONS"] == {"sslmode": "require"}
    assert not list(own_folder.glob("*/PG_VERSION"))
