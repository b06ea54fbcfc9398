"""CONTRACT 7: no error in html-validate's standard rules, nor in the Nu checker where there is Java."""

import json
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings

from tests.addresses import PUBLIC, walked
from tests.site.visits import every_visit, visits_to

MODULES = Path(settings.BASE_DIR) / "node_modules"
VALIDATE = MODULES / "html-validate" / "bin" / "html-validate.mjs"
NU = MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"


@pytest.mark.usefixtures("content")
def test_every_page_is_valid_html(tmp_path):
    named = {}
    for number, visit in enumerate(every_visit()):
        file = tmp_path / f"{number}.html"
        file.write_text(visit.html)
        named[file.name] = str(visit)
    assert len(named) > 100
    checkers = [html_validate] + ([nu] if shutil.which("java") else [])
    faults = {}
    for check in checkers:
        for file, fault in check(tmp_path):
            faults.setdefault(fault, []).append(named[Path(file).name])
    assert {fault: where[:3] for fault, where in faults.items()} == {}


def html_validate(folder):
    """Pairs of a file and what html-validate's standard rules find in it."""
    # Into a file, as Node cuts off what is long and goes down a pipe.
    found = folder / "found.json"
    words = ["node", VALIDATE, "--preset", "standard", "--formatter", f"json={found}", folder]
    subprocess.run(words, capture_output=True, check=False)
    for result in json.loads(found.read_text()):
        for message in result["messages"]:
            yield result["filePath"], f"{message['ruleId']}: {message['message']}"


def nu(folder):
    """Pairs of a file and what the Nu checker calls an error in it."""
    words = ["java", "-jar", NU, "--errors-only", "--format", "json", *folder.glob("*.html")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    for message in json.loads(done.stderr)["messages"]:
        yield message["url"], f"{message['message']} {message.get('extract', '').strip()}"


@pytest.mark.usefixtures("content")
def test_no_page_leaves_out_a_level_of_headings_folded_parts_too():
    skipped = {}
    for visit in (visit for address in walked(PUBLIC) for visit in visits_to(address)):
        # What is wrong with a form stands before the page's own heading, as on every page of the NHS.
        page = re.sub(
            r'<h2 class="nhsuk-error-summary__heading".*?</h2>', "", visit.html, flags=re.DOTALL
        )
        levels = [0, *map(int, re.findall(r"<h([1-6])\b", page))]
        if any(after > before + 1 for before, after in pairwise(levels)):
            skipped[str(visit)] = levels[1:]
    assert skipped == {}


@pytest.mark.usefixtures("content")
def test_every_table_of_a_public_page_has_a_name():
    nameless = [
        str(visit)
        for address in walked(PUBLIC)
        for visit in visits_to(address)
        for table in re.findall(r"(?<!tabindex=.0.>)<table\b.*?</table>", visit.html, re.DOTALL)
        if "<caption" not in table and 'class="nhsuk-table"' in table and "aria-label" not in table
    ]
    assert nameless == []
