"""manage.py deleterevisions, held back: as it comes it deletes the history of every draft."""

from typing import Any

from django.core.management.base import CommandError
from reversion.management.commands import deleterevisions


class Command(deleterevisions.Command):
    """Delete old revisions of drafts, only where it is said which."""

    def handle(self, *app_labels: str, **options: Any) -> None:
        if not (options.get("days") or options.get("keep")):
            raise CommandError(
                "This would delete the history of drafts. "
                "Say which part: --days=N (older than N days) or --keep=N (all but the last N)."
            )
        super().handle(*app_labels, **options)
