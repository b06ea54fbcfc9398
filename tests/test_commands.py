"""What `make` calls, as it is called: settings, the server, the static files."""

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
from urllib.parse import quote, urlencode

import pytest
from django.db import connection

from bhcp_portal import assets, database, env
from tests.database_plugin import migrated_data

LONG = "a-long-enough-key-of-more-than-fifty-characters-0123456789"


def environment(**settings):
    """These settings, and none of this machine's or of the tests'."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | settings


def run(*words, **settings):
    return subprocess.run(
        [sys.executable, *words],
        cwd=env.BASE_DIR,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# --- Settings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("DEBUG", "perhaps", lambda: env.truth("DEBUG")),
        ("PORT", "80 80", env.port),
        ("PORT", "0", env.port),
        ("PORT", "65536", env.port),
        ("SITE_URL", "portal.example.org", env.site_url),
        ("SITE_URL", "ftp://portal.example.org", env.site_url),
        ("SITE_URL", "https://portal.example.org/start", env.site_url),
        ("SITE_URL", "https://portal.example.org:port", env.site_url),
        ("ALLOWED_HOSTS", "https://portal.example.org", lambda: env.allowed_hosts(env.site_url())),
        ("SECRET_KEY", "", env.secret_key),
        ("SECRET_KEY", "short", env.secret_key),
        ("SECRET_KEY", "x" * 60, env.secret_key),
        ("SECRET_KEY_FALLBACKS", "short", env.secret_key_fallbacks),
        ("DATABASE_URL", "", env.database),
        ("DATABASE_URL", "mysql://host/name", env.database),
        ("DATABASE_URL", "postgresql://user:s3same@host:5432/", env.database),
        ("DATABASE_URL", "postgresql://user:s3same@host:port/name", env.database),
        ("FIRST_DATA", "/nowhere", env.first_data),
        ("EMAIL_URL", "mail.example.org", lambda: env.email(env.site_url())),
        ("EMAIL_URL", "smtp://", lambda: env.email(env.site_url())),
        ("CONTACT_EMAIL", "the office", lambda: env.email_address("CONTACT_EMAIL")),
        ("SECURITY_CONTACT", "http://example.org", env.security_contact),
    ],
)
def test_a_wrong_setting_is_refused_in_a_sentence_that_says_what_to_do(
    name, value, read, monkeypatch
):
    monkeypatch.setenv(name, value)
    with pytest.raises(env.SettingError) as refused:
        read()
    sentence = str(refused.value)
    assert sentence.startswith(f"Set {name} to ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "s3same" not in sentence


def test_an_empty_portal_is_loaded_with_the_record_of_the_bay_a_folder_or_nothing(monkeypatch):
    monkeypatch.delenv("FIRST_DATA", raising=False)
    assert env.first_data() == env.OUR_FIRST_DATA
    monkeypatch.setenv("FIRST_DATA", "none")
    assert env.first_data() is None


def test_host_names_of_others_need_the_address_they_use(monkeypatch):
    monkeypatch.setenv("ALLOWED_HOSTS", "portal.example.org")
    with pytest.raises(env.SettingError, match="Set SITE_URL too"):
        env.allowed_hosts(env.site_url())


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", {"BACKEND": "django.core.mail.backends.console.EmailBackend"}),
        ("smtp://mail", {"HOST": "mail", "PORT": 25, "USE_TLS": False, "USE_SSL": False}),
        (
            "smtp://me%40here:pass@mail",
            {"PORT": 587, "HOST_USER": "me@here", "HOST_PASSWORD": "pass", "USE_TLS": True},
        ),
        ("smtps://me:pass@mail", {"PORT": 465, "USE_SSL": True, "USE_TLS": False}),
        ("filemail:///var/mail/out", {"FILE_PATH": "/var/mail/out"}),
        ("dummymail://", {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}),
    ],
)
def test_email_leaves_as_its_address_says(url, expected, monkeypatch):
    monkeypatch.setenv("EMAIL_URL", url)
    given = env.email(env.site_url())
    assert {name: given[f"EMAIL_{name}"] for name in expected} == expected


def test_what_is_not_given_follows_from_what_is_served(monkeypatch):
    monkeypatch.setenv("PORT", "8765")
    assert env.site_url().geturl() == "http://localhost:8765"
    assert env.allowed_hosts(env.site_url()) == ["localhost", "127.0.0.1", "[::1]"]
    monkeypatch.setenv("SITE_URL", "https://portal.example.org/")
    assert env.site_url().geturl() == "https://portal.example.org"
    assert "portal.example.org" in env.allowed_hosts(env.site_url())


def test_every_setting_that_is_read_is_in_the_example():
    example = (env.BASE_DIR / ".env.example").read_text()
    listed = {line.split("=")[0] for line in example.splitlines() if not line.startswith("#")}
    named = (
        "DATABASE_URL FIRST_DATA SECRET_KEY SECRET_KEY_FALLBACKS ALLOWED_HOSTS DEBUG SITE_URL EMAIL_URL "
        "CONTACT_EMAIL"
    )
    assert listed >= {*named.split(), "SECURITY_CONTACT", "PORT", "HOST", "PG_BIN", "CHROMIUM"}


def test_a_command_stops_at_a_wrong_setting_with_the_sentence_alone():
    refused = run("manage.py", "check", SITE_URL="https://portal.example.org")
    assert refused.returncode == 1
    assert refused.stderr.startswith("Set SECRET_KEY to at least 50 random characters")
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "Set SECRET_KEY"),
        ({"SECRET_KEY": LONG}, "Set DATABASE_URL"),
        ({"SECRET_KEY": LONG, "DATABASE_URL": "postgresql:///x", "DEBUG": "2"}, "Set DEBUG"),
    ],
)
def test_production_stops_at_a_wrong_setting_with_the_sentence_alone(settings, sentence):
    address = f"127.0.0.1:{free_port()}"
    words = ["-m", "gunicorn", "bhcp_portal.wsgi", "--bind", address, "--no-control-socket"]
    refused = run(*words, "--log-level", "critical", **settings)
    assert refused.returncode != 0
    assert refused.stderr.startswith(sentence)
    assert refused.stderr.count("\n") == 1


@pytest.mark.django_db
def test_a_portal_in_real_use_does_not_start_as_the_owner_of_its_tables():
    own = connection.settings_dict
    owner = f"postgresql://{own['USER']}:{own['PASSWORD']}@{own['PORT'] and ':' + own['PORT']}/{own['NAME']}?host={quote(own['HOST'], safe='')}"
    words = ["-m", "gunicorn", "bhcp_portal.wsgi", "--bind", f"127.0.0.1:{free_port()}"]
    refused = run(
        *words,
        *("--no-control-socket", "--log-level", "critical"),
        SITE_URL="https://portal.example.org",
        SECRET_KEY=LONG,
        DATABASE_URL=owner,
    )
    assert refused.returncode != 0
    assert refused.stderr.splitlines()[-1].startswith(
        "Set DATABASE_URL to a role that owns no tables"
    )
    assert "Traceback" not in refused.stderr


def test_https_makes_everything_secure():
    shown = run(
        "manage.py",
        "diffsettings",
        SITE_URL="https://portal.example.org",
        SECRET_KEY=LONG,
        DATABASE_URL="postgresql:///x",
    ).stdout
    for line in (
        "SESSION_COOKIE_SECURE = True",
        "SESSION_COOKIE_NAME = '__Host-session'",
        "CSRF_COOKIE_SECURE = True",
        "CSRF_COOKIE_NAME = '__Host-csrf'",
        "SECURE_SSL_REDIRECT = True",
        "SECURE_HSTS_SECONDS = 31536000",
        "SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')",
    ):
        assert line in shown


def test_the_key_of_this_machine_is_made_once_and_for_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(env, "SECRET_KEY_FILE", tmp_path / ".secret-key")
    monkeypatch.setenv("SECRET_KEY", "")
    env.fill_in_secret_key()
    first = os.environ["SECRET_KEY"]
    assert env.secret_key() == first
    assert (tmp_path / ".secret-key").stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("SECRET_KEY", "")
    env.fill_in_secret_key()
    assert os.environ["SECRET_KEY"] == first
    assert [file.name for file in tmp_path.iterdir()] == [".secret-key"]


# --- Static files ---------------------------------------------------------------------------------


def test_the_design_systems_styles_ask_nobody_else():
    css = (assets.PACKAGE / "nhsuk-frontend.min.css").read_text()
    own = assets.own_styles(css)
    assert "@font-face" not in own
    assert "Frutiger" not in own
    assert "sourceMappingURL" not in own
    assert "url(/" not in own
    assert "font-family:arial,sans-serif" in own
    assert len(own) > len(css) - 2000


def test_styles_that_changed_in_a_way_we_do_not_know_are_refused():
    with pytest.raises(assets.AssetError, match="//elsewhere"):
        assets.own_styles("a{background:url(https://elsewhere/x.png)}")


def test_assets_are_made_once(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "BUILT", tmp_path / "built")
    assert assets.build()
    made = {str(path.relative_to(tmp_path / "built")) for path in tmp_path.rglob("*.min.*")}
    assert made == {"nhsuk/nhsuk-frontend.min.css", "nhsuk/nhsuk-frontend.min.js"}
    css = (tmp_path / "built/nhsuk/nhsuk-frontend.min.css").read_text()
    for image in {part.split(")")[0] for part in css.split("url(images/")[1:]}:
        assert (tmp_path / "built/nhsuk/images" / image).exists()
    assert not assets.build()


# --- The server -----------------------------------------------------------------------------------

SERVE = """
import pathlib, sys
from bhcp_portal import database
database.FOLDER = pathlib.Path(sys.argv.pop(1))
import manage
manage.main()
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


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
