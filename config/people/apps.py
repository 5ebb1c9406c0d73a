"""The app of the people who log in."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    """Log-in, accounts, and the groups with their rights."""

    name = "config.people"

    def ready(self) -> None:
        post_migrate.connect(set_up, sender=self)


def set_up(*, using: str, **kwargs: Any) -> None:
    """Make the groups and their rights: a migration on a fresh database finds no permissions."""
    from config.people import groups

    groups.install(using)
