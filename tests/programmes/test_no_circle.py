"""No programme is part of itself, or becomes so, by way of others either: by form, file and approval."""

import pytest
from django.urls import reverse

from bhcp_portal.kit.editor.editors import editor_called
from bhcp_portal.kit.editor.proposal import Why
from bhcp_portal.kit.editor.template import lines_standing
from tests.clock import present
from tests.factories.partners import signed_in
from tests.factories.programmes import programme
from tests.kit.test_editor_files import checked
from tests.programmes.proposing import errors, press, proposed, published

pytestmark = pytest.mark.django_db

KIND = "programme-profiles"
ITSELF = "A programme can’t be part of itself"
CIRCLE = "That programme is itself part of this one"


@pytest.fixture
def three(db):
    return [programme(name, name=name.title()) for name in ("one", "two", "three")]


def page(work):
    return reverse("staff:record_correct", args=[KIND, work.profiles.live(present()).get().pk])


def part_of(work, parent):
    words = {"name": work.slug.title(), "purpose": "Help.", "reason": "The board said so"}
    return {"why": "now", "source": "", "parent": parent.slug, **words}


def file_of(who, **parents):
    """What the check of a file says that gives programmes other parents."""
    header, *rows = lines_standing(editor_called(KIND), who, present())
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        if cells["programme"] in parents:
            row[header.index("parent")] = parents[cells["programme"]]
            row[header.index("reason")] = "The board said so"
    found = checked(KIND, [header, *rows], who, why=Why.NOW)
    return " ".join(error.message for error in found.errors)


def test_a_programme_is_not_offered_as_part_of_itself_and_refused_on_the_form(client, ann, three):
    one, two, _ = three
    form = signed_in(client, ann).get(f"{page(one)}?why=now").context["form"]
    offered = {key for key, _ in form.fields["parent"].widget.choices}
    assert one.slug not in offered
    assert two.slug in offered
    assert ITSELF in errors(client.post(page(one), part_of(one, one)))
    assert ITSELF in file_of(ann, one="one")


def test_a_circle_is_refused_by_form_file_and_approval(client, ann, bob, three):
    one, two, last = three
    waiting = proposed(client, ann, page(one), part_of(one, last))
    press(client, ann, waiting, "send")
    published(client, ann, bob, page(two), part_of(two, one))
    published(client, ann, bob, page(last), part_of(last, two))
    # What waited since before the others is refused when it is approved.
    assert CIRCLE in press(client, bob, waiting, "approve").text
    client.logout()
    assert CIRCLE in errors(signed_in(client, ann).post(page(one), part_of(one, last)))
    assert CIRCLE in file_of(ann, one="three")


def test_a_circle_within_one_file_is_refused(ann, three):
    assert CIRCLE in file_of(ann, one="two", two="three", three="one")
    assert file_of(ann, one="two", two="three") == ""
