"""Several cases over one set-up: what a case does is taken back before the next one begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from django.db import transaction

from reviews.reading import memory

# What the fixture `case` gives: `with case(name=…):`.
Case = Callable[..., AbstractContextManager[None]]


def block() -> transaction.Atomic:
    """A transaction that counts as the tests' own: verbs may open their durable one inside."""
    opened = transaction.Atomic(using=None, savepoint=True, durable=False)
    opened._from_testcase = True  # type: ignore[attr-defined]
    return opened


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is gone afterwards, also from what a reader remembers."""
    try:
        with block():
            yield
            transaction.set_rollback(True)
    finally:
        memory.forget()
