"""Reads and checks the settings that come from the environment.

A setting that is missing or wrong raises `SettingError`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY_FILE = BASE_DIR / ".secret-key"
OUR_FIRST_DATA = BASE_DIR / "bhcp_portal" / "first_data"
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
SHORTEST_SECRET_KEY = 50


class SettingError(Exception):
    """A setting is missing or wrong. Its text is one sentence that says what to do."""


def text(name: str, default: str = "") -> str:
    """The setting `name` without spaces around it; `default` if it is empty or not given."""
    return os.environ.get(name, "").strip() or default


def truth(name: str, default: bool = False) -> bool:
    """The setting `name` as yes or no; `SettingError` if it is neither."""
    given = text(name).lower()
    if not given:
        return default
    if given in ("1", "yes", "true", "on"):
        return True
    if given in ("0", "no", "false", "off"):
        return False
    raise SettingError(f"Set {name} to yes or no; it is “{given}”.")


def names(name: str, default: list[str]) -> list[str]:
    """The setting `name` as a list of words, which are separated by commas or spaces."""
    return text(name).replace(",", " ").split() or default


def port() -> int:
    """The setting PORT, by default 8000; `SettingError` if it is not a port number."""
    given = text("PORT", "8000")
    if not (given.isascii() and given.isdecimal() and 0 < int(given) < 65536):
        raise SettingError(f"Set PORT to a number from 1 to 65535; it is “{given}”.")
    return int(given)


def host() -> str:
    """The setting HOST: the address to listen on. By default only this machine can reach it."""
    return text("HOST", "127.0.0.1")


def site_url() -> SplitResult:
    """The setting SITE_URL in its parts: the address that people use, without a path.

    By default it follows from HOST and PORT. `SettingError` if it is no web address or has a path.
    """
    served = "localhost" if host() in (*LOCAL_HOSTS, "0.0.0.0", "::1", "::") else host()  # noqa: S104
    given = text("SITE_URL", f"http://{served}:{port()}")
    address = _address("SITE_URL", given)
    if address.scheme not in ("http", "https") or not address.hostname or address.query:
        raise SettingError(
            f"Set SITE_URL to a whole address such as https://portal.example.org; it is “{given}”."
        )
    if address.path.strip("/"):
        raise SettingError(
            f"Set SITE_URL to an address without a path, as the portal answers at “/”; it is “{given}”."
        )
    return address._replace(path="", fragment="")


def is_local(address: SplitResult) -> bool:
    """Whether the portal is used on this machine only, so for a trial or a test."""
    return address.hostname in ("localhost", "127.0.0.1", "::1")


def allowed_hosts(site: SplitResult) -> list[str]:
    """The setting ALLOWED_HOSTS; by default the host of SITE_URL and the names of this machine.

    `SettingError` if one is not a host name, or if SITE_URL is not given though they need it.
    """
    hosts = names("ALLOWED_HOSTS", [])
    if not hosts:
        return list(dict.fromkeys([site.hostname or "", *LOCAL_HOSTS]))
    for given in hosts:
        if "/" in given or given.startswith("http"):
            raise SettingError(
                f"Set ALLOWED_HOSTS to host names alone, such as portal.example.org; “{given}” is not one."
            )
    if not text("SITE_URL") and not set(hosts) <= {*LOCAL_HOSTS, "testserver"}:
        raise SettingError(
            f"Set SITE_URL too, to the address people use, such as https://{hosts[0].lstrip('.*')}."
        )
    return hosts


def proxies(site: SplitResult) -> int:
    """The setting PROXIES: how many web servers stand in front; `SettingError` if it is no number.

    By default one where SITE_URL begins with https, and otherwise none.
    """
    given = text("PROXIES", "1" if site.scheme == "https" else "0")
    if not (given.isascii() and given.isdecimal() and len(given) < 3):
        raise SettingError(f"Set PROXIES to how many web servers stand in front; it is “{given}”.")
    return int(given)


def rate_limit() -> float | None:
    """The setting RATE_LIMIT: seconds of work a minute that an address may cause; `None` for “off”.

    It is of public answers that are not kept. `SettingError` if it is no number above 0.
    """
    given = text("RATE_LIMIT", "15")
    if given.lower() == "off":
        return None
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise SettingError(
            f"Set RATE_LIMIT to seconds of work a minute, such as 15, or to off; it is “{given}”."
        )
    return seconds


def debug(site: SplitResult) -> bool:
    """The setting DEBUG; `SettingError` where others come by https, as its pages tell all they know."""
    given = truth("DEBUG")
    if given and site.scheme == "https":
        raise SettingError(
            "Set DEBUG to no: SITE_URL begins with https, so others read this portal."
        )
    return given


def secret_key() -> str:
    """The setting SECRET_KEY, which has no default; `SettingError` if it is missing or too weak."""
    key = text("SECRET_KEY")
    if not key:
        raise SettingError(
            "Set SECRET_KEY to at least 50 random characters; "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(50))' makes them."
        )
    _require_random("SECRET_KEY", key)
    return key


def secret_key_fallbacks() -> list[str]:
    """The setting SECRET_KEY_FALLBACKS: keys used before, the newest first; none by default.

    `SettingError` if one is too weak.
    """
    keys = names("SECRET_KEY_FALLBACKS", [])
    for key in keys:
        _require_random("SECRET_KEY_FALLBACKS", key)
    return keys


def database() -> dict[str, object]:
    """The setting DATABASE_URL as an entry of Django's DATABASES; `SettingError` if it is wrong.

    It has no default: `manage.py` fills in the address of the embedded database.
    """
    given = text("DATABASE_URL")
    if not given:
        raise SettingError(
            "Set DATABASE_URL to the PostgreSQL database to use, such as "
            "postgresql://user:password@host:5432/name."
        )
    address = _address("DATABASE_URL", given, show=False)
    options = dict(parse_qsl(address.query))
    name = unquote(address.path.lstrip("/"))
    if address.scheme not in ("postgres", "postgresql") or not name or "/" in name:
        raise SettingError(
            "Set DATABASE_URL to a PostgreSQL address with the name of the database at its end, "
            "such as postgresql://user:password@host:5432/name."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(address.username or ""),
        "PASSWORD": unquote(address.password or ""),
        "HOST": options.pop("host", "") or unquote(address.hostname or ""),
        "PORT": options.pop("port", "") or str(address.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def connect_as_owner(owner_url: str) -> None:
    """Connect this process as the owner of the tables, who grants the role of DATABASE_URL its rights."""
    os.environ["DATABASE_WEB_ROLE"] = web_role()
    os.environ["DATABASE_URL"] = owner_url


def web_role() -> str:
    """The role that the web and the worker connect as, for the owner's grants."""
    return text("DATABASE_WEB_ROLE") or str(database()["USER"])


def email(site: SplitResult) -> dict[str, object]:
    """The setting EMAIL_URL as Django's email settings; `SettingError` if it is wrong.

    By default a local portal shows emails on the console, and any other one gives them to the mail
    server of its machine.
    """
    default = "consolemail://" if is_local(site) else "smtp://localhost:25"
    given = text("EMAIL_URL", default)
    address = _address("EMAIL_URL", given, show=False)
    backend = "django.core.mail.backends."
    if address.scheme == "consolemail":
        return {"EMAIL_BACKEND": backend + "console.EmailBackend"}
    if address.scheme == "dummymail":
        return {"EMAIL_BACKEND": backend + "dummy.EmailBackend"}
    if address.scheme == "filemail" and address.path.strip("/"):
        return {
            "EMAIL_BACKEND": backend + "filebased.EmailBackend",
            "EMAIL_FILE_PATH": unquote(address.path),
        }
    if address.scheme in ("smtp", "smtps") and address.hostname:
        secure = address.scheme == "smtps"
        return {
            "EMAIL_BACKEND": backend + "smtp.EmailBackend",
            "EMAIL_HOST": address.hostname,
            "EMAIL_PORT": address.port or (465 if secure else 587 if address.username else 25),
            "EMAIL_HOST_USER": unquote(address.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(address.password or ""),
            "EMAIL_USE_SSL": secure,
            # A password never travels in the clear.
            "EMAIL_USE_TLS": bool(address.username) and not secure,
            "EMAIL_TIMEOUT": 20,
        }
    raise SettingError(
        "Set EMAIL_URL to smtp://user:password@host:587, smtps://user:password@host:465, "
        "filemail:///a/folder, consolemail:// or dummymail://."
    )


def email_address(name: str) -> str:
    """The setting `name` as an email address, empty if not given; `SettingError` if it is none."""
    given = text(name)
    if given and (given.count("@") != 1 or given.strip("@") != given or " " in given):
        raise SettingError(f"Set {name} to an email address; it is “{given}”.")
    return given


def security_contact() -> str:
    """The setting SECURITY_CONTACT as the address that security.txt needs; empty if not given.

    `SettingError` if it is neither an email address nor a link.
    """
    given = text("SECURITY_CONTACT")
    if given.startswith(("https://", "mailto:", "tel:")):
        return given
    if "://" in given or (given and "@" not in given):
        raise SettingError(
            f"Set SECURITY_CONTACT to an email address or an https:// page; it is “{given}”."
        )
    return f"mailto:{email_address('SECURITY_CONTACT')}" if given else ""


def first_data() -> Path | None:
    """The setting FIRST_DATA: the folder that fills an empty portal; `None` if it says `none`.

    By default the public record of the Bay. `SettingError` if it is no folder of open data.
    """
    given = text("FIRST_DATA")
    if given == "none":
        return None
    folder = Path(given) if given else OUR_FIRST_DATA
    if not (folder / "datapackage.json").is_file():
        raise SettingError(
            f"Set FIRST_DATA to a folder with a datapackage.json, or to none; it is “{given}”."
        )
    return folder


def fill_in(name: str, value: str) -> None:
    """Set `name` to `value` for this process and those it starts, unless it is set already."""
    if not text(name):
        os.environ[name] = value


def fill_in_secret_key() -> None:
    """If no SECRET_KEY is given, use the one in `.secret-key`, which the first call creates."""
    if text("SECRET_KEY"):
        return
    if not SECRET_KEY_FILE.exists():
        draft = SECRET_KEY_FILE.with_name(f"{SECRET_KEY_FILE.name}-{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64) + "\n")
        # If two processes start at once, the first one's key is kept, and neither reads half a key.
        with contextlib.suppress(FileExistsError):
            os.link(draft, SECRET_KEY_FILE)
        draft.unlink()
    os.environ["SECRET_KEY"] = SECRET_KEY_FILE.read_text().strip()


def _require_random(name: str, key: str) -> None:
    if len(key) < SHORTEST_SECRET_KEY or len(set(key)) < 5:
        raise SettingError(
            f"Set {name} to at least {SHORTEST_SECRET_KEY} random characters; "
            f"the one given has {len(key)}."
        )


def _address(name: str, given: str, *, show: bool = True) -> SplitResult:
    """An address in its parts. `show` is false if an error must not repeat it, for its password."""
    try:
        address = urlsplit(given)
        address.port  # noqa: B018  reading it is what checks it
    except ValueError:
        shown = f"; it is “{given}”" if show else ""
        raise SettingError(f"Set {name} to a valid address{shown}.") from None
    return address
