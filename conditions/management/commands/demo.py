"""manage.py demo [--no-serve]"""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from conditions import demo
from conditions.demo import post


def _mail() -> str:
    folder = getattr(settings, "EMAIL_FILE_PATH", "")
    return f"none is sent; it stands here, and in {folder}" if folder else "goes by EMAIL_URL"


class Command(BaseCommand):
    """Set up a demonstration with fictional people and sample pages, and serve it.

    While it serves, it writes and sends letters itself (conditions.demo.post), which in production
    `manage.py run_due` does. They stand on the console and as files in the folder that it names.
    """

    help = "Migrate, make the sample pages, print addresses and log-ins, and serve (DEBUG only)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="set up only")

    def handle(self, *, no_serve: bool, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "The demonstration has known passwords, so it runs with DEBUG=1 only."
            )
        self.stdout.write("Database …")
        call_command("migrate", verbosity=0)
        self.stdout.write("People and pages …")
        try:
            demo.build(self.stdout.write)
        except demo.NotADemonstration as refusal:
            raise CommandError(str(refusal)) from refusal
        port = os.environ.get("PORT", "8000")
        self._print_addresses(f"http://localhost:{port}")
        if not no_serve:
            with post.sending(self.stdout.write):
                call_command("runserver", f"127.0.0.1:{port}", use_reloader=False)

    def _print_addresses(self, site: str) -> None:
        lines = [
            "",
            f"Patients:  {site}/",
            f"           {site}/conditions/borderline-personality-disorder/",
            f"Admin:     {site}/admin/",
            f"Mail:      {_mail()}",
            "",
            "Log in as:",
            *(f"  {name:<18}{password}" for name, password in demo.PASSWORDS.items()),
            "",
            "Everybody here is fictional, and no physician reviewed the samples.",
        ]
        self.stdout.write("\n".join(lines))
