"""The one clock of the verbs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

_behind = timedelta(0)


class ClockRefused(Exception):
    """The clock is not set back here; the message says why."""


def now() -> datetime:
    """The present instant, in UTC."""
    return timezone.now() - _behind


def zone() -> ZoneInfo:
    """The clinic's time zone."""
    return ZoneInfo(settings.CLINIC_TIME_ZONE)


def local_date(instant: datetime) -> date:
    """The calendar day of an instant in the clinic's time zone."""
    return instant.astimezone(zone()).date()


def today() -> date:
    """The present day in the clinic's time zone."""
    return local_date(now())


@contextmanager
def set_back(by: timedelta) -> Iterator[Callable[[timedelta], None]]:
    """Let the verbs inside the block believe it is `by` earlier: for a demonstration's past.

    What the block is given moves the clock on, up to the present at most. Raises ClockRefused
    outside DEBUG and on a database that already has events, so that no real record can be given a
    false date.
    """
    from reviews.models import Event

    global _behind
    if not settings.DEBUG:
        raise ClockRefused("The clock can be set back in a demonstration (DEBUG) only.")
    if Event.objects.exists():
        raise ClockRefused("The clock can be set back only before the first event is recorded.")
    _behind = by
    try:
        yield _move_on
    finally:
        _behind = timedelta(0)


def _move_on(by: timedelta) -> None:
    global _behind
    _behind = max(_behind - by, timedelta(0))
