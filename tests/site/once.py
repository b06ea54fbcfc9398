"""What takes long and is the same for every worker is made once a run, and lies in a file for the others."""

import fcntl
import pickle
from contextlib import contextmanager
from functools import cache, wraps
from hashlib import sha256
from pathlib import Path


class Shelf:
    """Where the files lie: a folder of this run alone, named when its first test begins."""

    folder: Path


def once(make):
    """Gives what the first worker that called the function made; one that asks meanwhile waits.

    The arguments are told apart by their words (``str``).
    """

    @cache
    @wraps(make)
    def made(*arguments):
        words = f"{make.__module__}.{make.__name__}{tuple(map(str, arguments))}"
        file = Shelf.folder / sha256(words.encode()).hexdigest()
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                draft = file.with_suffix(".draft")
                draft.write_bytes(pickle.dumps(make(*arguments)))
                draft.rename(file)
        return pickle.loads(file.read_bytes())

    return made


@contextmanager
def shared_set(name):
    """A set that all workers of a run add to, one after the other."""
    file = Shelf.folder / name
    with file.open("a+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.seek(0)
        words = held.read()
        found = pickle.loads(words) if words else set()
        yield found
        held.truncate(0)
        held.write(pickle.dumps(found))
