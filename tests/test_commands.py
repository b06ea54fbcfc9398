"""What `make` calls, as it is called: settings and static files."""

import os
import re
from urllib.parse import quote

import pytest
from django.db import connection

from bhcp_portal import assets, env
from bhcp_portal.checks import readers_can_write
from tests.processes import free_port, run

LONG = "a-long-enough-key-of-more-than-fifty-characters-0123456789"


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


def test_no_public_page_names_a_setting_to_its_readers():
    names = set(
        re.findall(
            r"^#? ?([A-Z]+_[A-Z_]+)=", (env.BASE_DIR / ".env.example").read_text(), re.MULTILINE
        )
    )
    assert "CONTACT_EMAIL" in names
    for path in (env.BASE_DIR / "templates").rglob("*.html"):
        if not {"staff", "account", "admin"} & set(path.parts):
            assert not [name for name in names if name in path.read_text()], path


def test_the_check_warns_whoever_starts_a_portal_that_readers_cannot_write_to(settings):
    settings.SITE_URL, settings.DEBUG = "https://portal.example.org", False
    settings.CONTACT_EMAIL = ""
    [warning] = readers_can_write(None)
    assert "CONTACT_EMAIL" in warning.hint
    settings.CONTACT_EMAIL = "office@example.org"
    assert readers_can_write(None) == []
