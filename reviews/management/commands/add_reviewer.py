"""manage.py add_reviewer"""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction
from django.utils.text import slugify

from reviews import workflow
from reviews.mail import links, outbox
from reviews.models import License, Reviewer

# What is asked for, by the option's name: an account's, a profile's, a license's.
ACCOUNT = {
    "email": "Mail address",
    "first_name": "First name",
    "last_name": "Last name",
}
PROFILE = {
    "printed_name": "Name as printed under a page, without credentials",
    "credentials": "Credentials (MD, DO …)",
    "relationship": "What this physician is to the clinic, as a sentence for patients",
}
LICENSE = {
    "state": "License: the state in full",
    "number": "License: its number",
    "expires_on": "License: its last day (YYYY-MM-DD)",
}


class Command(BaseCommand):
    """Make somebody a reviewer, at once: whoever has the server needs nobody's confirmation."""

    help = (
        "Make somebody a physician who can sign: account, profile and license, which count at "
        "once. Asks for what no option gives. For somebody who has all this already, it confirms "
        "whatever about them waits for a confirmation or was objected to."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", nargs="?", default="")
        for name, asked in {**ACCOUNT, **PROFILE, **LICENSE}.items():
            parser.add_argument(f"--{name.replace('_', '-')}", default="", help=asked)

    def handle(self, *, username: str, **options: Any) -> None:
        username = username or self._ask("User name", "")
        user = User.objects.filter(username=username).first()
        reviewer = Reviewer.objects.filter(user=user).first() if user else None
        try:
            with transaction.atomic():
                user = self._account(username, user, options)
                if reviewer is None:
                    reviewer = self._profile(user, options)
        except ValidationError as fault:
            raise CommandError(" ".join(fault.messages)) from fault
        confirmed = workflow.confirm_all(user)
        self.stdout.write(f"{reviewer} can sign with a valid license. Confirmed: {confirmed}.")
        if not user.has_usable_password():
            asked = workflow.invite(user, by=None)
            outbox.run(outbox.AT_ONCE)
            self.stdout.write("A link to set the password was mailed. It works once:")
            self.stdout.write(links.to_set_password(user, asked))

    def _account(self, username: str, user: User | None, options: dict[str, Any]) -> User:
        before = workflow.account_of(user) if user else None
        if user is None:
            user = User(username=username, is_staff=True, **self._asked(ACCOUNT, options))
            user.set_unusable_password()
            _save(user)
        user.groups.add(Group.objects.get(name="Physicians"))
        workflow.record_account(user, by=None, before=before)
        return user

    def _profile(self, user: User, options: dict[str, Any]) -> Reviewer:
        profile, license = self._asked(PROFILE, options), self._asked(LICENSE, options)
        slug = slugify(profile["printed_name"])[:80] or slugify(user.get_username())
        reviewer = Reviewer(user=user, slug=slug, **profile)
        _save(reviewer)
        try:
            expires_on = date.fromisoformat(license.pop("expires_on"))
        except ValueError as fault:
            raise CommandError("The license’s last day is written like 2027-05-31.") from fault
        _save(License(reviewer=reviewer, expires_on=expires_on, **license))
        workflow.record_reviewer(reviewer, by=None, before=None)
        return reviewer

    def _asked(self, wanted: dict[str, str], options: dict[str, Any]) -> dict[str, str]:
        return {name: options[name] or self._ask(asked, name) for name, asked in wanted.items()}

    def _ask(self, asked: str, name: str) -> str:
        try:
            typed = input(f"{asked}: ").strip()
        except EOFError as fault:
            option = f"--{name.replace('_', '-')}" if name else "a user name"
            raise CommandError(f"Give {option}, or answer when asked.") from fault
        if not typed:
            raise CommandError(f"Nothing was made: this is needed. {asked}")
        return typed


def _save(row: models.Model) -> None:
    row.full_clean()
    row.save()
