"""A past for the demonstration: the verbs believe for a while that it is earlier."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings

from reviews import clock
from reviews.models import Event


class ClockRefused(Exception):
    """The clock is not set back here; the message says why."""


@contextmanager
def set_back(by: timedelta) -> Iterator[Callable[[timedelta], None]]:
    """Let the verbs inside the block believe it is `by` earlier.

    What the block is given moves the clock on, up to the present at most. Raises ClockRefused
    outside DEBUG and on a database that already has events, so that no real record can be given a
    false date.
    """
    if not settings.DEBUG:
        raise ClockRefused("The clock can be set back in a demonstration (DEBUG) only.")
    if Event.objects.exists():
        raise ClockRefused("The clock can be set back only before the first event is recorded.")
    present, behind = clock.source, by

    def past() -> datetime:
        return present() - behind

    def move_on(step: timedelta) -> None:
        nonlocal behind
        behind = max(behind - step, timedelta(0))

    clock.source = past
    try:
        yield move_on
    finally:
        clock.source = present
