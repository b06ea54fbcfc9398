"""Who may open what, as the addresses themselves say. `python -m tests.permission_table` writes docs/permissions.md."""

import os
import re
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "docs" / "permissions.md"
BEGINNING = """# Who may open what

Written by `.venv/bin/python -m tests.permission_table` from the addresses themselves; a test says when it is out of date.

A stranger is sent to sign in, and nobody gets past that without a second step. A person none of whose roles has the
permission gets 403. A role is held for one partner or for all: another partner's row is 404. What belongs to no one
partner needs the permission for all, and is 403 without. Superusers may open everything; `/admin/` is theirs alone.
What is not below `/staff/` or `/admin/` is public: nobody is asked who they are, and nothing can be sent to it.

| Address | Needs | Roles |
|---|---|---|
"""


def table():
    """The text of docs/permissions.md."""
    from bhcp_portal.who_may import guarded_addresses, role_names
    from tests.addresses import DOOR, walked

    rows = []
    for route, view in guarded_addresses():
        needs = "any role" if view.permission == "any role" else f"`{view.permission}`"
        rows.append((route, needs + ", for all" * view.for_all, role_names(view.permission)))
    for address in walked(DOOR):
        is_open = not getattr(address.view, "login_required", True)
        needs = "nothing" if is_open else "to be signed in"
        who = "strangers too" if is_open else "every account"
        rows.append((f"/{_short(address.route)}", needs, who))
    lines = [f"| `{route}` | {needs} | {who} |" for route, needs, who in rows]
    return BEGINNING + "\n".join(lines) + "\n"


def _short(route):
    """A route with nothing but the names of its variable parts."""
    route = re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", route)
    return re.sub(r"<\w+:", "<", route)


def _write():
    import django

    from bhcp_portal import env

    # Nothing is asked of the database, but the settings want one.
    os.environ.setdefault("DATABASE_URL", "postgresql://nobody@/none?host=/nowhere")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bhcp_portal.settings")
    env.fill_in_secret_key()
    django.setup()
    FILE.write_text(table())


if __name__ == "__main__":
    _write()
