"""Whether the portal is as fast with a thousand times as much: the first data beside a record made large.

The large record has 1,250 places, 1,000 programmes, 300 measures, each counted in every place, 5 million
readings and 100,000 news items beside the first data. It is written by COPY, past the triggers, which
takes minutes, and is kept in `.pg/bench/` for the next run. `SCALE=0.1` makes a tenth of the readings and
of the news.

Each page is asked of both by turns, each time after a publication, so that what else the machine does
falls on both; the median of the waits counts.

    python -m bench.scale explain      prints the plans of the ten heaviest queries of public pages there
"""

import contextlib
import csv
import io
import json
import os
import re
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import count, islice, product
from pathlib import Path
from statistics import median
from string import ascii_uppercase

from bench._page_kinds import kinds
from bench._portal import Owner, Visitor, first_data, fresh_address, portal, python
from bench.run import Figure
from bhcp_portal import database

SCALE = float(os.environ.get("SCALE", "1"))
PLACES, PROGRAMMES, MEASURES = 1_250, 1_000, 300
READINGS, NEWS = int(5_000_000 * SCALE), int(100_000 * SCALE)
MONTHS_OF_THE_WHOLE_BAY = 120
ROUNDS = 3
VERY_LONG, SECONDS_TO_ANSWER = 3.0, 90
MOST_TIMES = 2
# Of an import: 30 measures in 10 places, 120 months.
IMPORTED_MEASURES, IMPORTED_PLACES, IMPORTED_MONTHS = 30, 10, 120
SECONDS_TO_PUBLISH, MEMORY_TO_PUBLISH = 20, 300
HEAVIEST = 10
SLOW = "20ms"
# The largest of what was made, beside what the first data have of the kind.
OF_THE_LARGE = {
    "metrics:detail": "/metrics/bench-0/",
    "metrics:readings_csv": "/metrics/bench-0/readings.csv",
    "metrics:chart_svg": "/metrics/bench-0/chart.svg",
    "programmes:detail": "/programmes/bench-0/",
    "programmes:updates": "/programmes/bench-0/updates/",
    "iccs:detail": "/iccs/bench-0/",
    "news:detail": "/news/bench-0/",
    "api:metric": "/api/v1/metrics/bench-0",
    "api:readings": "/api/v1/metrics/bench-0/readings",
    "api:analysis": "/api/v1/metrics/bench-0/analysis",
    "api:programme": "/api/v1/programmes/bench-0",
    "api:icc": "/api/v1/iccs/bench-0",
    "api:news_item": "/api/v1/news/bench-0",
}


def figures():
    large, seconds = large_record()
    yield Figure(
        what=f"making {READINGS:,} readings of {MEASURES} measures in {PLACES:,} places, {PROGRAMMES:,} programmes "
        f"and {NEWS:,} news items",
        value=seconds,
        unit="s",
    )
    with (
        database.throw_away(first_data()) as small_server,
        database.throw_away(large) as large_server,
    ):
        with portal(small_server) as small, portal(large_server) as big:
            with Visitor(small.port) as visitor:
                found = kinds(small_server, lambda path: visitor.ask(path, fresh_address()))
            asked = [(str(kind), kind.path, kind.path) for kind in found]
            asked += [
                (f"{kind}, the largest of its kind", kind.path, OF_THE_LARGE[kind.name])
                for kind in found
                if kind.name in OF_THE_LARGE
            ]
            # The zip last: where it takes too long, the server goes on with it meanwhile.
            asked.sort(key=lambda each: each[1].endswith(".zip"))
            owners = Owner(small_server), Owner(large_server)
            for words, path, path_there in asked:
                yield _page(words, (small, path, owners[0]), (big, path_there, owners[1]))
        yield from _readings(small_server, large_server)
        yield Figure(what="load average of the machine", value=os.getloadavg()[0], unit="processes")


# --- Pages ----------------------------------------------------------------------------------------


def _page(words, small, large):
    """How long a page takes with both records. What takes very long is asked once."""
    waits: tuple[list[float], list[float]] = ([], [])
    answers: set[str] = set()
    while len(waits[1]) < ROUNDS and max([0.0, *waits[1]]) < VERY_LONG:
        for (web, path, owner), of_one in zip((small, large), waits, strict=True):
            owner.move_revision()
            began = time.perf_counter()
            answer = _answer(web, path)
            of_one.append(time.perf_counter() - began)
        answers.add(answer)
    told = "" if answers == {"200"} else f" (there: {', '.join(sorted(answers))})"
    return _times(f"{words}{told}", median(waits[1]), median(waits[0]))


def _answer(web, path):
    try:
        with Visitor(web.port, timeout=SECONDS_TO_ANSWER) as visitor:
            return str(visitor.ask(path, fresh_address()).status)
    except OSError:
        return f"no answer in {SECONDS_TO_ANSWER} s"


def _times(words, there, here):
    return Figure(
        what=f"at scale, {words}: {1000 * here:,.0f} ms with the first data, {1000 * there:,.0f} ms there",
        value=there / here,
        unit="×",
        at_most=MOST_TIMES,
    )


# --- Readings -------------------------------------------------------------------------------------


def _readings(small_server, large_server):
    """The check of one number, a file to fill in, and an import, in a process of its own each."""
    here, there = (
        json.loads(python(server, "-m", "bench.scale", "readings"))
        for server in (small_server, large_server)
    )
    yield _times("the check of one number", there["one"], here["one"])
    yield _times(
        f"a file to fill in for a measure in {IMPORTED_PLACES} places",
        there["template"],
        here["template"],
    )
    number = IMPORTED_MEASURES * IMPORTED_PLACES * IMPORTED_MONTHS
    yield _times(f"check and publish {number:,} readings", there["import"], here["import"])
    for which, of in (("with the first data", here), ("at scale", there)):
        words = f"check and publish {number:,} readings (300 series of {IMPORTED_MONTHS} months), {which}"
        yield Figure(what=words, value=of["import"], unit="s", at_most=SECONDS_TO_PUBLISH)
        yield Figure(
            what=f"memory of it, {which}", value=of["memory"], unit="MB", at_most=MEMORY_TO_PUBLISH
        )


def readings():
    """Print the seconds of each as JSON, and the most memory of all in MB."""
    import django

    django.setup()
    from django.db import connection
    from django.utils import timezone

    from metrics import actions, tasks
    from metrics.imports import template
    from metrics.models import BatchState, MetricProfile, ReadingBatch
    from tests.factories.iccs import icc
    from tests.factories.metrics import metric
    from tests.factories.partners import person

    sender, confirmer = (
        person(f"{name}@example.org", is_superuser=True) for name in ("sender", "confirmer")
    )
    places = [icc(f"ZZ{letter}").code for letter in ascii_uppercase[:IMPORTED_PLACES]]
    measures = [
        metric(f"import-{number}", denominator_words="all", unit="%", multiplier=100)
        for number in range(IMPORTED_MEASURES)
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")

    def checked(rows):
        out = io.StringIO(newline="")
        csv.writer(out).writerows(
            [["metric", "scope", "period", "numerator", "denominator"], *rows]
        )
        batch = actions.send_readings(
            file_name="readings.csv",
            content=out.getvalue().encode(),
            by=sender,
            at=timezone.now(),
        )
        began = time.perf_counter()
        tasks.check_readings.call(batch.pk)
        seconds = time.perf_counter() - began
        batch = ReadingBatch.objects.get(pk=batch.pk)
        assert batch.state == BatchState.CHECKED, batch.report
        return batch, seconds

    rows = [
        [measure.code, place, f"{2014 + month // 12}-{month % 12 + 1:02}-01", 10 + month, 150]
        for measure in measures
        for place in places
        for month in range(IMPORTED_MONTHS)
    ]
    one = min(checked(rows[number : number + 1])[1] for number in range(ROUNDS))
    batch, check = checked(rows)
    began = time.perf_counter()
    actions.import_readings(batch=batch, by=confirmer, at=timezone.now())
    publish = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    card = MetricProfile.objects.get(metric=measures[0])
    waits = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        _, lines = template.lines_due(measures[0], card, day=timezone.localdate())
        template.workbook(card, lines)
        waits.append(time.perf_counter() - began)
    print(
        json.dumps(
            {"one": one, "import": check + publish, "memory": memory, "template": median(waits)}
        )
    )


# --- The large record -----------------------------------------------------------------------------


def large_record() -> tuple[Path, float]:
    """The folder of a stopped server's data, and how many seconds it took to make what is in it."""
    small = first_data()
    kept = small.with_name(f"{small.name}-large-{READINGS}")
    took = kept / "seconds-to-make"
    if not took.exists():
        shutil.rmtree(kept, ignore_errors=True)
        with database.throw_away(small) as server:
            began = time.monotonic()
            _Making(Owner(server)).make()
            seconds = time.monotonic() - began
            server.stop()
            draft = kept.with_name(f"new-{os.getpid()}")
            shutil.move(server.data, draft)
            (draft / took.name).write_text(str(seconds))
            draft.rename(kept)
    return kept, float(took.read_text())


class _Making:
    """Rows like one of the first data, with some cells of their own, as many as are asked for."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        [[self.launched_at]] = owner.ask("SELECT launched_at FROM kit_launch")

    def make(self) -> None:
        # No trigger fires: what they would work out is what the rows say already.
        self.owner.ask("SET session_replication_role = replica")
        self.owner.ask("SET maintenance_work_mem = '1GB'")
        places = self._places()
        programmes = self._programmes(places)
        self._measures(places, programmes)
        self._news(places, programmes)
        self.owner.ask("SET session_replication_role = DEFAULT")
        # What lists tell of each row, which triggers would have stored.
        self.owner.ask("SELECT kit_rebuild_rows()")
        self.owner.move_revision()
        self.owner.ask("VACUUM ANALYZE")

    def _places(self) -> list[int]:
        taken = {code for (code,) in self.owner.ask("SELECT code FROM iccs_icc")}
        letters = ("".join(three) for three in product(ascii_uppercase, repeat=3))
        codes = [
            code
            for code in islice(letters, PLACES + len(taken))
            if code not in taken and not code.startswith("ZZ")
        ][: PLACES - len(taken)]
        made = self._copy(
            "iccs_icc", ("slug", "code"), ((f"bench-{n}", code) for n, code in enumerate(codes))
        )
        for table, fields, words in (
            ("iccs_iccprofile", ("name",), lambda n: (f"Community {n}",)),
            ("iccs_iccplace", ("name",), lambda n: (f"Town {n}",)),
            ("iccs_iccpractice", ("name", "ods_code"), lambda n: (f"Practice {n}", "")),
            ("iccs_icctrust", (), lambda _: ()),
            ("iccs_population", ("code",), lambda n: (f"bench-people-{n}",)),
            ("iccs_priority", ("words",), lambda n: (f"Priority {n}",)),
            ("iccs_activity", ("words",), lambda n: (f"A clinic opened in town {n}.",)),
        ):
            self._copy(
                table,
                ("icc_id", *fields),
                ((place, *words(n)) for n, place in enumerate(made)),
            )
        return [place for (place,) in self.owner.ask("SELECT id FROM iccs_icc ORDER BY id")]

    def _programmes(self, places) -> list[int]:
        partners = [row for (row,) in self.owner.ask("SELECT id FROM partners_partner ORDER BY id")]
        [[there]] = self.owner.ask("SELECT count(*) FROM programmes_programme")
        made = self._copy(
            "programmes_programme", ("slug",), ((f"bench-{n}",) for n in range(PROGRAMMES - there))
        )
        numbered = list(enumerate(made))
        self._copy(
            "programmes_programmeprofile",
            ("programme_id", "name"),
            ((programme, f"Programme {n}") for n, programme in numbered),
        )
        self._copy("programmes_programmestage", ("programme_id",), ((each,) for each in made))
        self._copy(
            "programmes_programmepartner",
            ("programme_id", "partner_id"),
            ((programme, partners[n % len(partners)]) for n, programme in numbered),
        )
        self._copy(
            "programmes_programmeicc",
            ("programme_id", "icc_id"),
            (
                (programme, places[(3 * n + which) % len(places)])
                for n, programme in numbered
                for which in range(3)
            ),
        )
        self._copy(
            "programmes_statusupdate",
            ("programme_id", "summary", *DATED),
            (
                (programme, f"How it went, part {part}.", *self._dated(n + 97 * part))
                for n, programme in numbered
                for part in range(12)
            ),
        )
        self._copy(
            "programmes_money",
            ("programme_id", "code"),
            ((programme, f"bench-{n}") for n, programme in numbered),
        )
        self._copy(
            "programmes_figure",
            ("programme_id", "code"),
            ((programme, f"bench-{n}") for n, programme in numbered),
            where="programme_id IS NOT NULL",
        )
        milestones = self._copy(
            "programmes_milestone",
            ("slug", "programme_id"),
            ((f"bench-{n}-{part}", programme) for n, programme in numbered for part in range(5)),
        )
        self._copy(
            "programmes_milestonedate",
            ("milestone_id", "title", *DATED),
            (
                (milestone, f"Milestone {n}", *self._dated(n))
                for n, milestone in enumerate(milestones)
            ),
        )
        return made

    def _measures(self, places, programmes) -> None:
        [[there]] = self.owner.ask("SELECT count(*) FROM metrics_metric")
        made = self._copy(
            "metrics_metric",
            ("slug", "code"),
            ((f"bench-{n}", f"bench-{n}") for n in range(MEASURES - there)),
        )
        self._copy(
            "metrics_metricprofile",
            ("metric_id", "name", "short_name", "subject", "main_partner_id"),
            (
                (measure, f"Measure {n}", f"Measure {n}", f"Subject {n % 20}", None)
                for n, measure in enumerate(made)
            ),
            where="uses_spc AND state = 'live' AND frequency = 'month' AND baseline_value IS NULL",
        )
        self._copy(
            "programmes_metricprogramme",
            ("metric_id", "programme_id"),
            ((made[n % len(made)], programme) for n, programme in enumerate(programmes)),
        )
        goals = [goal for (goal,) in self.owner.ask("SELECT id FROM programmes_goal ORDER BY id")]
        self._copy(
            "programmes_metricgoal",
            ("metric_id", "goal_id"),
            ((measure, goals[n % len(goals)]) for n, measure in enumerate(made)),
        )
        all_measures = [
            row for (row,) in self.owner.ask("SELECT id FROM metrics_metric ORDER BY id")
        ]
        whole_bay = self._copy(
            "metrics_series",
            ("metric_id", "icc_id", "partner_id"),
            ((measure, None, None) for measure in made),
        )
        taken = set(self.owner.ask("SELECT metric_id, icc_id FROM metrics_series"))
        local = self._copy(
            "metrics_series",
            ("metric_id", "icc_id", "partner_id"),
            (
                (measure, place, None)
                for measure, place in product(all_measures, places)
                if (measure, place) not in taken
            ),
        )
        self._copy(
            "metrics_target",
            ("series_id",),
            ((series,) for series in whole_bay),
            where="ends_on IS NULL",
        )
        self._readings(whole_bay, local)

    def _readings(self, whole_bay, local) -> None:
        last = self.launched_at.year * 12 + self.launched_at.month - 1 - 4
        cells = []
        for back in range(MONTHS_OF_THE_WHOLE_BAY):
            month, known = last - back, last - back + 2
            period = f"{month // 12}-{month % 12 + 1:02}-01"
            cells.append((period, f"{known // 12}-{known % 12 + 1:02}-15 12:00:00+00"))
        [[there]] = self.owner.ask("SELECT count(*) FROM metrics_reading")
        wanted = READINGS - there - len(whole_bay) * MONTHS_OF_THE_WHOLE_BAY
        several, more = divmod(wanted, len(local))

        def rows():
            for series in whole_bay:
                for number, (period, known) in enumerate(cells):
                    yield series, period, 700 + (series * 31 + number * 17) % 200, 1000, known
            for index, series in enumerate(local):
                for number in range(several + (index < more)):
                    period, known = cells[number]
                    yield series, period, 70 + (series * 31 + number * 17) % 20, 100, known

        with self._without_indexes("metrics_reading"):
            self._copy(
                "metrics_reading",
                ("series_id", "period", "numerator", "denominator", "published_at"),
                rows(),
                where="numerator IS NOT NULL AND NOT is_estimated",
                published_as="",
            )

    def _news(self, places, programmes) -> None:
        [[there]] = self.owner.ask("SELECT count(*) FROM newsroom_newsitem")
        made = self._copy(
            "newsroom_newsitem", ("slug",), ((f"bench-{n}",) for n in range(NEWS - there))
        )
        versions = self._copy(
            "newsroom_newsversion",
            ("item_id", "title", *DATED),
            ((item, f"News {n}", *self._dated(n)) for n, item in enumerate(made)),
            where="state = 'published'",
        )
        for table, column, of in (
            ("newsroom_newsicc", "icc_id", places),
            ("newsroom_newsprogramme", "programme_id", programmes),
        ):
            self._copy(
                table,
                ("version_id", column),
                ((version, of[n % len(of)]) for n, version in enumerate(versions)),
            )

    def _dated(self, number):
        """One of some 3,000 days before the launch, as a moment and as it was written."""
        day = (self.launched_at - timedelta(days=2 + number * 7 % 3001)).date()
        return f"{day} 12:00:00+00", str(day)

    def _copy(self, table, columns, rows, where="true", **fixed) -> list[int]:
        """Write rows like one that stands; gives their keys. ``columns`` are what differs."""
        names = [
            name
            for (name,) in self.owner.ask(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
                table,
            )
        ]
        if "here" in names:
            where += " AND superseded_at IS NULL AND taken_back_at IS NULL AND upper_inf(here)"
        cells = ", ".join(f'"{name}"::text' for name in names)
        [example, *_] = self.owner.ask(f'SELECT {cells} FROM "{table}" WHERE {where} ORDER BY id')
        like = dict(zip(names, example, strict=True)) | fixed
        [[newest]] = self.owner.ask(f'SELECT max(id) FROM "{table}"')
        keys = count(newest + 1)
        varying = ("id", *columns)
        # COPY takes its columns in any order.
        others = [name for name in names if name not in varying]
        end = "".join(f"\t{_cell(like[name])}" for name in others) + "\n"
        order = ", ".join(f'"{name}"' for name in (*varying, *others))
        lines = (
            f"{next(keys)}\t"
            + "\t".join(["\\N" if cell is None else str(cell) for cell in row])
            + end
            for row in rows
        )
        with self.owner.connection.cursor() as cursor:
            while chunk := "".join(islice(lines, 50_000)):
                cursor.copy_expert(f'COPY "{table}" ({order}) FROM STDIN', io.StringIO(chunk))
        after = next(keys)
        self.owner.ask(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM \"{table}\"))"
        )
        self.owner.ask(f'ANALYZE "{table}"')
        return list(range(newest + 1, after))

    @contextlib.contextmanager
    def _without_indexes(self, table) -> Iterator[None]:
        """A context manager: indexes and what rests on them are made again after the block, all at once."""
        constraints = self.owner.ask(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype IN ('x', 'u')",
            table,
        )
        for name, _ in constraints:
            self.owner.ask(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
        indexes = self.owner.ask(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT LIKE %s",
            table,
            "%_pkey",
        )
        for name, _ in indexes:
            self.owner.ask(f'DROP INDEX "{name}"')
        yield
        for _, definition in indexes:
            self.owner.ask(definition)
        for name, definition in constraints:
            self.owner.ask(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}')


DATED = ("published_at", "published_as")


def _cell(text):
    if text is None:
        return "\\N"
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


# --- Plans ----------------------------------------------------------------------------------------

LOGGED = re.compile(r"duration: ([\d.]+) ms  plan:\n((?:\t.*\n)+)")
NUMBERS = re.compile(r"\b\d+\b|'[^']*'")


def explain():
    """Print the plans of the heaviest queries, the longest of each kind of query."""
    large, _ = large_record()
    with (
        database.throw_away(first_data()) as server,
        portal(server) as web,
        Visitor(web.port) as one,
    ):
        found = kinds(server, lambda path: one.ask(path, fresh_address()))
        paths = [kind.path for kind in found if not kind.path.endswith(".zip")]
    with database.throw_away(large) as server:
        owner = Owner(server)
        owner.ask(f"ALTER ROLE {database.WEB} SET session_preload_libraries = 'auto_explain'")
        for name, value in (
            ("log_min_duration", SLOW),
            ("log_analyze", "on"),
            ("log_timing", "off"),
            ("log_buffers", "on"),
        ):
            owner.ask(f"ALTER ROLE {database.WEB} SET auto_explain.{name} = '{value}'")
        log = server.data / "server.log"
        asked: list[tuple[float, str, str]] = []
        # What is broken off leaves no plan.
        with portal(server, PGOPTIONS=f"-c statement_timeout={SECONDS_TO_ANSWER}s") as web:
            for path in dict.fromkeys([*paths, *OF_THE_LARGE.values()]):
                owner.move_revision()
                since = log.stat().st_size
                _answer(web, path)
                with log.open(errors="replace") as lines:
                    lines.seek(since)
                    written = lines.read()
                asked += [(float(took), path, plan) for took, plan in LOGGED.findall(written)]
    heaviest: dict[str, tuple[float, str, str]] = {}
    for each in sorted(asked, reverse=True):
        text = each[2].partition("\n")[0] if "Query Text:" in each[2] else each[2]
        heaviest.setdefault(NUMBERS.sub("?", text), each)
    for duration, path, plan in islice(heaviest.values(), HEAVIEST):
        print(f"## {duration:,.0f} ms, {path}\n\n{plan}")


if __name__ == "__main__":
    {"readings": readings, "explain": explain}[sys.argv[1]]()
