"""manage.py import_condition FILE.json --by USERNAME"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from conditions import exchange

# The longest file that is read: a page's fields at their maxima are far below.
MAXIMUM_BYTES = 4 * 1024 * 1024


class Command(BaseCommand):
    """Replace the whole draft of a document's slug, or make it."""

    help = "Read a document (schema 1) into the draft of its slug. Changes nothing if it is faulty."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, metavar="USERNAME", help="who answers for it")

    def handle(self, *, file: Path, by: str, **options: Any) -> None:
        editor = User.objects.filter(username=by, is_active=True).first()
        if editor is None or not editor.has_perm("conditions.change_condition"):
            raise CommandError(f"{by} is not an active user who may edit conditions.")
        try:
            condition, changes = exchange.load(_read(file), by=editor)
        except exchange.ImportRefused as refusal:
            raise CommandError(f"{file.name} was not imported:\n{refusal}") from refusal
        for change in changes:
            self.stdout.write(f"changed {change.path}: {_shown(change.before)}")
            self.stdout.write(f"     to {change.path}: {_shown(change.after)}")
            for said in change.said:
                self.stdout.write(f"        {change.path}: {said}")
        self.stdout.write(f"Imported the draft “{condition}” ({condition.slug}).")


def _read(file: Path) -> Any:
    try:
        if file.stat().st_size > MAXIMUM_BYTES:
            raise CommandError(f"{file.name} is larger than {MAXIMUM_BYTES} bytes.")
        return json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_unique)
    except OSError as fault:
        raise CommandError(f"{file.name} cannot be read: {fault.strerror}.") from fault
    except UnicodeDecodeError as fault:
        raise CommandError(f"{file.name} is not UTF-8 (byte {fault.start}).") from fault
    except (ValueError, RecursionError) as fault:
        raise CommandError(f"{file.name} is not a JSON document: {fault}.") from fault


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose key stands twice is refused: readers differ about which one counts."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key “{key}” stands twice in one object")
        found[key] = value
    return found


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)
