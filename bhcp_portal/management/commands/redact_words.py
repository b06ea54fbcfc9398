"""Removes words from everywhere in the database, run as its owner."""

from django.core.management import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from bhcp_portal.kit import redaction
from partners.actions import record_security_event
from partners.models import SecurityEvent


class Command(BaseCommand):
    help = "Remove words from every table, history and file of the database; connects as its owner."

    def add_arguments(self, parser):
        parser.add_argument("words", help="the words, as they are written")
        parser.add_argument("--by", required=True, help="who removes them")
        parser.add_argument("--reason", required=True, help="why; everybody can read it")
        parser.add_argument("--dry-run", action="store_true", help="say where they are, and stop")

    def handle(self, *, words, by, reason, dry_run, **options):
        try:
            with transaction.atomic():
                reached = redaction.redact_words(words, by=by, reason=reason, is_rehearsal=dry_run)
                rows = sum(there for _, there in reached)
                if not dry_run:
                    record_security_event(
                        what=SecurityEvent.What.REDACTED,
                        at=timezone.now(),
                        details=f"Everywhere, in {rows} rows, by {by} on the server. Why: {reason}",
                    )
        except ValueError as error:
            raise CommandError(str(error)) from None
        for table, there in reached:
            self.stdout.write(f"{table}: {there}")
        self.stdout.write(f"Rows {'that hold them' if dry_run else 'cleaned'}: {rows}.")
        if not dry_run:
            self.stdout.write(
                "Everybody was signed out and the cache emptied. docs/security.md says what this "
                "does not reach: backups, logs, mails, and others’ copies."
            )
