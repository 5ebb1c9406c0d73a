"""manage.py rebuild_lists"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from reviews.evidence import ahead, audit, chain, listing
from reviews.models import Subject


class Command(BaseCommand):
    """Write the lists afresh from the evidence, if the evidence holds."""

    help = "Write the lists (A to Z, sitemap, feed, search, drafts ahead) afresh."

    def handle(self, **options: Any) -> None:
        """Raises CommandError, and writes nothing, where something else does not hold: the lists
        may be what still shows it."""
        with transaction.atomic():
            chain.lock()
            # All of them: a cursor left open here could not be closed after the rollback.
            lists = ("Listing of ", "DraftAhead of ")
            broken = [one for one in audit.faults() if not one.startswith(lists)]
            if broken:
                raise CommandError(f"DOES NOT HOLD  {broken[0]}. Nothing was rebuilt.")
            for subject in Subject.objects.iterator():
                listing.rebuild(subject)
                ahead.rebuild(subject)
        self.stdout.write("The lists say what the sign-offs and the drafts say.")
