"""Write the open-data package."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from bhcp_portal.kit.kinds import tables
from bhcp_portal.package import export


class Command(BaseCommand):
    help = "Write every public table, all versions, as CSV with datapackage.json into a folder."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)

    def handle(self, *, folder, **options):
        try:
            export(folder, progress=self.stdout.write)
        except OSError as error:
            raise CommandError(
                f"Nothing was written: “{error.filename}”: {error.strerror}. "
                "Name a folder that can be written to."
            ) from error
        self.stdout.write(f"{len(tables())} tables written to {folder}.")
