"""manage.py verify_record"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from reviews.evidence import audit


class Command(BaseCommand):
    """Recompute the whole record and name the first row that does not hold."""

    help = "Recompute chain, digests, sign-offs and listing. Exit 0 if all holds, 1 if not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head",
            metavar="SEQ:HASH",
            default="",
            help="a head that an earlier run printed and that was kept outside the database",
        )

    def handle(self, *, head: str, **options: Any) -> None:
        fault = next(audit.faults(head), None)
        if fault is not None:
            self.stderr.write(f"DOES NOT HOLD  {fault}")
            sys.exit(1)
        seq, last = audit.head()
        self.stdout.write(f"The record holds: {seq} events. Head {seq}:{last}")
