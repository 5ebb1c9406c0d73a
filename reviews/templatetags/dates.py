"""Days and instants as readers and machines read them."""

from datetime import date, datetime

from django import template
from django.utils.html import format_html

from reviews import clock
from reviews.text import days

register = template.Library()


@register.filter
def day(value: date | datetime) -> str:
    """A day such as May 31, 2026; of an instant, the day in the clinic's time zone."""
    local = _local(value)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), days.day(local))


@register.filter
def day_words(value: date | datetime) -> str:
    """The same day in words alone, where no element may stand."""
    return days.day(_local(value))


@register.filter
def moment_words(value: datetime) -> str:
    """A day and time with the zone in words alone, such as May 31, 2026, 2:05 PM EDT."""
    return days.moment(value, clock.zone())


@register.filter
def instant(value: datetime) -> str:
    """A day and time with the zone, such as May 31, 2026, 2:05 PM EDT."""
    return _time(value, days.moment(value, clock.zone()))


@register.filter
def hour(value: datetime) -> str:
    """A time of a day that is known, such as 2:05 PM EDT."""
    return _time(value, days.time(value, clock.zone()))


@register.simple_tag
def clinic_zone() -> str:
    """The clinic's zone as people call it, such as Eastern time, New York."""
    return days.zone_name(clock.zone(), clock.now())


def _local(value: date | datetime) -> date:
    return clock.local_date(value) if isinstance(value, datetime) else value


def _time(value: datetime, words: str) -> str:
    local = value.astimezone(clock.zone())
    machine = local.isoformat(timespec="seconds")
    return format_html('<time datetime="{}">{}</time>', machine, words)
