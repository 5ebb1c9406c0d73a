"""Where instants stand on a line of time: the geometry of pictures that need no script.

Everything is given in percent of the line's length, so that a picture fits a phone and a sheet of
paper while its letters keep their size.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from reviews import clock

# The least width of a bar, in percent: what lasted an hour is seen among years.
LEAST = 0.6


@dataclass(frozen=True)
class Stretch:
    """Something that lasted from an instant to another; `until_at` None is open to the right."""

    kind: str
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True)
class Moment:
    """Something that happened at an instant."""

    kind: str
    at: datetime


@dataclass(frozen=True)
class Bar:
    """A stretch on the line: where it begins and how wide it is, in percent such as "12.50%"."""

    kind: str
    left: str
    width: str


@dataclass(frozen=True)
class Mark:
    """A moment on the line, in percent."""

    kind: str
    left: str


@dataclass(frozen=True)
class Tick:
    """A day that is named beside the line, in percent."""

    on: date
    left: str


@dataclass(frozen=True)
class Scale:
    """A line of time between two instants."""

    from_at: datetime
    until_at: datetime

    def bars(self, stretches: Iterable[Stretch]) -> list[Bar]:
        """What of the stretches lies on the line, cut at its ends."""
        found = []
        for one in stretches:
            begins = max(one.from_at, self.from_at)
            ends = min(one.until_at or self.until_at, self.until_at)
            if begins < ends:
                left = self._percent(begins)
                width = max(self._percent(ends) - left, LEAST)
                found.append(Bar(one.kind, _said(min(left, 100 - width)), _said(width)))
        return found

    def marks(self, moments: Iterable[Moment]) -> list[Mark]:
        """The moments that lie on the line."""
        return [
            Mark(one.kind, self.left(one.at))
            for one in moments
            if self.from_at <= one.at <= self.until_at
        ]

    def ticks(self, days: Iterable[date]) -> list[Tick]:
        """The days whose beginning lies on the line."""
        begun = ((day, begins(day)) for day in days)
        return [Tick(day, self.left(at)) for day, at in begun if self.from_at <= at < self.until_at]

    def left(self, at: datetime) -> str:
        """Where an instant stands."""
        return _said(self._percent(at))

    def _percent(self, at: datetime) -> float:
        return (at - self.from_at) / (self.until_at - self.from_at) * 100


def _said(percent: float) -> str:
    return f"{percent:.2f}%"


def begins(day: date) -> datetime:
    """The first instant of a day in the clinic's time zone, in UTC.

    Two instants in one local zone are subtracted as if no clock ever changed.
    """
    return datetime.combine(day, time.min, tzinfo=clock.zone()).astimezone(UTC)


def ends(day: date) -> datetime:
    """The first instant after a day in the clinic's time zone."""
    return begins(day + timedelta(days=1))


def months(first: date, count: int) -> list[date]:
    """The first days of some months in a row; the first is that of `first`."""
    start = first.year * 12 + first.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(start, start + count)]


def months_before(day: date, count: int) -> date:
    """The first day of the month that lies some months before that of a day."""
    number = day.year * 12 + day.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)
