"""Days and instants are spelled in one way, and a typed local time is one instant or refused."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.core.exceptions import ValidationError

from reviews.text import days

NEW_YORK = ZoneInfo("America/New_York")


def test_a_day_and_a_moment_are_spelled_as_in_the_united_states() -> None:
    assert days.day(date(2026, 5, 1)) == "May 1, 2026"
    afternoon = datetime(2026, 5, 31, 20, 5, tzinfo=UTC)
    assert days.moment(afternoon, NEW_YORK) == "May 31, 2026, 4:05 PM EDT"
    midnight = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
    assert days.moment(midnight, NEW_YORK) == "December 1, 2026, 12:00 AM EST"
    assert days.time(datetime(2026, 6, 1, 16, 9, tzinfo=UTC), NEW_YORK) == "12:09 PM EDT"
    # A zone that has no letters of its own.
    assert days.time(afternoon, ZoneInfo("America/Sao_Paulo")) == "5:05 PM UTC−3"


def test_a_zone_is_named_by_its_time_and_city() -> None:
    summer, winter = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    for key, at, name in [
        ("America/New_York", summer, "Eastern time, New York"),
        ("America/New_York", winter, "Eastern time, New York"),
        ("US/Pacific", summer, "Pacific time, Los Angeles"),
        ("America/Indiana/Indianapolis", summer, "Eastern time, Indianapolis"),
        ("America/North_Dakota/New_Salem", summer, "Central time, New Salem"),
        ("America/Phoenix", summer, "Mountain standard time, Phoenix"),
        ("Pacific/Honolulu", summer, "Hawaii time, Honolulu"),
        ("Europe/London", summer, "London, UTC+1"),
        ("Europe/London", winter, "London, UTC+0"),
        ("Asia/Kolkata", summer, "Kolkata, UTC+5:30"),
        ("America/Argentina/Buenos_Aires", summer, "Buenos Aires, UTC−3"),
        ("America/St_Johns", winter, "St. Johns, UTC−3:30"),
        ("UTC", summer, "UTC"),
        ("Etc/GMT+5", summer, "UTC−5"),
    ]:
        assert days.zone_name(ZoneInfo(key), at) == name


def test_every_zone_has_a_name_without_signs_of_its_key() -> None:
    at = datetime(2026, 7, 1, tzinfo=UTC)
    names = [days.zone_name(ZoneInfo(key), at) for key in available_timezones()]
    assert all(name and not set(name) & set("_/") for name in names)


def test_a_typed_local_time_becomes_its_instant() -> None:
    typed = datetime(2026, 7, 1, 9, 30)  # noqa: DTZ001
    instant = days.instant_at(typed, NEW_YORK)
    assert instant == datetime(2026, 7, 1, 13, 30, tzinfo=UTC)
    assert instant.tzinfo is UTC


def test_a_local_time_that_does_not_exist_is_explained() -> None:
    for hour, minute in ((2, 0), (2, 30), (2, 59)):
        with pytest.raises(ValidationError) as refusal:
            days.instant_at(datetime(2026, 3, 8, hour, minute), NEW_YORK)  # noqa: DTZ001
        assert refusal.value.message == (
            f"{hour}:{minute:02} AM on March 8, 2026 does not exist in Eastern time, New York: the "
            "clocks go forward from 2:00 AM to 3:00 AM. Choose a time before 2:00 AM, or 3:00 AM "
            "or later."
        )
    for hour in (1, 3):
        days.instant_at(datetime(2026, 3, 8, hour), NEW_YORK)  # noqa: DTZ001


def test_a_local_time_that_comes_twice_is_explained() -> None:
    for hour, minute in ((1, 0), (1, 59)):
        with pytest.raises(ValidationError) as refusal:
            days.instant_at(datetime(2026, 11, 1, hour, minute), NEW_YORK)  # noqa: DTZ001
        assert refusal.value.message == (
            f"{hour}:{minute:02} AM on November 1, 2026 comes twice in Eastern time, New York: the "
            "clocks go back from 2:00 AM to 1:00 AM. Choose a time before 1:00 AM, or 2:00 AM or "
            "later."
        )
    for hour in (0, 2):
        days.instant_at(datetime(2026, 11, 1, hour), NEW_YORK)  # noqa: DTZ001


def test_a_change_of_the_clocks_by_half_an_hour_or_at_midnight_is_told_as_it_is() -> None:
    with pytest.raises(ValidationError, match="go forward from 2:00 AM to 2:30 AM"):
        days.instant_at(datetime(2026, 10, 4, 2, 10), ZoneInfo("Australia/Lord_Howe"))  # noqa: DTZ001
    with pytest.raises(ValidationError, match="before 12:00 AM, or 1:00 AM or later"):
        days.instant_at(datetime(2026, 9, 6, 0, 30), ZoneInfo("America/Santiago"))  # noqa: DTZ001
    with pytest.raises(ValidationError, match="back from 12:00 AM on April 5, 2026 to 11:00 PM"):
        days.instant_at(datetime(2026, 4, 4, 23, 30), ZoneInfo("America/Santiago"))  # noqa: DTZ001


def test_a_day_that_was_skipped_whole_is_refused() -> None:
    with pytest.raises(ValidationError, match="December 30, 2011 does not exist"):
        days.instant_at(datetime(2011, 12, 30, 12), ZoneInfo("Pacific/Apia"))  # noqa: DTZ001
