"""The app of the people who log in."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    """Log-in, accounts, and the groups with their rights."""

    name = "config.people"

    def ready(self) -> None:
        from axes.signals import user_locked_out

        post_migrate.connect(set_up, sender=self)
        user_locked_out.connect(locked_out)


def set_up(*, using: str, **kwargs: Any) -> None:
    """Make the groups and their rights: a migration on a fresh database finds no permissions."""
    from config.people import groups

    groups.install(using)


def locked_out(*, username: str | None, **kwargs: Any) -> None:
    """Tell somebody, once a day at most, that a wrong password was typed again and again."""
    from django.contrib.auth.models import User

    from reviews import workflow

    for user in User.objects.filter(username=username or "", is_active=True, is_staff=True):
        workflow.log_in_locked(user)
