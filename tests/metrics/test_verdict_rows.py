"""Rows of verdicts say what working out says, are never stale, and spare lists the readings (HOUSE 10)."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Thread
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult
from hypothesis import given, settings
from hypothesis import strategies as st

from bhcp_portal.kit import guards
from bhcp_portal.kit.actions import publish_all, take_back
from bhcp_portal.kit.audit import action
from bhcp_portal.kit.dates import end_of, london_day
from bhcp_portal.kit.launch import Launch, forget
from bhcp_portal.kit.statements import Origin
from metrics import actions, verdict_rows
from metrics.actions.verdicts import PublishedFigures
from metrics.models import (
    Metric,
    MetricProfile,
    Reading,
    Rebase,
    Series,
    Target,
    VerdictRow,
    VerdictsDue,
)
from metrics.models.frequency import next_period
from metrics.models.metric import CARD_FIELDS
from metrics.models.verdict_row import JUDGED_BY
from metrics.presenters.list import main_verdicts, shown
from metrics.verdict import judged, verdicts
from metrics.verdict_rows import MADE_BY, KeptVerdict, facts_of, verdicts_of, worked_out
from programmes.presenters.goals import came_of
from tests.clock import clock, present
from tests.factories.iccs import icc
from tests.factories.kit import run_queue, source
from tests.factories.metrics import metric, reading, readings, series, target
from tests.factories.partners import partner, person
from tests.roles import as_owner

pytestmark = pytest.mark.django_db

LAUNCH = datetime(2024, 6, 1, 9, tzinfo=UTC)
TODAY = date(2025, 3, 1)
TABLE_READ = re.compile(r'(?:FROM|JOIN) "(\w+)"')
# All that lists, cards and sentences ask of a verdict.
ANSWERS = [
    "trend",
    "trend_words",
    "trend_facts",
    "trend_kind",
    "variation",
    "variation_words",
    "assurance",
    "assurance_words",
    "target_text",
    "against_target",
    "met_words",
    "met_on_record",
    "gap",
    "gap_words",
    "progress",
    "against_year_words",
    "year_before_words",
    "freshness",
    "is_late",
    "is_over",
    "has_ended",
    "ended_on",
    "sentence",
    "scope_name",
    "limits_may_not_fit",
    "points_needed",
]
OF_A_FIGURE = [
    "trend_more",
    "latest_number",
    "unit_words",
    "latest_words",
    "facts_sentence",
    "year_sentence",
    "before_sentence",
    "whole_words",
    "segment_begins",
    "mixed_words",
]


def a_goal(direction):
    return SimpleNamespace(profile=SimpleNamespace(direction=direction))


def answers(verdict, goals):
    """What a list may show of a verdict, to be compared."""
    found = {name: getattr(verdict, name) for name in ANSWERS}
    found |= {"card": verdict.profile.pk, "series": verdict.series.pk}
    found["home"] = verdict.series.home_place
    for name in ("latest", "last_reported", "year_before"):
        point = getattr(verdict, name)
        parts = ("period", "value", "text", "words", "mark", "parts", "is_provisional", "is_hidden")
        found[name] = point and [getattr(point, part) for part in parts]
    year = verdict.against_year
    found["against_year"] = year and (year.point.period, year.way, year.is_better, year.words)
    if verdict.latest:
        is_mixed = verdict.trend == "mixed"
        found |= {
            name: getattr(verdict, name)
            for name in OF_A_FIGURE
            if is_mixed or name != "mixed_words"
        }
        found["kinds"] = [(p.label, p.kind) for p in verdict.points if p.value is not None][-24:]
    drawn = shown(verdict)
    found |= {
        name: getattr(drawn, name) for name in drawn.__dataclass_fields__ if name != "verdict"
    }
    found["goals"] = [came_of(each, verdict) for each in goals]
    return found


def compare(at, day, goals, *, filled):
    """Lists read from rows and worked out, of one moment; ``filled``: whether no row may be missing."""
    metrics = list(Metric.objects.known_at(at).order_by("pk"))
    read = {v.metric.pk: v for v in main_verdicts(metrics, at=at, day=day)}
    anew = {v.metric.pk: v for v in worked_out(metrics, at=at, day=day)}
    assert read.keys() == anew.keys()
    for key, verdict in anew.items():
        assert answers(read[key], goals) == answers(verdict, goals), (at, key)
        if filled:
            assert isinstance(read[key], KeptVerdict) == bool(verdict.series.pk)
    every = Series.objects.filter(metric__in=metrics)
    of_places = {v.series.pk: v for v in verdicts_of(every, at=at, day=day)}
    again = verdicts(every.with_readings(at), at=at, day=day, with_sources=False)
    assert of_places.keys() == {each.series.pk for each in again}
    for verdict in again:
        assert answers(of_places[verdict.series.pk], goals) == answers(verdict, goals)


def filled():
    actions.keep_verdicts_due()
    assert not VerdictsDue.objects.exists()


# -- whatever happens --------------------------------------------------------------------------------


class History:
    """A measure in three places, to which things happen."""

    def __init__(self, dice):
        self.dice, self.now = dice, LAUNCH
        self.author, self.paper = person(), source()
        self.frequency = dice.choice(["month", "month", "month", "week", "quarter", "year"])
        self.places = [None, icc("KEN"), partner("RTX")]
        self.metric = Metric.objects.create(slug="waits", code="WAITS")
        self.base = next_period(date(2024, 1, 1), self.frequency, -dice.choice([5, 16, 40, 70]))

    def begin(self):
        """What the first load brings: some of it said years ago."""
        self.card(said="2019")
        if self.dice.random() < 0.5:
            self.card(said=self.dice.choice(["2020-06", "2022"]))
        for _ in range(self.dice.randint(1, 3)):
            place = self.dice.choice(self.places)
            self.figures(self.dice.randint(3, 60), place=place)
        for step in self.dice.choices([self.target, self.rebase], k=3):
            step(said=self.dice.choice(["2020", "2021-05", "2023"]))

    def put(self, statements, said=None):
        with clock(self.now):
            publish_all((each, self.now, said or "") for each in statements)

    def words(self, said):
        if said:
            return {"origin": Origin.DOCUMENT, "source": self.paper}
        return {"author": self.author}

    def card(self, said=None):
        dice = self.dice
        place = dice.choice([None, *self.places[1:]])
        has_parts = dice.random() < 0.5
        card = MetricProfile(
            metric=self.metric,
            name="Waits",
            short_name=f"Waits {dice.randint(1, 9)}",
            why="x",
            method="x",
            unit="%" if has_parts else "people",
            denominator_words="all" if has_parts else "",
            numerator_words="seen" if has_parts else "",
            multiplier=dice.choice([1, 100]),
            decimals=dice.choice([0, 1]),
            direction=dice.choice(["increase", "decrease", "neutral"]),
            frequency=self.frequency,
            lag_days=dice.choice([10, 45]),
            uses_spc=dice.random() < 0.9,
            limits_from=dice.choice([None, None, 13]),
            state=dice.choice(["live", "live", "paused"]),
            main_icc=place if place == self.places[1] else None,
            main_partner=place if place == self.places[2] else None,
            baseline_value=dice.choice([None, Decimal(40)]),
            baseline_period=date(2020, 1, 1),
            **self.words(said),
        )
        if not said:
            card.checked_by = person()
        self.put([card], said)

    def figures(self, number=None, place=None, starts=None):
        dice = self.dice
        starts = starts or self.base
        level, step, made = dice.randint(20, 80), dice.choice([0, 0, 3, -3]), []
        of = series(self.metric, place)
        for at in range(number or dice.randint(1, 30)):
            level += dice.choice([0, 0, 0, 0, step, 15 * (dice.random() < 0.1)])
            period = next_period(starts, self.frequency, at)
            fields = {"value": Decimal(level + dice.randint(-4, 4))}
            kind = dice.random()
            if kind < 0.12:
                continue
            if kind < 0.2:
                fields = {"is_hidden": True}
            elif kind < 0.23:
                fields = {}
            elif kind < 0.5:
                fields = {"numerator": Decimal(level), "denominator": Decimal(dice.choice([0, 90]))}
            row = Reading(series=of, period=period, is_provisional=kind > 0.9, **fields)
            row.origin, row.source = Origin.DOCUMENT, self.paper
            made.append((row, None, (next_period(period, self.frequency)).isoformat()))
        with clock(self.now):
            publish_all(made)

    def correct(self):
        self.figures(starts=next_period(self.base, self.frequency, self.dice.randint(0, 60)))

    def elsewhere(self):
        starts = next_period(self.base, self.frequency, self.dice.randint(0, 80))
        self.figures(place=self.dice.choice(self.places), starts=starts)

    def target(self, said=None):
        starts = date(self.dice.choice([2015, 2022, 2024]), 1, 1)
        kind = self.dice.choice(["standard", "local_aim"])
        value = Decimal(self.dice.choice([0, 40, 60]))
        place = self.dice.choice(self.places)
        words = self.words(said) | {"kind": kind, "starts_on": starts, "words": "x"}
        row = Target(series=series(self.metric, place), value=value, **words)
        row.ends_on = self.dice.choice([None, None, date(2024, 3, 31)])
        self.put([row], said)

    def rebase(self, said=None):
        starts = next_period(self.base, self.frequency, self.dice.randint(1, 50))
        place = self.dice.choice(self.places)
        row = Rebase(
            series=series(self.metric, place),
            starts_on=starts,
            why="x",
            what_changed="x",
            decided_by="x",
            applies=self.dice.random() < 0.8,
            **self.words(said),
        )
        if not said:
            row.approved_by = person()
        self.put([row], said)

    def found_late(self):
        self.dice.choice([self.target, self.rebase, self.card])(
            said=self.dice.choice(["2021", "2025"])
        )

    def take_back(self):
        model = self.dice.choice([Reading, Reading, Target, Rebase, MetricProfile])
        keys = list(model.objects.not_taken_back().order_by("pk").values_list("pk", flat=True))
        if model is MetricProfile:
            keys = keys[1:]
        chosen = self.dice.sample(keys, min(len(keys), self.dice.choice([1, 1, 5, 40])))
        with clock(self.now):
            take_back(model.objects.filter(pk__in=chosen), reason="It was of another measure.")

    def go_on(self):
        self.now = _last_moment(self.now) + timedelta(seconds=self.dice.choice([0, 1, 90_000]))
        steps = (
            self.correct,
            self.elsewhere,
            self.target,
            self.rebase,
            self.card,
            self.found_late,
            self.take_back,
            self.take_back,
        )
        self.dice.choice(steps)()
        self.now = _last_moment(self.now)


def _last_moment(now):
    """Now, or the second to which the database put the last change."""
    found = [now]
    for model in (Reading, Target, Rebase, MetricProfile):
        for pair in model.objects.values_list("recorded_at", "taken_back_at"):
            found += [moment for moment in pair if moment]
    return max(found)


def load_is_over():
    """What is put on the record from now on is no part of the first load."""
    with as_owner() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE kit_launch SET loaded_in = 'over'")
        cursor.execute("SET LOCAL session_replication_role = origin")


@settings(max_examples=12, deadline=None)
@given(dice=st.randoms(use_true_random=False), steps=st.integers(0, 6))
def test_whatever_happens_rows_say_what_working_out_says(dice, steps):
    with transaction.atomic():
        forget()
        with clock(LAUNCH):
            Launch.objects.create(launched_at=LAUNCH, loaded_in="this transaction")
            history = History(dice)
            history.begin()
        load_is_over()
        goals = [a_goal("increase"), a_goal("decrease")]
        filled()
        moments = [present()]
        for _ in range(steps):
            history.go_on()
            moments.append(history.now)
            # Some rows are missing now, and none is stale.
            compare(present(), TODAY, goals, filled=False)
            compare(dice.choice(moments), TODAY, goals, filled=False)
            if dice.random() < 0.7:
                actions.keep_verdicts_due(at_once=dice.random() < 0.5)
        filled()
        some = VerdictRow.objects.order_by("?").values_list("begins_at", "ends_at")[:6]
        moments += [LAUNCH, LAUNCH - timedelta(seconds=1), *(m for pair in some for m in pair if m)]
        moments += [end_of(date(year, 6, 30)) for year in (2021, 2023)]
        for at in moments:
            compare(at, london_day(at), goals, filled=True)
        transaction.set_rollback(True)
    forget()


# -- what rows rest on -------------------------------------------------------------------------------


@pytest.fixture
def waits():
    """A measure with figures in two places and a target, whose rows are filled."""
    made = metric("waits", direction="decrease", uses_spc=True)
    readings(made, range(60, 90), first=date(2020, 1, 1))
    readings(made, [7, 8, 9], first=date(2020, 1, 1), scope=icc("KEN"))
    target(made, 70)
    filled()
    return made


def rows():
    return list(VerdictRow.objects.order_by("begins_at", "pk").values_list("pk", "ends_at"))


def test_every_table_that_rows_are_worked_out_from_forgets_them(waits):
    with CaptureQueriesContext(connection) as asked:
        actions.keep_verdicts(metric=waits.pk, anew=True)
    read = {table for each in asked for table in TABLE_READ.findall(each["sql"])}
    assert {"metrics_reading", "metrics_metricprofile", "iccs_icc"} <= read
    forgets = {table for table, name in guards.names() if name.startswith("kit_forget_verdictrow")}
    fixed = {table for table, name in guards.names() if name == "kit_fixed"}
    assert "metrics_series" in fixed
    own = {"metrics_verdictrow", "metrics_verdictsdue"}
    assert read - own - {"metrics_series"} == forgets


def test_what_a_list_reads_only_where_a_row_is_missing_forgets_rows_too(waits):
    def read(ask):
        with CaptureQueriesContext(connection) as asked:
            ask([waits], at=present(), day=TODAY)
        return {table for each in asked for table in TABLE_READ.findall(each["sql"])}

    forgets = {table for table, name in guards.names() if name.startswith("kit_forget_verdictrow")}
    # No list shows the notes on a chart.
    assert read(worked_out) - read(main_verdicts) - {"metrics_chartnote"} <= forgets
    assert "metrics_reading" not in read(main_verdicts)


def test_of_a_card_only_what_decides_changes_what_is_kept(waits):
    published = PublishedFigures(waits.pk)
    [card] = [card for *_, card in published.cards]
    main = next(iter(published.series.values()))
    stood = [[each for *_, each in of[main.pk]] for of in (published.readings, published.targets)]
    other = {
        "direction": "increase",
        "multiplier": 100,
        "uses_spc": False,
        "limits_from": 13,
        "frequency": "quarter",
    }

    def facts(**changes):
        changed = MetricProfile.objects.get(pk=card.pk)
        for name, value in changes.items():
            setattr(changed, name, value)
        return facts_of(judged(main, changed, *stood, []))

    for name in CARD_FIELDS:
        value = other.get(name)
        if value is None:
            field = MetricProfile._meta.get_field(name)
            values = {
                "CharField": "x",
                "TextField": "x",
                "DateField": TODAY,
                "DecimalField": Decimal(3),
            }
            value = values.get(field.get_internal_type(), 3)
        is_other = facts(**{name: value}) != facts()
        assert not is_other or name in JUDGED_BY, name


def test_a_renamed_card_rewrites_nothing_and_its_new_name_is_read(waits):
    before = rows()
    metric("waits", published="2022", name="Long waits", short_name="Long waits")
    assert not VerdictsDue.objects.exists()
    [verdict] = main_verdicts([waits], at=present(), day=TODAY)
    assert isinstance(verdict, KeptVerdict)
    assert verdict.profile.short_name == "Long waits"
    filled()
    assert rows() == before
    metric("waits", published="2023", direction="increase")
    assert VerdictsDue.objects.exists()


def test_one_more_figure_leaves_the_rows_of_the_past_as_they_were(waits):
    before = rows()
    reading(waits, 3, period=date(2022, 7, 1), published="2022-09-05")
    filled()
    kept = dict(rows())
    assert {key for key, end in before if end} <= kept.keys()
    assert len(kept) == len(before) + 1


def test_another_code_of_a_place_puts_the_series_in_turn_anew():
    made = metric("waits")
    places = [icc("KEN"), icc("LAN")]
    for place in places:
        readings(made, [1, 2, 3], scope=place)
    filled()
    [verdict] = main_verdicts([made], at=present(), day=TODAY)
    assert verdict.series.icc == places[0]
    with as_owner() as cursor:
        cursor.execute("ALTER TABLE iccs_icc DISABLE TRIGGER kit_code")
        cursor.execute("UPDATE iccs_icc SET code = 'ZZZ' WHERE code = 'KEN'")
    for _ in range(2):
        [verdict] = main_verdicts([made], at=present(), day=TODAY)
        assert verdict.series.icc == places[1]
        filled()


def _texts(facts):
    """All texts in what is kept, without the names of its parts."""
    if isinstance(facts, dict | list):
        for each in facts.values() if isinstance(facts, dict) else facts:
            yield from _texts(each)
    elif isinstance(facts, str):
        yield facts


def test_rows_hold_codes_and_numbers_alone_so_a_redaction_leaves_them_as_they_are(waits):
    facts = list(VerdictRow.objects.order_by("pk").values_list("facts", flat=True))
    code = r"[-+.HLUIDhlab]*|\d{4}-\d\d-\d\d|-?[\d.]+|[a-z_]+"
    assert [word for word in _texts(facts) if not re.fullmatch(code, word)] == []
    with as_owner() as cursor:
        # Digits that look like something of the facts.
        cursor.execute("SELECT * FROM kit_redact_words('2020-01', 'Ann', 'A telephone number')")
    assert list(VerdictRow.objects.order_by("pk").values_list("facts", flat=True)) == facts


@pytest.mark.parametrize(
    "command",
    [
        "UPDATE metrics_verdictrow SET facts = '{}'",
        "DELETE FROM metrics_verdictrow",
        "INSERT INTO metrics_verdictsdue (metric_id, moments) SELECT id, '{}' FROM metrics_metric",
        "DELETE FROM metrics_verdictsdue",
    ],
)
def test_the_webs_role_writes_no_row_itself(waits, command):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(command)


def test_rows_that_other_code_worked_out_count_as_none(waits, monkeypatch):
    monkeypatch.setattr(verdict_rows, "MADE_BY", MADE_BY + 1)
    [verdict] = main_verdicts([waits], at=present(), day=TODAY)
    assert not isinstance(verdict, KeptVerdict)
    monkeypatch.setattr("metrics.actions.verdicts.MADE_BY", MADE_BY + 1)
    filled()
    [verdict] = main_verdicts([waits], at=present(), day=TODAY)
    assert isinstance(verdict, KeptVerdict)


# -- who fills them ----------------------------------------------------------------------------------


def test_an_action_fills_what_it_left_out_once_it_is_committed(
    waits, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True), action("readings.published"):
        reading(waits, 1, period=date(2022, 7, 1), published="2022-09")
        assert VerdictsDue.objects.exists()
    assert not VerdictsDue.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_what_is_much_is_left_to_the_worker(django_capture_on_commit_callbacks, monkeypatch):
    monkeypatch.setattr("metrics.actions.verdicts.AT_ONCE", 2)
    made = metric("waits")
    with django_capture_on_commit_callbacks(execute=True), action("readings.published"):
        for code in ("KEN", "LAN", "MOR"):
            reading(made, 5, scope=icc(code))
    [verdict] = main_verdicts([made], at=present(), day=TODAY)
    assert not isinstance(verdict, KeptVerdict)
    run_queue()
    assert not VerdictsDue.objects.exists()
    assert VerdictRow.objects.filter(ends_at=None).count() == 3


def test_rebuild_makes_all_rows_anew(waits, capsys):
    def kept():
        names = ("metric", "series", "begins_at", "ends_at", "is_main", "newest_reading", "facts")
        return list(VerdictRow.objects.order_by("begins_at", "series").values_list(*names))

    before, keys = kept(), rows()
    call_command("rebuild")
    assert f"{len(before):,} rows of verdicts" in capsys.readouterr().out
    assert kept() == before
    assert not {key for key, _ in rows()} & {key for key, _ in keys}


def test_a_list_of_nineteen_measures_reads_rows_and_no_readings(client):
    for number in range(19):
        readings(metric(f"m-{number}"), range(30))
    filled()
    for path in ("/", "/metrics/", "/metrics/?as-at=2026-01-31"):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        read = {table for each in asked for table in TABLE_READ.findall(each["sql"])}
        assert "metrics_verdictrow" in read
        assert "metrics_reading" not in read


@pytest.mark.parametrize("place", [icc, partner])
def test_the_pages_of_places_read_rows(client, place):
    made, here = metric("waits"), place("KEN")
    readings(made, range(30), scope=here)
    readings(made, [1], scope=icc("LAN"))
    filled()
    found = verdicts_of(here.series.all(), at=present(), day=TODAY)
    assert [type(each) for each in found] == [KeptVerdict]
    reading(made, 5, scope=icc("MOR") if place is partner else partner("RTX"))
    # Which is the main one may have changed, so the measure's rows are not whole.
    [again] = verdicts_of(here.series.all(), at=present(), day=TODAY)
    assert (type(again), again.latest.value) == (verdict_rows.Verdict, found[0].latest.value)


# -- at the same time --------------------------------------------------------------------------------


def _apart(act):
    """Runs it with a connection of its own; gives the thread and where its error is put."""
    errors = []

    def run():
        try:
            act()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    return thread, errors


def test_of_what_is_little_the_present_is_filled_at_once_and_the_past_by_the_worker(
    django_capture_on_commit_callbacks,
):
    with django_capture_on_commit_callbacks(execute=True), action("readings.published"):
        readings(metric("waits"), range(30))
    assert VerdictRow.objects.count() == 1
    assert VerdictsDue.objects.exists()
    run_queue()
    assert VerdictRow.objects.count() == 31
    assert not VerdictsDue.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_fills_waits_for_who_publishes_and_reads_after_the_commit():
    made = metric("waits")
    readings(made, [5, 6, 7])
    with transaction.atomic():
        reading(made, 99, period=date(2024, 4, 1))
        filling, errors = _apart(lambda: actions.keep_verdicts(metric=made.pk))
        filling.join(timeout=1)
        assert filling.is_alive()
    filling.join(timeout=30)
    assert (filling.is_alive(), errors) == (False, [])
    [verdict] = main_verdicts([made], at=present(), day=TODAY)
    assert isinstance(verdict, KeptVerdict)
    assert verdict.latest.value == 99


@pytest.mark.django_db(transaction=True)
def test_who_publishes_while_rows_are_filled_forgets_them_after_that():
    made = metric("waits")
    readings(made, [5, 6, 7])
    with transaction.atomic():
        actions.keep_verdicts(metric=made.pk)
        publishing, errors = _apart(lambda: reading(made, 99, period=date(2024, 4, 1)))
        publishing.join(timeout=1)
        assert publishing.is_alive()
    publishing.join(timeout=30)
    assert (publishing.is_alive(), errors) == (False, [])
    [verdict] = main_verdicts([made], at=present(), day=TODAY)
    assert verdict.latest.value == 99
    assert not isinstance(verdict, KeptVerdict)


@pytest.mark.django_db(transaction=True)
def test_two_who_publish_figures_of_one_measure_do_not_wait_for_each_other():
    made, kendal = metric("waits"), icc("KEN")
    readings(made, [1, 2], first=date(2023, 1, 1))
    readings(made, [3], first=date(2023, 1, 1), scope=kendal)
    filled()
    with transaction.atomic():
        reading(made, 5)
        other, errors = _apart(lambda: reading(made, 6, scope=kendal, period=date(2024, 2, 1)))
        other.join(timeout=10)
        assert (other.is_alive(), errors) == (False, [])
        # Nor does who fills at once: the worker does it later.
        filling, errors = _apart(lambda: actions.keep_verdicts_due(at_once=True))
        filling.join(timeout=10)
        assert (filling.is_alive(), errors) == (False, [])
    assert actions.keep_verdicts_due() is False
