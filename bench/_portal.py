"""What benchmarks of answers share: a portal as in production on a copy of the record, and who asks it.

The first data are loaded once and kept in `.pg/bench/` until they, a migration or a package change.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import psycopg2

from bhcp_portal import database, env
from tests.database_plugin import digest, migrated_data
from tests.processes import environment, free_port

KEPT = database.FOLDER / "bench"
SITE = "portal.example.org"
# One host for each visitor: what is kept for one of them is not kept for another.
HOSTS = (SITE, "localhost", "127.0.0.1", "[::1]")
SECONDS_TO_START = 180
# As `manage.py serve` and docs/operating.md have it.
GUNICORN = (
    *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
    *("--no-control-socket", "--log-level", "warning", "--preload"),
)


# --- The record -----------------------------------------------------------------------------------


def first_data() -> Path:
    """The folder of a stopped server's data, with every migration and the first data."""
    whole = hashlib.sha256(digest().encode())
    for path in sorted(env.OUR_FIRST_DATA.iterdir()):
        whole.update(path.name.encode() + path.read_bytes())
    kept = KEPT / whole.hexdigest()[:16]
    if not kept.exists():
        with database.throw_away(migrated_data()) as server:
            manage(server, "createcachetable")
            manage(server, "load_data", str(env.OUR_FIRST_DATA))
            server.stop()
            shutil.rmtree(KEPT, ignore_errors=True)
            draft = KEPT / f"new-{os.getpid()}"
            shutil.copytree(server.data, draft)
            draft.rename(kept)
    return kept


def settings_for(server: database.Server) -> dict[str, str]:
    """A portal's settings in real use, on the database of a server."""
    env.fill_in_secret_key()
    return environment(
        SITE_URL=f"https://{SITE}",
        CONTACT_EMAIL=f"office@{SITE}",
        EMAIL_URL="dummymail://",
        SECRET_KEY=os.environ["SECRET_KEY"],
        DATABASE_URL=server.url(database.WEB),
        DATABASE_OWNER_URL=server.url(),
        FIRST_DATA="none",
        DJANGO_SETTINGS_MODULE="bhcp_portal.settings",
    )


def manage(server: database.Server, *words: str) -> str:
    """What a command of `manage.py` prints, on the database of a server."""
    return python(server, "manage.py", *words)


def python(server: database.Server, *words: str) -> str:
    """What Python prints when it is started with these words, on the database of a server."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=env.BASE_DIR,
        env=settings_for(server),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed:\n{done.stderr[-3000:]}")
    return done.stdout


class Owner:
    """The owner's connection to a server; several threads may use it."""

    def __init__(self, server: database.Server) -> None:
        self.connection = psycopg2.connect(server.url())
        self.connection.autocommit = True

    def ask(self, query: str, *values: object) -> list[tuple]:
        with self.connection.cursor() as cursor:
            cursor.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

    def move_revision(self) -> None:
        """As a publication does at its commit: nothing that was kept before is answered any more."""
        self.ask("UPDATE kit_revision SET number = number + 1")


# --- Servers --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Web:
    """A web server that answers: its port, the ids of its two processes, and of its database if it has one."""

    port: int
    workers: tuple[int, ...]
    database: int | None = None

    def seconds_of_work(self) -> float:
        """The processor time that its processes, and those of its database, have taken so far."""
        ticks = sum(sum(_ticks(worker)[:2]) for worker in self.workers)
        if self.database:
            # Of those that have ended, their parent keeps the sum.
            ticks += sum(_ticks(self.database)[2:])
            ticks += sum(sum(_ticks(each)[:2]) for each in _children(self.database))
        return ticks / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Rate:
    """How many answers a second there were, and the processor time that one took."""

    a_second: float
    seconds_of_work: float


@contextlib.contextmanager
def portal(server: database.Server, **settings: str) -> Iterator[Web]:
    """A context manager: the portal as `manage.py serve` starts it, worker of the queue and all."""
    given = settings_for(server) | {"PORT": str(free_port())} | settings
    with _running([sys.executable, "manage.py", "serve"], given, "/health/live") as web:
        yield replace(web, database=server.process())


@contextlib.contextmanager
def hello_world() -> Iterator[Web]:
    """A context manager: the smallest view that Django can have, in the same kind of server."""
    port = str(free_port())
    words = [sys.executable, "-m", "gunicorn", "bench._hello", "--bind", f"127.0.0.1:{port}"]
    with _running([*words, *GUNICORN], environment(PORT=port), "/") as web:
        yield web


@contextlib.contextmanager
def _running(words, given, path):
    """A context manager: a server runs, and what it writes is shown if it does not answer."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            words,
            cwd=env.BASE_DIR,
            env=given,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=database.end_with_parent(signal.SIGTERM),
        )
        try:
            workers = _answering(process, int(given["PORT"]), path)
            if workers is None:
                log.seek(0)
                words = log.read()[-3000:].decode(errors="replace")
                raise RuntimeError(f"The server did not start:\n{words}")
            yield Web(int(given["PORT"]), workers)
        finally:
            process.terminate()
            process.wait()
            log.seek(0)
            # What went wrong is never only a number in a table.
            if b"Traceback" in (written := log.read()):
                print(written[-5000:].decode(errors="replace"), file=sys.stderr)


def _answering(process, port, path):
    end = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), Visitor(port) as visitor:
            if visitor.ask(path).status == 200:
                workers = _children(_gunicorn(process.pid))
                if len(workers) == 2:
                    return tuple(workers)
        time.sleep(0.2)
    return None


def _gunicorn(process):
    """The process that started the two that answer: this one, or a child of it."""
    for each in (process, *_children(process)):
        if b"gunicorn" in Path(f"/proc/{each}/cmdline").read_bytes():
            return each
    return process


def _children(process):
    return sorted(
        int(child)
        for task in Path(f"/proc/{process}/task").iterdir()
        for child in (task / "children").read_text().split()
    )


def _ticks(process):
    """The processor time of a process and of its ended children: user, system, user, system."""
    try:
        words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return [0, 0, 0, 0]
    return [int(word) for word in words[11:15]]


def megabytes(process: int) -> float:
    """The most memory that a process has held so far."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


# --- Who asks -------------------------------------------------------------------------------------

_addresses = count(1)


def fresh_address() -> str:
    """An address of a visitor who never asked before, so that no bound holds it back."""
    number = next(_addresses)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    head: str
    body: bytes

    def header(self, name: str) -> str:
        """A header's value, empty if it was not sent."""
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return ""


class Visitor:
    """One kept-alive connection. It does little itself, as it runs on the cores that it measures."""

    def __init__(self, port: int, host: str = SITE, timeout: float = 60) -> None:
        self.host, self.port, self.timeout = host, port, timeout
        self._connect()

    def _connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, path: str, address: str = "10.255.0.1", headers: str = "") -> Reply:
        """GET, through a proxy as in production. Raises ``OSError`` where no whole answer comes."""
        request = (
            f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\nX-Forwarded-Proto: https\r\n"
            f"X-Forwarded-For: {address}\r\nAccept-Encoding: gzip\r\n{headers}\r\n"
        ).encode()
        try:
            self._socket.sendall(request)
            got = self._more(b"")
        except ConnectionError:
            # gunicorn closes what was idle for two seconds.
            self._socket.close()
            self._connect()
            self._socket.sendall(request)
            got = self._more(b"")
        while b"\r\n\r\n" not in got:
            got = self._more(got)
        start, _, body = got.partition(b"\r\n\r\n")
        reply = Reply(int(start[9:12]), start.decode("latin-1"), body)
        if reply.status == 304:
            return reply
        if length := reply.header("Content-Length"):
            while len(body) < int(length):
                body = self._more(body)
        elif reply.header("Transfer-Encoding"):
            while not body.endswith(b"0\r\n\r\n"):
                body = self._more(body)
        return Reply(reply.status, reply.head, body)

    def _more(self, got):
        new = self._socket.recv(262_144)
        if not new:
            raise ConnectionError("The server closed the connection.")
        return got + new

    def worker(self, web: Web) -> int:
        """Which of the two processes answers this connection; 0 if that is not to be seen."""
        here, there = self._socket.getsockname()[1], web.port
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            words = line.split()
            if words[1].endswith(f":{there:04X}") and words[2].endswith(f":{here:04X}"):
                held = f"socket:[{words[9]}]"
                for worker in web.workers:
                    for each in Path(f"/proc/{worker}/fd").iterdir():
                        with contextlib.suppress(OSError):
                            if os.readlink(each) == held:
                                return worker
        return 0


@contextlib.contextmanager
def visitors(web: Web, of_each_process: int, path: str) -> Iterator[list[Visitor]]:
    """A context manager: so many connections to each of the two processes, each of a host of its own."""
    with contextlib.ExitStack() as stack:
        found: dict[int, list[Visitor]] = {worker: [] for worker in web.workers}
        spare = []
        for _ in range(1000):
            chosen = [each for those in found.values() for each in those[:of_each_process]]
            if len(chosen) == of_each_process * len(web.workers):
                for visitor, host in zip(chosen, HOSTS * len(chosen), strict=False):
                    visitor.host = host
                for visitor in spare:
                    visitor.__exit__()
                yield chosen
                return
            visitor = stack.enter_context(Visitor(web.port))
            # It belongs to a process once that has answered it.
            visitor.ask(path)
            those = found.get(visitor.worker(web), spare)
            (those if len(those) < of_each_process else spare).append(visitor)
        raise RuntimeError("All connections go to one of the two processes.")


def per_second(
    web: Web, seconds: float, ask: Callable[[Visitor], None], of_each_process: int = 2
) -> Rate:
    """How many answers a second there are while all visitors ask without a pause."""
    rates: list[float] = []
    numbers: list[int] = []
    failures: list[Exception] = []

    def go_on(visitor):
        began, answers = time.perf_counter(), 0
        try:
            while time.perf_counter() - began < seconds:
                ask(visitor)
                answers += 1
        except Exception as error:
            failures.append(error)
        rates.append(answers / (time.perf_counter() - began))
        numbers.append(answers)

    with visitors(web, of_each_process, "/health/live") as those:
        threads = [threading.Thread(target=go_on, args=(visitor,)) for visitor in those]
        before = web.seconds_of_work()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        work = web.seconds_of_work() - before
    if failures:
        raise failures[0]
    return Rate(sum(rates), work / sum(numbers))
