"""How days are spelled for people."""

from datetime import date


def day(on: date) -> str:
    """A day as patients read it: May 31, 2026."""
    return f"{on:%B} {on.day}, {on.year}"


def is_overdue(due: date, on: date) -> bool:
    """Whether a full review is late on a day: from the day after it was due.

    NHS service manual: review dates.
    """
    return on > due
