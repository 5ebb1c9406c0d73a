"""The one clock of the verbs, and the only way to set it back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from time_machine import TimeMachineFixture

from conditions.demo.past import ClockRefused, set_back
from reviews import clock
from reviews.models import Event
from tests import cast

NOON = datetime(2026, 5, 31, 16, tzinfo=UTC)


@pytest.fixture
def demonstration(db: None, settings: Any, time_machine: TimeMachineFixture) -> None:
    settings.DEBUG = True
    time_machine.move_to(NOON, tick=False)


@pytest.mark.usefixtures("demonstration")
def test_the_clock_is_set_back_inside_the_block_only() -> None:
    with set_back(timedelta(days=400)):
        assert clock.now() == NOON - timedelta(days=400)
        assert clock.today() == date(2025, 4, 26)
        assert timezone.now() == NOON

    assert clock.now() == NOON


@pytest.mark.usefixtures("demonstration")
def test_the_clock_is_right_again_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), set_back(timedelta(days=400)):
        raise ZeroDivisionError

    assert clock.now() == NOON


@pytest.mark.usefixtures("demonstration")
def test_verbs_inside_the_block_take_the_earlier_instant(editor: User, physician: User) -> None:
    with set_back(timedelta(days=400)):
        signed = cast.publish(cast.make_condition(by=editor), by=editor, signer=physician)

    assert signed.signed_at == NOON - timedelta(days=400)
    assert signed.is_overdue(clock.today())


@pytest.mark.usefixtures("demonstration")
def test_the_clock_moves_on_inside_the_block_up_to_the_present() -> None:
    with set_back(timedelta(days=400)) as move_on:
        move_on(timedelta(days=150))
        assert clock.now() == NOON - timedelta(days=250)
        move_on(timedelta(days=500))
        assert clock.now() == NOON


@pytest.mark.usefixtures("demonstration")
def test_the_clock_is_not_set_back_outside_debug(settings: Any) -> None:
    settings.DEBUG = False

    with pytest.raises(ClockRefused, match="DEBUG"), set_back(timedelta(days=1)):
        pytest.fail("the block ran")

    assert clock.now() == NOON


@pytest.mark.usefixtures("demonstration")
def test_the_clock_is_not_set_back_once_something_is_recorded(
    editor: User,
) -> None:
    cast.make_condition(by=editor)
    assert Event.objects.exists()

    with (
        pytest.raises(ClockRefused, match="before the first event"),
        set_back(timedelta(days=1)),
    ):
        pytest.fail("the block ran")

    assert clock.now() == NOON


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-06-01T02:30", date(2026, 5, 31)),
        ("2026-03-08T06:59", date(2026, 3, 8)),  # a minute before clocks go forward
        ("2026-03-08T07:00", date(2026, 3, 8)),
        ("2026-11-01T05:59", date(2026, 11, 1)),
        ("2026-11-01T06:00", date(2026, 11, 1)),  # the hour that comes twice
        ("2026-12-31T23:59", date(2026, 12, 31)),
    ],
)
def test_a_local_date_is_the_clinics(instant: str, day: date) -> None:
    assert clock.local_date(datetime.fromisoformat(f"{instant}+00:00")) == day


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/New_York", date(2026, 5, 31)),
        ("Pacific/Honolulu", date(2026, 5, 31)),
        ("UTC", date(2026, 6, 1)),
        ("Asia/Tokyo", date(2026, 6, 1)),
    ],
)
def test_the_zone_is_a_setting(settings: Any, zone: str, day: date) -> None:
    settings.CLINIC_TIME_ZONE = zone

    assert clock.local_date(datetime(2026, 6, 1, 2, 30, tzinfo=UTC)) == day
