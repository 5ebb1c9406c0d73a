"""Days and instants as readers and machines read them."""

from datetime import date, datetime

from django import template
from django.utils.html import format_html

from reviews import clock

register = template.Library()


@register.filter
def day(value: date | datetime) -> str:
    """A day such as May 31, 2026; of an instant, the day in the clinic's time zone."""
    local = clock.local_date(value) if isinstance(value, datetime) else value
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), _long(local))


@register.filter
def instant(value: datetime) -> str:
    """A day and time with the zone, such as May 31, 2026, 2:05 PM EDT."""
    local = value.astimezone(clock.zone())
    words = f"{_long(local)}, {_clock(local)} {local:%Z}"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), words)


@register.filter
def hour(value: datetime) -> str:
    """A time of a day that is known, such as 2:05 PM EDT."""
    local = value.astimezone(clock.zone())
    words = f"{_clock(local)} {local:%Z}"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), words)


def _long(local: date) -> str:
    return f"{local:%B} {local.day}, {local.year}"


def _clock(local: datetime) -> str:
    return f"{local.hour % 12 or 12}:{local:%M %p}"
