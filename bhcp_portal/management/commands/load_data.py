"""Load an open-data package: all of it or nothing."""

from datetime import UTC
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from bhcp_portal.kit.dates import Present
from bhcp_portal.package import PackageError, load

SHOWN = 50


class Command(BaseCommand):
    help = "Load a folder of tables (see export_data). Loading the same twice changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check everything, save nothing")

    def handle(self, *, folder, dry_run, **options):
        if not folder.is_dir():
            raise CommandError(f"There is no folder “{folder}”. Name one that holds the tables.")
        if not any(folder.glob("*.csv")):
            raise CommandError(f"“{folder}” holds no table. Name a folder with CSV files.")
        try:
            loaded = load(folder, at=Present.now(UTC), dry_run=dry_run, progress=self.stdout.write)
        except PackageError as refused:
            lines = [str(error) for error in refused.errors[:SHOWN]]
            more = len(refused.errors) - SHOWN
            if more > 0:
                lines.append(f"… and {more} more.")
            raise CommandError("\n".join([*lines, str(refused)])) from None
        if not dry_run:
            # Without this the database would plan its first queries as if the tables were empty.
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        counts = ", ".join(
            f"{loaded.total(outcome)} {outcome}"
            for outcome in ("new", "changed", "mended", "unchanged")
        )
        outcome = "Nothing was saved, as asked. It would be" if dry_run else "Loaded"
        self.stdout.write(f"{outcome}: {counts}.")
