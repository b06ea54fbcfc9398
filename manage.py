#!/usr/bin/env python
"""Django's commands, on the settings given or else on what `make serve` uses."""

import contextlib
import os
import signal
import sys

import django

from bhcp_portal import database, env

# These touch no rows, so the embedded database need not run for them.
WITHOUT_DATABASE = {"", "build_assets", "check", "collectstatic", "help", "version"}

# These make or change tables, or the record itself; all else connects as a role that owns none (bhcp_portal/kit/guards.py).
AS_OWNER = {"createcachetable", "migrate", "redact_words"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bhcp_portal.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        with contextlib.ExitStack() as stack:
            if command == "serve":
                env.fill_in("SITE_URL", env.site_url().geturl())
            if command == "serve" or env.is_local(env.site_url()):
                env.fill_in_secret_key()
                if not env.text("DATABASE_URL"):
                    env.fill_in("DATABASE_URL", database.embedded_url())
                    env.fill_in("DATABASE_OWNER_URL", database.owner_url())
                    if command not in WITHOUT_DATABASE and "--help" not in sys.argv:
                        stack.enter_context(database.embedded())
            if command in AS_OWNER and env.text("DATABASE_OWNER_URL"):
                env.connect_as_owner(env.text("DATABASE_OWNER_URL"))
            from django.core.management import execute_from_command_line

            if command == "serve":
                # An import that a signal breaks into fails in odd ways.
                with database.unhurried():
                    django.setup()
            execute_from_command_line(sys.argv)
    except (env.SettingError, database.DatabaseError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
