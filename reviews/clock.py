"""The one clock of the verbs."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def _present() -> datetime:
    return timezone.now()


# Where the present comes from. The demonstration alone puts a past in its place (conditions.demo).
source: Callable[[], datetime] = _present


def now() -> datetime:
    """The present instant, in UTC."""
    return source()


def zone() -> ZoneInfo:
    """The clinic's time zone."""
    return ZoneInfo(settings.CLINIC_TIME_ZONE)


def local_date(instant: datetime) -> date:
    """The calendar day of an instant in the clinic's time zone."""
    return instant.astimezone(zone()).date()


def today() -> date:
    """The present day in the clinic's time zone."""
    return local_date(now())
