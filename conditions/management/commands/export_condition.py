"""manage.py export_condition SLUG"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conditions import exchange
from conditions.models import Condition


class Command(BaseCommand):
    """Write a draft as a document that import_condition reads."""

    help = "Print the draft of a slug as a document (schema 1)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")

    def handle(self, *, slug: str, **options: Any) -> None:
        condition = Condition.objects.filter(slug=slug).first()
        if condition is None:
            raise CommandError(f"There is no draft with the address {slug}.")
        self.stdout.write(exchange.dump(condition), ending="")
