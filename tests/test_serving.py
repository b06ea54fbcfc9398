"""`manage.py serve`, as a process: its first start, the ways in which it ends, and that nothing is lost."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bhcp_portal import database, env
from tests.database_plugin import migrated_data
from tests.processes import environment, free_port, run

SERVE = """
import pathlib, sys
from bhcp_portal import database
database.FOLDER = pathlib.Path(sys.argv.pop(1))
import manage
manage.main()
"""


def processes_of(port, folder):
    """The processes that a server on this port, with this database, consists of."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            settings = (path / "environ").read_bytes().split(b"\0")
            words = (path / "cmdline").read_bytes()
            if f"PORT={port}".encode() in settings or os.fsencode(folder) in words:
                found.add(int(path.name))
    return found


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@contextlib.contextmanager
def serving(folder, **settings):
    """`manage.py serve` on an empty database of its own, when it says that it is open."""
    settings = {"PORT": str(free_port()), "FIRST_DATA": "none", **settings}
    port = settings["PORT"]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(folder), "serve"],
        cwd=env.BASE_DIR,
        env=environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        published = []
        for line in process.stdout:
            published.append(line)
            if line.startswith("Open "):
                break
        else:
            pytest.fail("".join(published))
        assert published[-1] == f"Open http://localhost:{port}\n"
        process.port, process.published = port, published
        yield process
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


@pytest.fixture(scope="module")
def folder():
    """A folder for an embedded database that is migrated already and has one account.

    With an account there, a start makes no practice accounts, whose passwords take seconds.
    """
    with migrated_folder() as path:
        ask_the_database(path, SIGN_IN.format(port=0))
        yield path


@contextlib.contextmanager
def migrated_folder():
    path = Path(tempfile.mkdtemp(prefix="bhcp-test-"))
    path.chmod(0o755)
    shutil.copytree(migrated_data(), path / str(database.major_version(database.programs())))
    yield path
    shutil.rmtree(path, ignore_errors=True)


def test_the_first_start_loads_the_first_data_and_makes_practice_accounts(tmp_path):
    (tmp_path / "sources.csv").write_text("slug\nplan\n")
    (tmp_path / "source_profiles.csv").write_text(
        "cited,title,publisher,kind,published,address,licence,"
        "published_at,made,certainty,note,reason,source\n"
        "plan,The plan,A council,document,2015,,,2015,document,sourced,,,plan\n"
    )
    sources = {"name": "sources", "path": "sources.csv"}
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [sources]}))
    with migrated_folder() as folder, serving(folder, FIRST_DATA=str(tmp_path)) as process:
        with urllib.request.urlopen(f"http://127.0.0.1:{process.port}/sources/") as answer:
            assert "The plan" in answer.read().decode()
        published = iter(process.stdout.readline, "")
        assert "Practice accounts, shown this once:\n" in published
        assert next(published).startswith("  Programme editor")
        head_is_answered_as_get_without_the_page(process.port)
        process.terminate()
        assert process.wait(20) == 0
        assert "HEAD" not in process.stdout.read()


def head_is_answered_as_get_without_the_page(port):
    for path in ("/", "/nothing-is-here/", "/robots.txt", "/open-data/portal.zip"):
        published = []
        for method in ("GET", "HEAD"):
            asked = HTTPConnection("127.0.0.1", port, timeout=30)
            asked.request(method, path, headers={"Host": f"localhost:{port}"})
            answer = asked.getresponse()
            published.append(
                (answer.status, *map(answer.getheader, ("Content-Length", "Content-Type")))
            )
            body = answer.read()
            asked.close()
        assert published[0] == published[1], path
        assert body == b""


def test_a_killed_serve_does_not_block_the_next_one(folder):
    with serving(folder) as process:
        port = process.port
        process.kill()
        process.wait()
    with serving(folder, PORT=port) as process:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    wait_until(lambda: not processes_of(port, folder))


ROW = re.compile(r"/staff/news/item/(?P<slug>row-[0-9-]+)/$")
SIGN_IN = """
from django.test import Client
from partners.roles import Role
from tests.factories.partners import person, signed_in
client = signed_in(Client(), person("writer-{port}@example.org", roles=[Role.NEWS_EDITOR]))
print(client.cookies["session"].value)
"""
# What is there, and in the history too.
LIST_ROWS = """
from newsroom.models import NewsVersion
for version in NewsVersion.objects.filter(item__slug__startswith="row-"):
    history = NewsVersion.pgh_event_model.objects.filter(pgh_obj_id=version.pk)
    print(version.item.slug, version.title, history.get().pgh_context["action"], sep="|")
"""


def ask_the_database(folder, code):
    """The lines that a command prints which runs beside the server, on the same database."""
    command = [sys.executable, "-c", SERVE, str(folder), "shell", "-v", "0", "-c", code]
    ran = subprocess.run(
        command, cwd=env.BASE_DIR, env=environment(), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def keep_writing(port, session, name, acknowledged):
    """Draft one news item after the other; note each that was answered, until nobody answers."""
    server = HTTPConnection("localhost", port, timeout=20)
    with contextlib.closing(server), contextlib.suppress(OSError, HTTPException):
        server.request("GET", "/staff/news/add/", headers={"Cookie": f"session={session}"})
        answer = server.getresponse()
        csrf = re.search(r"csrf=(\w+)", answer.headers["Set-Cookie"])[1]
        answer.read()
        for number in range(1_000_000):
            title = f"Row {name} {number}"
            sent = {"title": title, "summary": "S.", "body": "B.", "csrfmiddlewaretoken": csrf}
            head = {
                "Cookie": f"session={session}; csrf={csrf}",
                "Content-Type": "application/x-www-form-urlencoded",
            }
            server.request("POST", "/staff/news/add/", urlencode(sent), head)
            answer = server.getresponse()
            answer.read()
            if answer.status != 302:
                return
            acknowledged[ROW.search(answer.headers["Location"])["slug"]] = title


def kill_everything(process, folder):
    """As the machine's own killer would: none of them, the database included, can finish a thing."""
    doomed = processes_of(process.port, folder)
    for status in Path("/proc").glob("[0-9]*/status"):
        # The database's own children go by names of their own.
        with contextlib.suppress(OSError):
            if int(re.search(r"PPid:\s+(\d+)", status.read_text())[1]) in doomed:
                doomed.add(int(status.parent.name))
    for number in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    wait_until(lambda: not any(Path(f"/proc/{number}/cwd").exists() for number in doomed))


def ask_to_end(process, folder):
    assert len(processes_of(process.port, folder)) > 4
    process.terminate()
    assert process.wait(20) == 0
    assert process.stdout.read().endswith("Stopped.\n")
    assert not processes_of(process.port, folder)


@pytest.mark.parametrize("end", [kill_everything, ask_to_end])
def test_whatever_ends_the_portal_every_acknowledged_write_is_there_again(folder, end):
    acknowledged = {}
    with serving(folder) as process:
        session = ask_the_database(folder, SIGN_IN.format(port=process.port))[-1]
        writers = [
            threading.Thread(
                target=keep_writing,
                args=(process.port, session, f"{process.port} {n}", acknowledged),
            )
            for n in range(3)
        ]
        for writer in writers:
            writer.start()
        wait_until(lambda: len(acknowledged) >= 30)
        end(process, folder)
        for writer in writers:
            writer.join()
    with serving(folder) as process:
        lines = [line.split("|") for line in ask_the_database(folder, LIST_ROWS)]
        there = {slug: title for slug, title, action in lines if action == "news.drafted"}
        assert acknowledged.items() <= there.items()
        with urllib.request.urlopen(f"http://127.0.0.1:{process.port}/health/ready") as answer:
            assert answer.status == 200


def test_serve_says_that_its_port_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run("manage.py", "serve", PORT=str(port), DATABASE_URL="postgresql:///x")
    assert refused.returncode == 1
    assert f"Port {port} of 127.0.0.1 is not free" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_serve_says_that_a_given_database_does_not_answer():
    refused = run(
        "manage.py", "serve", PORT=str(free_port()), DATABASE_URL="postgresql:///x?host=/nowhere"
    )
    assert refused.returncode == 1
    assert "The database does not answer" in refused.stderr
    assert "Traceback" not in refused.stderr
