"""What all tests share: a browser, their marks and order, a database that is emptied, and that none is left out."""

import gc
import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from django.template import Template
from django.test import TransactionTestCase
from django.test.signals import template_rendered
from hypothesis import settings as hypothesis
from xdist.scheduler import LoadGroupScheduling

from bhcp_portal.kit import launch
from partners.hard_words import hard_words
from partners.models.partnership import site_name
from partners.roles import Role
from tests.chromium import chromium
from tests.clock import SET_BY_TESTS
from tests.copies import go_home
from tests.emptying import empty
from tests.factories.kit import PAPERS
from tests.factories.partners import person
from tests.roles import write_as_the_web

# Playwright's own loop runs in the test's thread, which Django takes for an async program.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# A busy machine is slow now and then, which says nothing of the code.
hypothesis.register_profile("portal", deadline=None)
hypothesis.load_profile("portal")

HERE = Path(__file__).resolve().parent
# What takes longest comes first, so that no worker is left with it while the others have finished.
# Those that are not named come after these, in the order of their names.
SLOWEST_FIRST = (
    "test_migrations.py",
    "test_serving.py",
    "site/test_feeds.py",
    "site/test_public_bounds.py",
    "site/test_axe.py",
    "site/test_wrong_input.py",
    "site/test_open_data.py",
    "site/",
    "browser/",
    "test_database.py",
    "metrics/",
    "programmes/",
    "portal/",
)
# What is made once for these, a server's first data or the crawl of a day, is for all of a group.
IN_ONE_WORKER = re.compile(
    r"tests/(test_serving\.py|portal/test_metrics_first_data\.py)|(crawl of [^\]]+)"
)

SILENT = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _draw(template, context):
    """Django notes every template of a page and copies what it was given; here those of views alone, not their parts."""
    if context.template is template:
        template_rendered.send(sender=template, template=template, context=context)
    return template.nodelist.render(context)


@pytest.fixture(scope="session", autouse=True)
def _note_pages_not_parts(django_test_environment):
    Template._render = _draw


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Chromium, wherever it comes from, without its calls home."""
    return {**browser_type_launch_args, "executable_path": chromium(), "args": SILENT}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    """A visitor from here."""
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "Europe/London"}


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def open_browser(request, browser, browser_context_args):
    """Opens a browser's window of its own, with scripts and without."""
    opened = []

    def open_one(**options):
        context = browser.new_context(
            **{**browser_context_args, "java_script_enabled": request.param, **options}
        )
        opened.append(context)
        return context.new_page()

    yield open_one
    for context in opened:
        context.close()


TransactionTestCase._fixture_teardown = empty


@pytest.fixture
def ann(db):
    """One of two record keepers, who writes."""
    return person(name="Ann", roles=[Role.RECORD_KEEPER])


@pytest.fixture
def bob(db):
    """The other, who approves."""
    return person(name="Bob", roles=[Role.RECORD_KEEPER])


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items):
    """Marks each test by where it stands and what it asks for, and puts the slowest first."""
    _distinguish(items)
    for item in items:
        if mark := _mark(item):
            item.add_marker(mark)
    yield
    items.sort(key=_turn)


def _distinguish(items):
    """No two tests have one id: workers are sent tests by their ids, and the second would be left out.

    Schemathesis names its tests apart in a way that pytest 9.2 no longer makes ids of.
    """
    number = Counter(item.nodeid for item in items)
    for item in items:
        if number[item.nodeid] > 1:
            params = item.name.partition("[")[2].removesuffix("]")
            item._id = replace(item._id, params=params)
    shared = [name for name, count in Counter(item.nodeid for item in items).items() if count > 1]
    if shared:
        raise pytest.UsageError(f"Tests have the same id, give them others: {shared}")


class InGroups(LoadGroupScheduling):
    """Groups by the names of tests, as pytest 9.2 no longer reads what xdist's own mark adds to them."""

    def _split_scope(self, nodeid):
        found = IN_ONE_WORKER.search(nodeid)
        return found[0] if found else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return InGroups(config, log) if config.getvalue("dist") == "loadgroup" else None


def _mark(item):
    """`browser`, `walk`, `schema` or `large`; a quick run (`make test FAST=1`) leaves out all four."""
    place = item.path.relative_to(HERE)
    if "browser" in item.fixturenames:
        return "browser"
    if place.name in ("test_migrations.py", "test_serving.py", "test_api_contract.py"):
        return "schema"
    if place.parts[0] == "site" or place.name in ("test_empty_portal.py", "test_restoring.py"):
        return "walk"
    if place.name in ("test_strangers_files.py", "test_page_bounds.py", "test_public_bounds.py"):
        return "large"
    return None


def _turn(item):
    """Files stay whole, as what a file makes once is thrown away when another comes in between."""
    place = str(item.path.relative_to(HERE))
    found = (turn for turn, start in enumerate(SLOWEST_FIRST) if place.startswith(start))
    return next(found, len(SLOWEST_FIRST)), place


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The test database, made by the owner; what tests do there they do in the web's role."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(SET_BY_TESTS)
        write_as_the_web()


@pytest.fixture(scope="session")
def django_db_keepdb():
    """A server of the tests' own ends with them: nothing on it has to be dropped first."""
    return "TEST_TEMPLATE" in os.environ


def pytest_collection_finish():
    """Python clears away seldom, and then without looking at what was imported, which stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Only the checks of the whole want the database with content, and they come one after the other."""
    PAPERS.clear()
    launch.forget()
    site_name.forget()
    hard_words.forget()
    if "content" not in item.fixturenames:
        go_home()


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
