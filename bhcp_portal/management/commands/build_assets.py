from django.core.management.base import BaseCommand, CommandError

from bhcp_portal import assets


class Command(BaseCommand):
    help = "Makes static_built/ of the design system that npm installed, if that changed."
    requires_system_checks = ()

    def handle(self, **options):
        try:
            made = assets.build()
        except assets.AssetError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Made static_built/." if made else "static_built/ is up to date.")
