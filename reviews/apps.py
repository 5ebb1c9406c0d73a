"""The notary's app: what it sets up after every migration."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ReviewsConfig(AppConfig):
    """Subjects, editions, submissions, sign-offs and the chain of events."""

    name = "reviews"

    def ready(self) -> None:
        post_migrate.connect(set_up, sender=self)


def set_up(*, using: str, **kwargs: Any) -> None:
    """Install the triggers afresh: Django's table rebuild on SQLite drops them silently."""
    from django.db import connections

    from reviews import triggers

    triggers.install(connections[using])
