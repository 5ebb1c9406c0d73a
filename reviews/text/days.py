"""How days are spelled for people."""

from datetime import date


def day(on: date) -> str:
    """A day as patients read it: May 31, 2026."""
    return f"{on:%B} {on.day}, {on.year}"
