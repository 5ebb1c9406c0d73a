"""manage.py run_due [--progress]"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from reviews.mail import outbox


class Command(BaseCommand):
    """Do what is due: write letters about what happened, send them, try again what failed."""

    help = "Write and send the letters that are due. Run it every five minutes: see the README."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--progress", action="store_true", help="say what it is doing")

    def handle(self, *, progress: bool, **options: Any) -> None:
        say = self.stdout.write if progress else outbox.silent
        sent, failed = outbox.run(progress=say)
        self.stdout.write(f"{sent} letters sent, {failed} failed and will be tried again.")
