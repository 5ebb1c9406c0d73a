"""How days, times and the clinic's zone are spelled for people, and how a typed time is read."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

# What people in the United States call their time, by zones of the IANA database.
_TIMES = {
    "Eastern time": "America/New_York America/Detroit America/Kentucky America/Indiana "
    "America/Indianapolis America/Fort_Wayne America/Louisville",
    "Central time": "America/Chicago America/Menominee America/North_Dakota America/Indiana/Knox "
    "America/Indiana/Tell_City America/Knox_IN",
    "Mountain time": "America/Denver America/Boise",
    "Mountain standard time": "America/Phoenix",
    "Pacific time": "America/Los_Angeles",
    "Alaska time": "America/Anchorage America/Juneau America/Sitka America/Nome America/Yakutat "
    "America/Metlakatla",
    "Hawaii–Aleutian time": "America/Adak America/Atka",
    "Hawaii time": "Pacific/Honolulu",
    "Atlantic standard time": "America/Puerto_Rico America/St_Thomas",
    "Samoa standard time": "Pacific/Pago_Pago",
    "Chamorro standard time": "Pacific/Guam Pacific/Saipan",
}
_NAMED = {key: name for name, keys in _TIMES.items() for key in keys.split()}
# Older names of the same zones, which settings may still hold.
_OLDER = {
    "US/Eastern": "America/New_York",
    "US/Michigan": "America/Detroit",
    "US/East-Indiana": "America/Indianapolis",
    "US/Indiana-Starke": "America/Indiana/Knox",
    "US/Central": "America/Chicago",
    "US/Mountain": "America/Denver",
    "US/Arizona": "America/Phoenix",
    "US/Pacific": "America/Los_Angeles",
    "US/Alaska": "America/Anchorage",
    "US/Aleutian": "America/Adak",
    "US/Hawaii": "Pacific/Honolulu",
    "US/Samoa": "Pacific/Pago_Pago",
    "EST5EDT": "America/New_York",
    "CST6CDT": "America/Chicago",
    "MST7MDT": "America/Denver",
    "PST8PDT": "America/Los_Angeles",
}


def day(on: date) -> str:
    """A day as patients read it: May 31, 2026."""
    return f"{on:%B} {on.day}, {on.year}"


def age(since: date, on: date) -> str:
    """For how long something stands on a day: today, 1 day, 12 days."""
    days = (on - since).days
    return "today" if days < 1 else f"{days} day{'s' if days > 1 else ''}"


def is_overdue(due: date, on: date) -> bool:
    """Whether a full review is late on a day: from the day after it was due.

    NHS service manual: review dates.
    """
    return on > due


def late_from(due: date) -> date:
    """The first day on which a full review that was due is late: what "overdue since" names."""
    return due + timedelta(days=1)


def time(at: datetime, zone: ZoneInfo) -> str:
    """The time of day of an instant in a zone, with the zone: 4:05 PM EDT."""
    local = at.astimezone(zone)
    return f"{_clock(local)} {_abbreviated(local)}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """An instant as people in a zone read it, with the zone: May 31, 2026, 4:05 PM EDT."""
    return f"{day(at.astimezone(zone))}, {time(at, zone)}"


def zone_name(zone: ZoneInfo, at: datetime) -> str:
    """A zone as people call it: "Eastern time, New York"; abroad "London, UTC+1", as at `at`.

    Read from the zone's key alone; a zone without a place has its offset only.
    """
    key = _OLDER.get(zone.key or "", zone.key or "")
    region, _, place = key.partition("/")
    name = _NAMED.get(key) or _NAMED.get(key.rpartition("/")[0])
    city = place.rpartition("/")[2].replace("_", " ")
    city = f"St. {city[3:]}" if city.startswith("St ") else city
    offset = _offset(at.astimezone(zone))
    if not city or region == "Etc":
        return offset
    return f"{name}, {city}" if name else f"{city}, {offset}"


def instant_at(typed: datetime, zone: ZoneInfo) -> datetime:
    """The instant in UTC of a local time without a zone, as somebody typed it.

    Raises ValidationError for a time that the clocks skip or that they show twice.
    """
    first, second = typed.replace(tzinfo=zone, fold=0), typed.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        raise ValidationError(_change_of_clocks(typed, zone))
    return first.astimezone(UTC)


def _clock(local: datetime) -> str:
    return f"{local.hour % 12 or 12}:{local:%M %p}"


def _abbreviated(local: datetime) -> str:
    """The zone's letters; its offset where it has none of its own."""
    letters = local.tzname() or ""
    return letters if letters.isalpha() else _offset(local)


def _offset(local: datetime) -> str:
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    if local.tzname() == "UTC":
        return "UTC"
    return f"UTC{'−' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"


def _change_of_clocks(typed: datetime, zone: ZoneInfo) -> str:
    """Say in words why a local time is none, or two, and what to choose instead."""
    ends = (typed.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    before, after = sorted(ends)
    # The clocks change after `before` and not after `after`: halve the time between to the second.
    was = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == was:
            before = middle
        else:
            after = middle
    change = after.replace(microsecond=0)
    old = (change + (was or timedelta())).replace(tzinfo=None)
    new = change.astimezone(zone).replace(tzinfo=None)
    skipped = new > old
    fault, way = ("does not exist", "forward") if skipped else ("comes twice", "back")
    start, end = sorted((old, new))
    return (
        f"{_clock(typed)} on {day(typed)} {fault} in {zone_name(zone, change)}: "
        f"the clocks go {way} from {_on(old, typed)} to {_on(new, typed)}. "
        f"Choose a time before {_on(start, typed)}, or {_on(end, typed)} or later."
    )


def _on(local: datetime, typed: datetime) -> str:
    """A time of day, with its day where that is not the one that was typed."""
    other = f" on {day(local)}" if local.date() != typed.date() else ""
    return _clock(local) + other
