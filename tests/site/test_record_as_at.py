"""Whatever the editor adds, corrects, ends and takes back: a day that is over goes on showing what it showed."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.forms import ChoiceField

from bhcp_portal.kit.actions import IncompleteError, seen_token
from bhcp_portal.kit.dates import Present, end_of, london_day
from bhcp_portal.kit.editor import actions
from bhcp_portal.kit.editor.editors import editors
from bhcp_portal.kit.editor.forms import row_cells
from bhcp_portal.kit.editor.proposal import Act, ProposedRow, Why, grounds_for
from bhcp_portal.kit.sources import Source
from bhcp_portal.kit.tables import RECORD_NAMES, ReferenceField
from tests.clock import clock
from tests.factories.partners import person

pytestmark = pytest.mark.usefixtures("content")

# With another seed it is another history.
SEED = 1
DAYS, ACTS_A_DAY = 4, 15


def _named(editor):
    """The columns of text that make a row of another matter."""
    return [
        column.name
        for column in editor.table.columns
        if (column.attribute or column.name) in editor.table.model.identity_fields
        and not isinstance(column.field, ReferenceField | ChoiceField)
    ]


class Walk:
    """A random history of every kind that has an editor, on days that follow each other."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.ann, self.bob = person(), person()
        self.now = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
        self.papers = list(
            Source.objects.known_at(Present.now(UTC)).values_list("slug", flat=True)[:20]
        )
        self.done, self.touched = Counter(), {}
        self.turns = []

    def act(self):
        """One act on a row of one kind; each kind gets its turn."""
        if not self.turns:
            self.turns = self.random.sample(editors(), len(editors()))
        editor = self.turns.pop()
        rows = list(editor.table.model.objects.live(Present.now(UTC)).order_by("pk")[:40])
        if not rows:
            return
        # What was touched once is touched again, since a matter with a history is the hard case.
        again = [row for row in rows if row.pk in self.touched.get(editor.slug, ())]
        row = self.random.choice(again if again and self.random.random() < 0.6 else rows)
        acts = ["correct", "correct", "take back", *["add", "add"] * bool(_named(editor))]
        act = self.random.choice(acts + ["end", "end", "end"] * bool(editor.ends))
        self.now += timedelta(minutes=7)
        with clock(self.now):
            try:
                made = getattr(self, f"_{act.replace(' ', '_')}")(editor, row)
            except IncompleteError:
                return
        if made is not None:
            self.touched.setdefault(editor.slug, set()).update([row.pk, *made])
            self.done[act] += 1

    def _add(self, editor, row):
        """The same of another matter, where some text of it says what it is about."""
        cells = self._cells(editor, row)
        named = _named(editor)
        for name in named:
            cells[name] = f"{cells[name][:40]} {self.random.randrange(10**6)}".replace(
                " ", "-" if name == "code" else " "
            )
        return (
            self._published(editor, Act.ADD, cells, self._ground(grounds_for())) if named else None
        )

    def _correct(self, editor, row):
        grounds = grounds_for(row)
        if not grounds:
            return None
        cells = self._cells(editor, row) | {"note": f"Note {self.random.randrange(10**6)}"}
        return self._published(editor, Act.CORRECT, cells, self._ground(grounds), row)

    def _end(self, editor, row):
        day = london_day(self.now) + timedelta(days=self.random.randrange(-900, 90))
        cells = self._cells(editor, row) | {editor.ends: day.isoformat()}
        return self._published(editor, Act.END, cells, self._ground(grounds_for()), row)

    def _take_back(self, editor, row):
        how = {"kind": editor.kind, "row": row, "reason": "By mistake", "at": self.now}
        taken = actions.take_back_at_once(by=self.ann, **how)
        if self.random.random() < 0.3:
            seen = taken.done_at_once.seen
            again = {"agrees": False, "remarks": "It was right", "by": self.bob, "at": self.now}
            actions.review(proposal=taken, seen=seen, **again)
            self.done["publish anew"] += 1
        return []

    def _ground(self, grounds):
        return self.random.choice(grounds)

    def _cells(self, editor, row):
        cells = row_cells(editor, row)
        for name in (*RECORD_NAMES, "made"):
            del cells[name]
        return cells | {"reason": "A walk"}

    def _published(self, editor, act, cells, why, row=None):
        """What is proposed by one person and approved by another, as their pages do it."""
        if why == Why.DOCUMENT:
            year = self.random.choice(["2016", "2018-06", "2020-02-29", "2024"])
            cells |= {"source": self.random.choice(self.papers), "published_at": year}
        proposed = ProposedRow(editor.slug, act, cells, why, row and row.pk)
        title = f"{act} {self.random.random()}"
        draft = actions.begin(rows=[proposed], title=title, by=self.ann, at=self.now)
        sent = actions.send(proposal=draft, seen=seen_token(draft), by=self.ann, at=self.now)
        made = actions.approve(proposal=sent, seen=seen_token(sent), by=self.bob, at=self.now)
        self.done[why] += 1
        return [each.pk for each in made]

    def shown(self, at):
        """Which rows of each kind stand at a moment, and what those say that were touched."""
        found = {}
        for editor in editors():
            live = editor.table.model.objects.live(at)
            touched = live.filter(pk__in=self.touched.get(editor.slug, ())).order_by("pk")
            found[editor.slug] = (
                set(live.values_list("pk", flat=True)),
                [self._cells(editor, row) for row in touched],
            )
        return found


def test_a_day_that_is_over_goes_on_showing_what_it_showed():
    walk = Walk(SEED)
    before = walk.shown(Present.now(UTC))
    showed = {}
    for _ in range(DAYS):
        walk.now = walk.now.replace(hour=12, minute=0) + timedelta(days=1)
        for _ in range(ACTS_A_DAY):
            walk.act()
        showed[london_day(walk.now)] = walk.shown(Present.now(UTC))
    assert all(walk.done[act] > 2 for act in ("add", "correct", "end", "take back")), walk.done
    assert all(walk.done[why] > 2 for why in (Why.SLIP, Why.DOCUMENT, Why.NOW)), walk.done
    # Rows that came later are not among those of a day, and what it showed is there to the letter.
    for day, then in showed.items():
        now = walk.shown(end_of(day))
        for kind, (rows, cells) in then.items():
            assert now[kind][0] == rows, (day, kind)
            assert [each for each in cells if each not in now[kind][1]] == [], (day, kind)
    assert any(before[kind][0] != then[kind][0] for then in showed.values() for kind in before)
