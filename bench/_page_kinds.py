"""Prints every public address of the portal with what may stand in it, as tests/site/examples.py has it."""

import json
from dataclasses import dataclass

# These tell of the server, not of the record.
NOT_OF_THE_RECORD = {"health_live", "health_ready", "robots", "security_txt"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of page or file: its name, its route, and the path of one of it that is there."""

    name: str
    route: str
    path: str
    is_page: bool

    def __str__(self) -> str:
        return f"/{self.route}"


def kinds(server, ask) -> list[Kind]:
    """Every kind that answers, one path of each; ``ask`` gives the reply to a path."""
    from bench._portal import python

    found, missed = [], []
    for name, route, paths in json.loads(python(server, "-m", "bench._page_kinds")):
        for path in paths:
            reply = ask(path)
            if reply.status == 200:
                is_page = reply.header("Content-Type").startswith("text/html")
                found.append(Kind(name, route, path, is_page))
                break
        else:
            missed.append(route)
    if missed:
        raise LookupError(
            f"Nothing of the first data is at {', '.join(missed)}: name one in tests/site/examples.py."
        )
    return found


def main() -> None:
    import django

    django.setup()
    from tests.addresses import PUBLIC, walked
    from tests.site.examples import paths

    public = [each for each in walked(PUBLIC) if each.name not in NOT_OF_THE_RECORD]
    print(json.dumps([(each.name, each.route, paths(each)) for each in public]))


if __name__ == "__main__":
    main()
