"""How long an import of 36,000 readings takes: 12 ICCs × 50 metrics × 60 months.

They are checked, previewed and applied, from CSV and from Excel.
"""

import csv
import io
import os
import resource
import subprocess
import sys
import time

from bench.run import Figure

METRICS, MONTHS = 50, 60
CHECKED_WITHIN, APPLIED_WITHIN, MEMORY = 15, 5, 300
HEADER = "metric,scope,period,numerator,denominator,value,provisional,published_at,reason,hidden,note,source"


def figures():
    """The figures for each kind of file.

    Each is measured in a process of its own, because the memory used is one of the figures.
    """
    from bhcp_portal import database, env
    from tests.database_plugin import migrated_data

    env.fill_in_secret_key()
    made = []
    for kind in ("csv", "xlsx"):
        with database.throw_away(migrated_data()) as server:
            given = os.environ | {
                "DATABASE_URL": server.url(database.WEB),
                "DJANGO_SETTINGS_MODULE": "bhcp_portal.settings",
            }
            done = subprocess.run(
                [sys.executable, "-m", "bench.readings", kind],
                env=given,
                check=True,
                capture_output=True,
                text=True,
            )
        check, apply, again, memory = map(float, done.stdout.split())
        of = f"36,000 readings from {kind.upper()}"
        made += [
            Figure(what=f"check and preview {of}", value=check, unit="s", at_most=CHECKED_WITHIN),
            Figure(what=f"apply {of}", value=apply, unit="s", at_most=APPLIED_WITHIN),
            Figure(
                what=f"check {of} again, all there", value=again, unit="s", at_most=CHECKED_WITHIN
            ),
            Figure(what=f"memory, {of}", value=memory, unit="MB", at_most=MEMORY),
        ]
    return made


def measure(kind):
    """Print the seconds to check, to apply and to check again, and the most memory used, in MB."""
    import django

    django.setup()
    from django.utils import timezone

    from metrics import actions, tasks
    from metrics.models import BatchState, Reading, ReadingBatch

    sender, confirmer = _people()
    content = _file(kind, _scopes(), _metrics())

    def checked():
        batch = actions.send_readings(
            file_name=f"readings.{kind}", content=content, by=sender, at=timezone.now()
        )
        began = time.perf_counter()
        tasks.check_readings.call(batch.pk)
        return ReadingBatch.objects.get(pk=batch.pk), time.perf_counter() - began

    batch, check = checked()
    assert batch.state == BatchState.CHECKED, batch.report
    began = time.perf_counter()
    actions.import_readings(batch=batch, by=confirmer, at=timezone.now())
    apply = time.perf_counter() - began
    assert Reading.objects.count() == 12 * METRICS * MONTHS
    again, second = checked()
    assert again.report["counts"] == {"unchanged": 12 * METRICS * MONTHS}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(check, apply, second, memory)


def _people():
    from tests.factories.partners import person

    return person("sender@example.org", is_superuser=True), person("confirmer@example.org")


def _scopes():
    from tests.factories.iccs import icc

    return [icc(f"IC{chr(65 + number)}").code for number in range(12)]


def _metrics():
    from tests.factories.metrics import metric

    return [
        metric(f"m-{number}", denominator_words="all", unit="%", multiplier=100).code
        for number in range(METRICS)
    ]


def _file(kind, scopes, metrics):
    rows = [
        [metric, scope, f"{2020 + month // 12}-{month % 12 + 1:02}-01", 10 + month, 90 + month]
        for metric in metrics
        for scope in scopes
        for month in range(MONTHS)
    ]
    lines = [HEADER.split(","), *([*row, "", "no", "", "", "", "", ""] for row in rows)]
    if kind == "csv":
        out = io.StringIO(newline="")
        csv.writer(out).writerows(lines)
        return out.getvalue().encode()
    return _workbook(lines)


def _workbook(lines):
    # Written by a process of its own: the memory that it takes is not the portal's.
    code = (
        "import json, sys, openpyxl; book = openpyxl.Workbook(write_only=True); "
        "sheet = book.create_sheet('readings'); [sheet.append(line) for line in json.load(sys.stdin)]; "
        "book.save(sys.stdout.buffer)"
    )
    import json

    made = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(lines).encode(),
        capture_output=True,
        check=True,
    )
    return made.stdout


if __name__ == "__main__":
    measure(sys.argv[1])
