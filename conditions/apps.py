"""The app of condition pages."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConditionsConfig(AppConfig):
    """Drafts, their frozen form, the public pages and the editing admin."""

    name = "conditions"

    def ready(self) -> None:
        post_migrate.connect(set_up, sender=self)


def set_up(*, using: str, **kwargs: Any) -> None:
    """Make the groups and their rights: a migration on a fresh database finds no permissions."""
    from conditions import groups

    groups.install(using)
