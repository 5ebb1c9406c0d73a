"""The fictional people of the demonstration."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import transaction

from reviews import clock, workflow
from reviews.models import License, Reviewer

PASSWORDS = {
    "editor": "demo-editor-words",
    "physician": "demo-physician-signs",
    "second-physician": "demo-second-physician",
    "manager": "demo-manager-people",
    "second-manager": "demo-second-manager",
}
_PEOPLE = {
    "manager": ("Mo", "Manager (fictional)", "Managers"),
    "second-manager": ("Max", "Manager (fictional)", "Managers"),
    "editor": ("Edie", "Editor (fictional)", "Staff"),
    "physician": ("Pat", "Sample (fictional)", "Physicians"),
    "second-physician": ("Alex", "Example (fictional)", "Physicians"),
}
_CREDENTIALS = {"physician": "MD", "second-physician": "DO"}
BIOGRAPHY = (
    "{name} exists only in this demonstration. Here would stand a few sentences about a real "
    "physician: where they trained, what they treat, and since when they have worked here."
)
LICENSE_VALID_FOR = timedelta(days=1200)
RELATIONSHIP = "A made-up physician: nobody reviewed these samples."
Say = Callable[[str], Any]


def make_people(say: Say) -> None:
    """Make those who do not stand yet, physicians with a confirmed profile."""
    for username, (first, last, group) in _PEOPLE.items():
        with transaction.atomic():
            user, made = User.objects.get_or_create(
                username=username,
                defaults={
                    "first_name": first,
                    "last_name": last,
                    "email": address(username),
                    "is_staff": True,
                },
            )
            if not made:
                continue
            say(f"  {username}")
            user.set_password(PASSWORDS[username])
            user.save()
            user.groups.add(Group.objects.get(name=group))
            workflow.record_account(user, by=None, before=None)
            if username in _CREDENTIALS:
                _reviewer(user)
        if username in _CREDENTIALS:
            _confirm(username)


def stand() -> bool:
    """Whether any of them stands: a first run may have been broken off after the first one."""
    return User.objects.filter(email__in=[address(one) for one in _PEOPLE]).exists()


def address(username: str) -> str:
    """A mail address that leads nowhere, and says so."""
    return f"{username}@demo.countersign.invalid"


def _reviewer(user: User) -> None:
    reviewer = Reviewer.objects.create(
        user=user,
        slug=user.username,
        printed_name=user.get_full_name(),
        credentials=_CREDENTIALS[user.username],
        specialty="Psychiatry",
        relationship=RELATIONSHIP,
        biography=BIOGRAPHY.format(name=user.get_full_name()),
    )
    License.objects.create(
        reviewer=reviewer,
        state="New York",
        number="SAMPLE-000",
        expires_on=clock.today() + LICENSE_VALID_FOR,
    )
    workflow.record_reviewer(reviewer, by=None, before=None)


def _confirm(username: str) -> None:
    reviewer = Reviewer.objects.get(user__username=username)
    digest = workflow.profile_digest(reviewer)
    workflow.confirm_profile(reviewer, by=person(username), digest=digest)


def person(username: str) -> User:
    """One of them."""
    return User.objects.get(username=username)
