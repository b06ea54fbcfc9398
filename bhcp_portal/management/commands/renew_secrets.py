"""Encrypts second-factor secrets with SECRET_KEY of today, so that an old key can be thrown away."""

from django.core.management import BaseCommand, CommandError

from partners import actions, encryption


class Command(BaseCommand):
    help = (
        "Encrypt second-factor secrets with today's SECRET_KEY; then SECRET_KEY_FALLBACKS may go."
    )

    def handle(self, **options):
        try:
            renewed = actions.renew_secrets()
        except encryption.UnreadableError:
            raise CommandError(
                "Nothing was changed: a secret fits no key. Add the key it was made with to "
                "SECRET_KEY_FALLBACKS, or reset that person's second step."
            ) from None
        self.stdout.write(f"Second-factor secrets encrypted with today's SECRET_KEY: {renewed}.")
