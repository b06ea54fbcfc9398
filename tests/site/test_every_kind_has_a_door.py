"""Every kind of statement is written, corrected and ended by somebody in the browser, now and for kinds to come."""

from datetime import UTC

import pytest
from django.urls import NoReverseMatch, reverse

from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.editor.editors import editor_called, written_at
from bhcp_portal.kit.kinds import kinds
from bhcp_portal.kit.notes import Fact
from partners.roles import Role
from tests.site.content import client_of, somebody

pytestmark = pytest.mark.usefixtures("content")

# The pages of kinds that have rules of their own: where one is added, corrected and ended.
OWN_PAGES = {
    "old-addresses": ("record_address", "record_address", "record_address"),
    "old-codes": ("record_code", "record_code", "record_code"),
    "status-updates": ("status_add", "status_correct", "record_take_back"),
    "milestone-dates": ("milestone_add", "milestone", "record_take_back"),
    "metric-profiles": ("metric_add", "metric_card", "metric_card"),
    "targets": ("metric_target", "metric_target", "record_take_back"),
    "rebases": ("metric_rebase", "metric_rebase", "record_take_back"),
    "chart-notes": ("metric_note", "metric_note", "record_take_back"),
    "readings": ("readings_send", "readings_send", "readings_undo"),
    "metric-programmes": ("metric_links", "metric_links", "link_take_back"),
    "metric-goals": ("metric_links", "metric_links", "link_take_back"),
    "news-versions": ("news_add", "news_revise", "news_withdraw"),
}


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.slug)
def test_it_is_added_corrected_and_ended(kind):
    keeper = client_of(somebody(Role.RECORD_KEEPER, "all"))
    add = reverse("staff:record_add", args=[kind.slug])
    assert (kind.slug in OWN_PAGES) == kind.has_own_pages, "Say in OWN_PAGES which they are."
    if kind.has_own_pages:
        anybody = client_of(somebody("superuser"))
        doors = [add] + [
            reverse(f"staff:{name}", args=[kind.slug, *more])
            for name, *more in (
                ("record_correct", 1),
                ("record_end", 1),
                ("record_file",),
                ("record_template",),
            )
        ]
        assert [anybody.get(door).status_code for door in doors] == [404] * len(doors)
        assert all(_is_there(name) for name in OWN_PAGES[kind.slug])
        return
    asked = keeper.get(add, {"why": "now"}).context["form"].fields
    editor = editor_called(kind.slug)
    assert {question.column for question in editor.questions} <= asked.keys()
    row = kind.model.objects.live(Present.now(UTC)).first()
    if row is None:
        return  # No source says so of anything yet; tests/kit/test_editor.py ends a made one.
    page = keeper.get(reverse("staff:record_row", args=[kind.slug, row.pk])).context
    assert page["may_write"]
    assert page["may_take_back"]


def test_each_kind_says_what_was_first_said_and_what_became_other():
    page, chained = client_of(somebody("superuser")), set()
    for kind in kinds():
        row = kind.model.objects.live(Present.now(UTC)).exclude(reason="").first()
        if row is None:
            continue
        address = reverse("staff:record_row", args=[kind.slug, row.pk])
        said = [step for step in page.get(address).context["history"] if step.done != "Taken back"]
        newest, first = said[0], said[-1]
        assert (newest.row, newest.reason) == (row, row.reason), kind
        assert first.done == "First said", kind
        if newest is not first:
            chained.add(kind.slug)
            assert bool(newest.changes) == (newest.done in ("Corrected", "Ended")), kind
    assert chained >= {
        "memberships",
        "programme-profiles",
        "milestone-dates",
        "programme-partners",
        "metric-profiles",
    }


def test_each_kind_is_named_in_sources_by_its_own_words_and_not_by_that_of_its_table():
    found = set()
    for kind in kinds():
        row = kind.model.objects.live(Present.now(UTC)).first()
        if row is not None and not kind.words:
            assert str(kind.model._meta.verbose_name) not in Fact(row).words, kind
            assert row.published_words not in Fact(row).words, kind
            found.add(kind.slug)
    assert found >= {"programme-stages", "programme-partners", "icc-trusts"}


def test_each_kind_has_a_page_to_say_again_what_was_taken_back():
    page, found = client_of(somebody("superuser")), set()
    for kind in kinds():
        row = kind.model.objects.live(Present.now(UTC)).first() if kind.takes_back else None
        if row is not None:
            again = written_at(row)
            assert again, f"Say in WRITTEN_AT of its app where {kind.slug} are written."
            assert page.get(again, follow=True).status_code == 200, kind
            found.add(kind.slug)
    assert found >= {"milestone-dates", "status-updates", "targets", "money", "icc-profiles"}


def _is_there(name):
    for args in ([], ["x"], ["x", "x"], ["x", 1], [1], ["x", "programme", 1]):
        try:
            return reverse(f"staff:{name}", args=args)
        except NoReverseMatch:
            continue
    return ""
