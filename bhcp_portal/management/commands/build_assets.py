from django.core.management.base import BaseCommand, CommandError

from bhcp_portal import assets


class Command(BaseCommand):
    help = "Makes static_built/ of the design system that npm installed, if that changed."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument(
            "--collect",
            action="store_true",
            help="also put all static files, compressed, where the server takes them from",
        )

    def handle(self, **options):
        try:
            made = assets.build()
        except assets.AssetError as error:
            raise CommandError(str(error)) from error
        if options["collect"] and not assets.is_collected():
            assets.collect()
            made = True
        self.stdout.write("Built the static files." if made else "The static files are up to date.")
