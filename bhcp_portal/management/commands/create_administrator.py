from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from partners import actions


class Command(BaseCommand):
    help = "Makes an administrator for everything, /admin/ too, and prints the link to set the account up with."

    def add_arguments(self, parser):
        parser.add_argument("email", help="the address to sign in with")
        parser.add_argument("--name", default="", help="full name; else what stands before the @")

    def handle(self, *, email, name, **options):
        email = email.strip().lower()
        name = name.strip() or email.partition("@")[0].replace(".", " ").title()
        try:
            invitation = actions.create_administrator(email=email, name=name, at=timezone.now())
        except actions.ActionError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{name} ({email}) is an administrator for all partners.")
        self.stdout.write("To set up the account, open this link within 7 days. It works once:")
        self.stdout.write(f"  {settings.SITE_URL}{invitation.get_absolute_url()}")
