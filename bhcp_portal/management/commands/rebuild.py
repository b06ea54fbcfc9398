"""Make the read models anew from the record."""

from django.core.management.base import BaseCommand

from bhcp_portal.kit.read_models import read_models


class Command(BaseCommand):
    help = (
        "Make all rows again that hold what was worked out once, such as verdicts. Nothing of the "
        "record changes, and pages go on meanwhile."
    )

    def handle(self, **options):
        made = [f"{each.rebuild(self.stdout.write):,} {each.rows}" for each in read_models()]
        self.stdout.write(f"Made again: {', '.join(made)}.")
