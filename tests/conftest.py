"""What all tests share: a browser, and that none is left out."""

import os

import pytest

from tests.chromium import chromium

# Playwright's own loop runs in the test's thread, which Django takes for an async program.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

SILENT = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Chromium, wherever it comes from, without its calls home."""
    return {**browser_type_launch_args, "executable_path": chromium(), "args": SILENT}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    """A visitor from here."""
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "Europe/London"}


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """A skipped test is a failed run: nobody reads past a green line."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped") and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} tests were skipped, which counts as a failure: "
            "install what they lack, or remove them.",
            red=True,
        )
