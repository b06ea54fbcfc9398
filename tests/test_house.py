"""The house rules (HOUSE 8), each with a message that says what to do."""

import ast
import csv
import io
import re
import tokenize
from graphlib import CycleError, TopologicalSorter
from importlib.util import find_spec
from itertools import pairwise, product
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from bhcp_portal.kit.actions import NO_SLUGS
from bhcp_portal.kit.statements import Statement
from bhcp_portal.kit.things import Thing
from tests.addresses import STAFF, walked
from tests.factories.partners import person, signed_in

ROOT = Path(__file__).resolve().parent.parent
APPS = ("bhcp_portal", "partners", "iccs", "metrics", "programmes", "engagement", "newsroom")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
INLINE = re.compile(r"\sstyle=|<style|\son[a-z]+=\"|<script(?![^>]*\ssrc=)[^>]*>")
# Models that are neither Thing nor Statement, with the reason why they may be changed or are no words.
OTHERS = {
    "Source": "a reference that statements rest on; its changes are in the history",
    "User": "a person with an account",
    "RoleGrant": "what a person may do, between two days",
    "Invitation": "a way in, once",
    "AccessReview": "that somebody is to confirm a person's account",
    "AccessEnd": "until when the people of a body may sign in; who may is in their roles",
    "Series": "a metric in one scope; it says nothing by itself",
    "ReadingBatch": "a file that staff sent; what it says is in its readings",
    "FigureQuestion": "what a reader asked; its words and address are deleted after half a year",
    "SignIn": "a line of the record of sign-ins",
    "SecurityEvent": "a line of the security log",
    "FailedAttempt": "counts for minutes, then it is deleted",
    "Launch": "one row that the database keeps as it is",
    "Review": "one row for each act that a second person looks at, which nobody changes",
    "Proposal": "statements as somebody means to write them, until another person approves",
    "Revision": "one row that the database's triggers count up",
    "PublicRow": "a row that the database writes of what is public (kit/row_keepers.py)",
    "VerdictRow": "what was worked out of figures, which can be thrown away and made anew",
    "VerdictsDue": "which of these are to be worked out",
    "Publication": "a transaction that publishes, until its commit",
    "Redaction": "the database writes it, and nobody changes it",
    "NewsPartner": "belongs to a version of a news item and is as fixed as it",
    "NewsProgramme": "belongs to a version of a news item and is as fixed as it",
    "NewsIcc": "belongs to a version of a news item and is as fixed as it",
}

# A step of a browser test that may lead to another page.
PRESS = re.compile(r"\.click\b|\.dblclick\b|\.press\('Enter'")

# What is not kept for good, and what is never changed, has no history.
WITHOUT_HISTORY = {
    "FailedAttempt",
    "Launch",
    "PublicRow",
    "Publication",
    "Redaction",
    "Review",
    "Revision",
    "VerdictRow",
    "VerdictsDue",
}


def our_models():
    return [
        model
        for model in apps.get_models()
        if model.__module__.split(".")[0] in APPS and not hasattr(model, "pgh_tracked_model")
    ]


def modules(*names):
    """The Python files of the apps with one of these names, as a file or a folder."""
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            inside = path.relative_to(ROOT / app)
            if "migrations" not in inside.parts and (
                inside.stem in names or any(part in names for part in inside.parts[:-1])
            ):
                yield path


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_every_model_is_a_thing_a_statement_or_on_the_short_list():
    strangers = [
        model.__name__
        for model in our_models()
        if not issubclass(model, Thing | Statement) and model.__name__ not in OTHERS
    ]
    assert strangers == [], "Make it a Thing or a Statement, or add it to OTHERS with the reason."


def test_every_statement_keeps_its_constraints():
    bare = []
    for model in our_models():
        if issubclass(model, Statement):
            names = {constraint.name for constraint in model._meta.constraints}
            kept = any(name.endswith("_superseded_after_published") for name in names)
            alone = not model.identity_fields or any(name.endswith("_one_live") for name in names)
            if not kept or not alone:
                bare.append(model.__name__)
    assert bare == [], "Write `class Meta(Statement.Meta)` and extend its constraints."


def test_every_model_of_ours_has_a_history():
    lost = [
        model.__name__
        for model in our_models()
        if model.__name__ not in WITHOUT_HISTORY and not hasattr(model, "pgh_event_model")
    ]
    assert lost == [], "Decorate the model with @tracked()."


def test_every_template_compiles_and_has_no_inline_style_script_or_handler():
    assert len(TEMPLATES) > 100
    found = {}
    for path in TEMPLATES:
        name = str(path.relative_to(ROOT / "templates"))
        get_template(name)
        found[name] = INLINE.findall(path.read_text())
    inline = {name: pieces for name, pieces in found.items() if pieces}
    assert inline == {}, "Put it in a file under static/: the policy allows nothing inline."


def test_every_form_of_a_page_says_its_errors_at_its_top_and_in_its_title():
    """``layouts/page.html`` does it for what is called ``form``: other names and places would miss it."""
    found = [
        str(path.relative_to(ROOT))
        for path in TEMPLATES
        if path.name != "style_guide.html" and "as_crispy_errors" in path.read_text()
    ]
    assert found == [], "Call the form “form” in the context, and leave its errors to the page."


def test_no_view_writes():
    writers = re.compile(
        r"\.(save|create|get_or_create|update_or_create|bulk_create|bulk_update|delete|update)\("
    )
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in modules("views", "staff_home", "staff_jobs", "style_guide", "feeds")
        for line in path.read_text().splitlines()
        if writers.search(line) and "context" not in line and "messages" not in line
    ]
    assert found == [], "Move the change to actions.py and call it from the view."


def test_models_actions_and_presenters_know_no_http():
    known = ("django.http", "django.shortcuts", "django.views", "django.contrib.messages")
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("models", "actions", "presenters", "spc")
        for name in imports(path)
        if name.startswith(known)
    ]
    assert found == [], "Answering is the view's work: raise or return, and let the view answer."


def test_nothing_below_the_door_reads_the_clock():
    clock = re.compile(r"timezone\.now\(|datetime\.now\(|date\.today\(|time\.time\(")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in modules("models", "presenters", "forms", "tables", "spc")
        for line in path.read_text().splitlines()
        if clock.search(line)
    ]
    # A person's roles are asked for by Django itself (has_perm), which gives no moment.
    assert [line for line in found if "partners/models/person.py" not in line] == [], (
        "Take `at=` as an argument; views and commands read the clock."
    )


def python_files():
    """The Python files of the apps, but for migrations."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_two_classes_have_one_name():
    found = {}
    for path in python_files():
        for node in ast.parse(path.read_text()).body:
            # Django finds a command by the name of its file.
            if isinstance(node, ast.ClassDef) and node.name != "Command":
                found.setdefault(node.name, []).append(module_name(path))
    twice = {name: places for name, places in found.items() if len(places) > 1}
    assert twice == {}, "One name, one meaning: name one of them after its subject."


def test_no_two_files_import_each_other():
    """Nor in a wider circle; imports for types and those within functions count too."""
    names = {module_name(path) for path in python_files()}
    graph = {}
    for path in python_files():
        here = module_name(path)
        graph[here] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                graph[here] |= {alias.name for alias in node.names} & names
            elif isinstance(node, ast.ImportFrom) and node.module:
                # A name that is a module of the package, else the package's own.
                modules = {f"{node.module}.{alias.name}" for alias in node.names}
                graph[here] |= (modules | {node.module} if modules - names else modules) & names
        graph[here].discard(here)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = " → ".join(error.args[1])
        pytest.fail(f"{circle}: move what both need into a file below.")


def test_words_that_name_nothing_are_no_names():
    """HOUSE 6: “said” and “told” say of anything that somebody spoke."""
    riddles = re.compile(r"(^|_)(said|told|desk|intake|faults?)(_|$)", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{token.start[0]} {token.string}"
        for path in python_files()
        for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
        if token.type == tokenize.NAME and riddles.search(token.string)
    ]
    # The field of the API's milestones, which its users read.
    assert [each for each in found if not re.match(r"programmes/api.py:\d+ said$", each)] == [], (
        "Name it by what it is there: a statement, a version, a row, the errors."
    )


def _hasty_presses(path):
    """Where a browser test clicks or presses Enter, and what comes next does not wait for the outcome."""
    for block in ast.walk(ast.parse(path.read_text())):
        is_waited_for = isinstance(block, ast.With) and ".expect_" in ast.unparse(block.items)
        for name in () if is_waited_for else ("body", "orelse", "finalbody"):
            statements = getattr(block, name, None)
            if isinstance(statements, list):
                for statement, after in pairwise([*statements, ast.Pass()]):
                    words = ast.unparse(statement) if isinstance(statement, ast.Expr) else ""
                    if PRESS.search(words) and not ast.unparse(after).startswith("expect("):
                        yield f"{path.relative_to(ROOT)}: {words}"


def test_browser_tests_wait_for_the_page_that_a_press_leads_to():
    found = [line for path in (ROOT / "tests").rglob("*.py") for line in _hasty_presses(path)]
    assert found == [], (
        "What is read next may be of the page before, or of half a page: use follow() or enter() "
        "of tests/browser/steps.py; where the page stays, go on with expect()."
    )


def test_psycopg_3_is_not_importable():
    assert find_spec("psycopg") is None, "Django would silently prefer it: take it out again."


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_import_contracts_hold():
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml")) == 0, (
        "An import goes up or sideways: look up through a relation instead."
    )


@pytest.mark.django_db
def test_every_staff_address_sends_a_stranger_to_sign_in_and_refuses_a_person_without_a_role():
    stranger, nobody, sign_in = Client(), signed_in(Client(), person()), reverse("account_login")
    open_to_all = []
    for address, method in product(walked(STAFF), ("get", "post")):
        answers = [getattr(each, method)(address.path) for each in (stranger, nobody)]
        answer = answers[0]
        if answer.status_code != 302 or answer.url.partition("?")[0] != sign_in:
            open_to_all.append(f"{method} {address} answers a stranger {answer.status_code}")
        answer = answers[1]
        if answer.status_code not in (403, 405):
            open_to_all.append(f"{method} {address} answers a nobody {answer.status_code}")
        if {each["Cache-Control"] for each in answers} != {"no-store"}:
            open_to_all.append(f"{method} {address} may be kept by a browser")
    assert open_to_all == [], "Guard the view with @staff_only."


def test_no_address_stands_where_a_slug_would():
    routes = [address.route for address in walked()]
    before = {route.partition("<slug:slug>")[0] for route in routes if "<slug:slug>" in route}
    words = {
        route.removeprefix(place).partition("/")[0]
        for route in routes
        for place in before
        if route.startswith(place) and re.match(r"[a-z0-9-]+/$", route.removeprefix(place))
    }
    assert words == NO_SLUGS, "kit/actions.py: NO_SLUGS are the words that no slug may be"


# -- words --------------------------------------------------------------------------------------------

# Phrases that nobody would say aloud (BEHAVIOUR U), and what to write in place of each.
ODD_PHRASES = {
    r"now or once": "past and present",
    r"starts? anew|\banew\b": "counting changed here; again",
    r"not in this list\b": "new figures",
    r"reached or past\b|date passed": "what was promised, and what happened",
    r"no single lead": "the source’s own words, or nothing",
    r"\btold (?:in|between)\b": "reported in",
    r"means? to move|move a measure": "how we will know it works",
    r"not (?:to be )?joined": "these count different things, so don’t compare them",
    r"our reading of the source:": "described in 2019 as …",
    r"\bis in it\b(?! \()": "thought to be in …; ask your practice",
    r"counts for the ICC": "listed under this community since …",
    r"again and again": "figures we track every month",
    r"verdict is by": "we judge against this target",
    r"too few points": "too early to say",
    r"points needed": "of the 13 months needed",
    r"how fresh": "are the figures up to date?",
    r"answers for (?:it|this)": "responsible organisation",
    r"(?:would|that) tells? (?:whether|if)": "there is no measure for this goal yet",
    r"news that names": "related news",
    r"what this page says rests": "sources for this page",
    r"makers of this portal": "the portal team",
    r"(?-i:^Words$)": "search",
    r"fits? all that": "no … match",
    r"what you chose": "filters",
    r"waits? for you": "your tasks",
    r"\bmend\b": "correct",
    r"with the errors in": "with errors marked",
    r"throw\w* (?:it |this |them )?away": "delete draft",
    r"answer this\b": "enter what is asked, in words",
    r"can read at once": "approved changes go public at once",
    r"after the first date": "late",
    r"(?:what|said) became of|became of (?:it|them)": "outcome",
    r"\btook in\b": "brought in",
    r"somebody else was at": "somebody else changed it at the same time",
    r"put (?:it |this )?away": "delete it",
    r"measures of it": "all 19 measures",
    r"which became one": "which were joined",
    r"agreed path": "step by step as agreed",
    r"read again by": "next review",
}
ODD = re.compile("|".join(f"(?:{phrase})" for phrase in ODD_PHRASES), re.IGNORECASE)
# The names of columns in the database: other words would need a migration.
NOT_SHOWN = ("migrations", "models", "urls")


def _sentences(path):
    """The texts in a module that people may come to see: not its docstrings."""
    tree = ast.parse(path.read_text())
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docstrings:
            yield node.value


def test_no_page_and_no_message_has_a_phrase_that_nobody_would_say():
    found = [
        f"{path.relative_to(ROOT)}: “{odd[0]}”"
        for path in (*TEMPLATES, *sorted((ROOT / "templates").rglob("*.txt")))
        for odd in ODD.finditer(re.sub(r"{#.*?#}", "", path.read_text()))
    ]
    found += [
        f"{path.relative_to(ROOT)}: “{odd[0]}” in “{text[:60]}”"
        for path in python_files()
        if not set(path.relative_to(ROOT).parts) & {*NOT_SHOWN, "tests"}
        for text in _sentences(path)
        for odd in ODD.finditer(text)
    ]
    found += [
        f"{path.relative_to(ROOT)}, row {number}: “{odd[0]}”"
        for path in sorted((ROOT / "bhcp_portal/first_data").glob("*.csv"))
        for number, row in enumerate(csv.reader(io.StringIO(path.read_text())), start=1)
        for cell in row
        for odd in ODD.finditer(cell)
    ]
    assert not found, "Say it as anyone would (ODD_PHRASES has better words): " + "; ".join(found)
