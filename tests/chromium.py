"""The browser for the tests. `python -m tests.chromium` says where it is, and fails if there is none."""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

# The first has no windows at all, and opens a page in half the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@functools.cache
def chromium() -> str | None:
    """The program: $CHROMIUM, the system's, or the one that Playwright installed for itself."""
    for candidate in _candidates():
        # Some systems have a program of this name that only says how to get the real one.
        if os.access(candidate, os.X_OK) and _runs(candidate):
            return candidate
    return None


def _candidates() -> Iterator[str]:
    if given := os.environ.get("CHROMIUM"):
        yield given
        return
    yield from filter(None, map(shutil.which, NAMES))
    yield _playwrights()


def _playwrights() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _runs(program: str) -> bool:
    words = [program, "--version", "--no-sandbox"]
    return not subprocess.run(words, capture_output=True, check=False).returncode


if __name__ == "__main__":
    if not chromium():
        sys.exit("There is no browser: install Chromium, or set CHROMIUM to the program.")
    print(chromium())
