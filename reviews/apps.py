"""The notary's app: what it sets up after every migration."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class ReviewsConfig(AppConfig):
    """Subjects, editions, submissions, sign-offs and the chain of events."""

    name = "reviews"

    def ready(self) -> None:
        pre_migrate.connect(prepare, sender=self)
        post_migrate.connect(set_up, sender=self)
        connection_created.connect(connected)


def prepare(*, using: str, **kwargs: Any) -> None:
    """Take away, until the migration is done, what would stand in its way."""
    from django.db import connections

    from reviews.evidence import triggers

    triggers.prepare(connections[using])


def set_up(*, using: str, plan: Sequence[Any] = (), **kwargs: Any) -> None:
    """Install the triggers afresh, which Django's table rebuild on SQLite drops silently, and what
    a search asks: its words again where a migration ran, since documents may be read anew."""
    from django.db import connections

    from reviews.evidence import ahead, indexing, triggers
    from reviews.reading import search

    triggers.install(connections[using])
    search.install(connections[using], afresh=bool(plan))
    if plan and using == "default":
        indexing.fill_originals()
        ahead.rebuild_all()


def connected(*, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Teach a new connection what search asks of it."""
    from reviews.reading import search

    search.prepare(connection)
