"""manage.py import_condition FILE.json … --by USERNAME"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from conditions import exchange


class Command(BaseCommand):
    """Replace the whole draft of each document's slug, or make it."""

    help = (
        "Read documents into the drafts of their slugs. A faulty file changes nothing; the others "
        "are imported all the same, each by itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="who answers for it")

    def handle(self, *, files: list[Path], by: str, **options: Any) -> None:
        editor = User.objects.filter(username=by, is_active=True).first()
        if editor is None or not editor.has_perm("conditions.change_condition"):
            raise CommandError(f"{by} is not an active user who may edit conditions.")
        refused = []
        for number, file in enumerate(files, 1):
            if len(files) > 1:
                self.stdout.write(f"{number} of {len(files)}: {file.name}")
            try:
                self.load(file, editor)
            except CommandError as fault:
                refused.append(str(fault))
                if len(files) > 1:
                    self.stderr.write(str(fault))
        if len(files) > 1:
            told = f"{len(files) - len(refused)} of {len(files)} files were imported"
            if refused:
                raise CommandError(f"{told}; what is wrong with the others stands above.")
            self.stdout.write(f"{told}.")
        elif refused:
            raise CommandError(refused[0])

    def load(self, file: Path, editor: User) -> None:
        """Import one file. Raises CommandError, having changed nothing."""
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
        with file.open("rb") as opened:
            # No more than shows that it is too long.
            content = opened.read(exchange.MAXIMUM_BYTES + 1)
        return exchange.read(file.name, content)
    except OSError as fault:
        raise CommandError(f"{file.name} cannot be read: {fault.strerror}.") from fault
    except exchange.Unreadable as fault:
        raise CommandError(str(fault)) from fault


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)
