"""manage.py run_due"""

from typing import Any

from django.core.management.base import BaseCommand

from reviews.mail import outbox


class Command(BaseCommand):
    """Do what is due: write letters about what happened, send them, try again what failed."""

    help = "Write and send the letters that are due. Run it every minute, by cron or a timer."

    def handle(self, **options: Any) -> None:
        sent, failed = outbox.run()
        self.stdout.write(f"{sent} letters sent, {failed} failed and will be tried again.")
