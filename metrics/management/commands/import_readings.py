"""Publish a file of readings: all of it or nothing, by two people."""

from datetime import UTC
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from bhcp_portal.kit.actions import ActionError
from bhcp_portal.kit.dates import Present
from bhcp_portal.kit.spreadsheets.bounds import LARGEST, TOO_LARGE, SheetError
from bhcp_portal.kit.spreadsheets.child import open_sheet
from bhcp_portal.kit.spreadsheets.remarks import remark_words
from metrics import actions, tasks
from metrics.imports.as_sent import COLUMNS
from metrics.imports.check import check_sheet
from metrics.imports.columns import SHEET
from metrics.imports.presenters import GROUPS
from metrics.models import Metric, ReadingBatch
from partners.models import User
from partners.roles import CONFIRM_READINGS, SEND_READINGS

SHOWN = 50


class Command(BaseCommand):
    help = (
        "Check a file of readings and publish it, as one person sends it and another approves it."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="a CSV file or an Excel workbook (.xlsx)")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="who sends it")
        parser.add_argument(
            "--confirmed-by", required=True, metavar="EMAIL", help="who approves it"
        )
        parser.add_argument("--dry-run", action="store_true", help="check everything, save nothing")

    def handle(self, *, file, by, confirmed_by, dry_run, **options):
        at = Present.now(UTC)
        sender = self._person(by, SEND_READINGS, "send readings")
        confirmer = self._person(confirmed_by, CONFIRM_READINGS, "approve readings")
        if sender == confirmer:
            raise CommandError("Two different people are needed: one sends, another approves.")
        try:
            if file.stat().st_size > LARGEST:
                raise CommandError(TOO_LARGE)
            content = file.read_bytes()
            checked, report, _ = check_sheet(
                open_sheet(content, SHEET, COLUMNS), by=sender, at=at, progress=self._progress
            )
        except OSError as error:
            raise CommandError(f"“{file}” can’t be read: {error.strerror}.") from None
        except SheetError as error:
            raise CommandError(str(error)) from None
        self._refuse_errors(checked.errors)
        for remark in report["remarks"]:
            self.stdout.write(remark_words(remark))
        reached = Metric.objects.accessible_to(confirmer, CONFIRM_READINGS, at)
        if missing := set(report["metrics"]) - set(reached.values_list("pk", flat=True)):
            codes = ", ".join(Metric.objects.filter(pk__in=missing).values_list("code", flat=True))
            raise CommandError(f"{confirmer} may not approve readings of {codes}.")
        if not dry_run and report["fresh"]:
            self._publish(file.name, content, sender, confirmer, at)
        counts = ", ".join(
            f"{report['counts'][key]:,} {heading.partition(':')[0].partition(',')[0].lower()}"
            for key, heading in GROUPS
            if report["counts"].get(key)
        )
        outcome = "Nothing was saved, as asked. It would be" if dry_run else "Published"
        if not report["fresh"]:
            outcome = "Nothing would change" if dry_run else "Nothing changed"
        self.stdout.write(f"{outcome}: {counts or 'no rows'}.")

    def _publish(self, name, content, sender, confirmer, at):
        try:
            with transaction.atomic():
                batch = actions.send_readings(file_name=name, content=content, by=sender, at=at)
                tasks.check_readings.call(batch.pk)
                batch = ReadingBatch.objects.get(pk=batch.pk)
                actions.import_readings(batch=batch, by=confirmer, at=at)
        except ActionError as error:
            raise CommandError(str(error)) from None

    def _refuse_errors(self, errors):
        if not errors:
            return
        lines = [str(error) for error in errors[:SHOWN]]
        if len(errors) > SHOWN:
            lines.append(f"… and {len(errors) - SHOWN:,} more.")
        raise CommandError("\n".join([*lines, f"Nothing was saved: {len(errors):,} errors."]))

    def _person(self, email, permission, may):
        person = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if person is None:
            raise CommandError(f"Nobody here has the address “{email}”.")
        if not person.has_perm(permission):
            raise CommandError(f"{person} may not {may}. A data steward may.")
        return person

    def _progress(self, done):
        self.stdout.write(f"{done:,} rows read")
