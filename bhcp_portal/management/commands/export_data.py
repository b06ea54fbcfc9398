"""Write the open-data package."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from bhcp_portal.package import TABLES, export


class Command(BaseCommand):
    help = "Write every public table, all versions, as CSV with datapackage.json into a folder."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)

    def handle(self, *, folder, **options):
        if folder.exists() and not folder.is_dir():
            raise CommandError(f"“{folder}” is a file. Name a folder.")
        export(folder, tell=self.stdout.write)
        self.stdout.write(f"{len(TABLES)} tables written to {folder}.")
