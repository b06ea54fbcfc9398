import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from bhcp_portal import assets, database, env
from bhcp_portal.kit import guards
from bhcp_portal.kit.sources import Source
from partners.actions import create_practice_accounts

CACHE_TABLE = settings.CACHES["default"]["LOCATION"]
# A server that was just killed needs a moment to let go of its port.
SECONDS_FOR_PORT = 5
SECONDS_TO_FINISH = 10


class Command(BaseCommand):
    help = "Prepares the database and the static files, and serves the portal until it is told to stop."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument(
            "--end-with-parent",
            action="store_true",
            help="stop when the process that started this one ends, however it ends",
        )

    def handle(self, **options):
        self.is_ending = False
        # A shell makes processes in the background ignore Ctrl-C; this one obeys it all the same.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.end)
        if options["end_with_parent"]:
            arrange = database.end_with_parent(signal.SIGTERM, os.getppid())
            if arrange:
                arrange()
        try:
            self.first_data = env.first_data()
        except env.SettingError as error:
            raise CommandError(str(error)) from error
        listener = self.listen(env.host(), env.port())
        self.children = []
        try:
            self.prepare()
            self.run(listener)
        except SystemExit:
            pass
        finally:
            with database.unhurried():
                self.stop()
        self.say("Stopped.")

    def end(self, number, frame):
        """Ends this command wherever it is.

        Python loses an exception that comes while it starts a process, so ``run`` also asks
        ``is_ending``.
        """
        self.is_ending = True
        sys.exit(128 + number)

    def say(self, words):
        self.stdout.write(words)
        self.stdout.flush()

    # --- Before ---------------------------------------------------------------------------------

    def listen(self, host, port):
        """A socket bound to the port, before anything else is done; it takes no connections yet.

        Raises ``CommandError`` if the address is wrong or the port is not free.
        """
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
        except OSError as error:
            raise CommandError(
                f"Set HOST to an address of this machine; it is “{host}”."
            ) from error
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        end = time.monotonic() + SECONDS_FOR_PORT
        while True:
            try:
                listener.bind(address)
            except OSError as error:
                if time.monotonic() > end:
                    raise CommandError(
                        f"Port {port} of {host} is not free ({error.strerror}): stop what uses it, "
                        f"or take another, such as PORT={port % 65535 + 1}."
                    ) from error
                time.sleep(0.2)
            else:
                return listener

    def prepare(self):
        """Prepare the static files and the database, as far as that was not done before."""
        try:
            assets.build()
        except assets.AssetError as error:
            raise CommandError(str(error)) from error
        # Compressing takes as long as the rest, so the two run at the same time.
        compressing = None
        if not assets.is_collected():
            compressing = self.start("manage.py", "build_assets", "--collect")
        self.prepare_database()
        if compressing and compressing.wait():
            raise CommandError("The static files could not be built; it says why above.")

    def prepare_database(self):
        try:
            # The lock lasts until the connection is closed: of two processes that start at once,
            # one prepares and the other waits.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(hashtext('bhcp_portal: serve'))")
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}") from error
        migrations = MigrationExecutor(connection)
        is_behind = migrations.migration_plan(migrations.loader.graph.leaf_nodes())
        if is_behind or CACHE_TABLE not in connection.introspection.table_names():
            self.say("Preparing the database …")
            # The web's role may make no tables, so processes of their own connect as the owner.
            for command in (["createcachetable"], ["migrate", "--no-input", "--skip-checks"]):
                if self.start("manage.py", *command, "-v", "0").wait():
                    raise CommandError("The database could not be prepared; it says why above.")
        if guards.owns_tables():
            self.say(
                "Warning: DATABASE_URL’s role owns the tables, so nothing guards the record from it. "
                "Set DATABASE_OWNER_URL too, as docs/operating.md says."
            )
        if self.first_data and not Source.objects.exists():
            self.say("Loading the first data …")
            call_command("load_data", str(self.first_data), stdout=self.stdout)

    # --- While it runs --------------------------------------------------------------------------

    def run(self, listener):
        """Keep the web server and the worker of the task queue running until a signal ends it."""
        server = self.start(
            *("-m", "gunicorn", "bhcp_portal.wsgi", "--bind", f"fd://{listener.fileno()}"),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
            *("--graceful-timeout", str(SECONDS_TO_FINISH), "--no-control-socket"),
            *("--log-level", "warning", "--preload"),
            pass_fds=[listener.fileno()],
        )
        self.wait_until_answering(server)
        self.say(f"Open {settings.SITE_URL}")
        # Only once the server answers, because hashing so many passwords takes seconds.
        self.make_practice_accounts()
        connections.close_all()
        while not self.is_ending:
            worker = self.start(
                *("manage.py", "db_worker", "--queue-name", "*", "--no-reload", "-v", "0")
            )
            while worker.poll() is None and not self.is_ending:
                if server.poll() is not None:
                    raise CommandError(f"The server ended by itself ({server.returncode}).")
                if database.is_embedded() and database.revive():
                    self.say("The database had ended; it was started again.")
                time.sleep(0.2)
            if not self.is_ending:
                self.say(f"The queue's worker ended ({worker.returncode}); starting another.")
                time.sleep(1)

    def make_practice_accounts(self):
        """Create two accounts for each role, to try the portal with.

        Only an embedded database without users gets them, never one that somebody chose.
        """
        if database.is_embedded() and not get_user_model().objects.exists():
            accounts = create_practice_accounts(at=timezone.now())
            self.say("Practice accounts, shown this once:")
            for email, role, password in accounts:
                self.say(f"  {role:<20} {email:<45} {password}")

    def start(self, *words, **options):
        child = subprocess.Popen(
            [sys.executable, *words],
            cwd=env.BASE_DIR,
            # Ctrl-C reaches a terminal's whole group, but only this process may stop its children.
            start_new_session=True,
            preexec_fn=database.end_with_parent(signal.SIGTERM),
            **options,
        )
        self.children.append(child)
        return child

    def wait_until_answering(self, server):
        """Wait until the server answers a request.

        The port takes connections before the workers are ready. Raises ``CommandError`` if the
        server ends first.
        """
        host = env.host()
        if host in ("0.0.0.0", "::"):  # noqa: S104  every address, so this one too
            host = "localhost"
        while server.poll() is None:
            with suppress(OSError, HTTPException):
                asked = HTTPConnection(host, env.port(), timeout=30)
                asked.request("GET", "/health/live", headers={"Host": env.site_url().netloc})
                asked.getresponse().read()
                asked.close()
                return
            time.sleep(0.05)
        raise CommandError("The server did not start; it says why above.")

    def stop(self):
        for child in self.children:
            child.terminate()
        for child in self.children:
            try:
                child.wait(SECONDS_TO_FINISH + 5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
