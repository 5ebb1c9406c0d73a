"""The review window of every page, and the line of time on which it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from time_machine import TimeMachineFixture

from conditions.models import Condition
from reviews import clock, workflow
from reviews.reading import windows
from reviews.reading.scale import Moment, Scale, Stretch, begins, ends, months, months_before
from reviews.reading.windows import Stand, Window
from tests import cast

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def clock_hand(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    time_machine.move_to(START, tick=False)
    return time_machine


@pytest.fixture
def page(clock_hand: TimeMachineFixture, editor: User, physician: User) -> Condition:
    """A page signed on March 2, 2026, due on March 2, 2027."""
    condition = cast.make_condition(by=editor)
    cast.publish(condition, by=editor, signer=physician)
    return condition


def one(at: datetime) -> Window:
    (found,) = windows.windows(at)
    return found


def lasted(window: Window) -> list[tuple[str, datetime, datetime | None]]:
    return [(each.kind, each.from_at, each.until_at) for each in window.stretches]


def test_a_page_is_in_date_then_due_then_overdue_from_the_day_after(page: Condition) -> None:
    due = date(2027, 3, 2)
    for on, stand in [
        (due - timedelta(days=61), Stand.IN_DATE),
        (due - timedelta(days=60), Stand.DUE),
        (due, Stand.DUE),
        (due + DAY, Stand.OVERDUE),
    ]:
        found = one(begins(on))
        assert (found.stand, found.due) == (stand, due), on
        assert found.days_left(on) == (due - on).days


def test_the_stretch_turns_overdue_at_the_end_of_the_due_day(page: Condition) -> None:
    due_ends = ends(date(2027, 3, 2))

    assert lasted(one(due_ends - DAY)) == [("in-date", START, due_ends)]
    assert lasted(one(due_ends + DAY)) == [
        ("in-date", START, due_ends),
        ("overdue", due_ends, due_ends + DAY),
    ]


def test_a_hold_is_no_stretch_of_review_and_gives_the_page_back_with_its_own_due_day(
    page: Condition, clock_hand: TimeMachineFixture, physician: User
) -> None:
    clock_hand.move_to(START + DAY, tick=False)
    cast.lay_over("hold", page, by=physician)
    held = one(START + 2 * DAY)
    clock_hand.move_to(START + 3 * DAY, tick=False)
    cast.lay_over("release", page, by=physician)
    released = one(START + 4 * DAY)

    assert (held.stand, held.since) == (Stand.HELD, date(2026, 3, 3))
    assert ("held", START + DAY, START + 2 * DAY) in lasted(held)
    assert released.stand == Stand.IN_DATE
    due_ends = ends(date(2027, 3, 2))
    assert lasted(released) == [
        ("in-date", START, START + DAY),
        ("in-date", START + 3 * DAY, due_ends),
        ("held", START + DAY, START + 3 * DAY),
    ]


def test_a_flagged_page_stays_and_says_so(page: Condition, physician: User) -> None:
    cast.lay_over("flag", page, by=physician)
    found = one(START + DAY)

    assert (found.stand, found.is_flagged) == (Stand.IN_DATE, True)


def test_a_withdrawn_page_is_due_never(
    page: Condition, clock_hand: TimeMachineFixture, manager: User
) -> None:
    clock_hand.move_to(START + DAY, tick=False)
    workflow.withdraw(page.subject, by=manager, reason="Old.", notice="out_of_date")
    found = one(START + 3 * DAY)

    assert (found.stand, found.due, found.since) == (Stand.WITHDRAWN, None, date(2026, 3, 3))
    assert [moment.kind for moment in found.moments] == ["signed"]
    assert lasted(found) == [
        ("in-date", START, START + DAY),
        ("withdrawn", START + DAY, START + 3 * DAY),
    ]


def test_what_waits_takes_effect_later_and_what_was_cancelled_before_it_counted_is_no_window(
    clock_hand: TimeMachineFixture, editor: User, physician: User
) -> None:
    condition = cast.make_condition(by=editor)
    waiting = cast.publish(
        condition, by=editor, signer=physician, effective_at=START + timedelta(days=7)
    )
    found = one(START + DAY)
    workflow.cancel(waiting, by=physician, reason="Too early.")

    assert (found.stand, found.since) == (Stand.WAITING, date(2026, 3, 9))
    assert found.first_public_on is None
    assert windows.windows(START + DAY) == []


def test_a_correction_leaves_date_and_due_day_to_the_full_review(
    page: Condition, clock_hand: TimeMachineFixture, editor: User, physician: User
) -> None:
    clock_hand.move_to(START + timedelta(days=30), tick=False)
    cast.edit(page, by=editor, summary="<p>What helps is something different.</p>")
    cast.publish(page, by=editor, signer=physician, scope="correction")
    found = one(clock.now() + DAY)

    assert found.full_review.signed_on == date(2026, 3, 2)
    assert found.first_public_on == date(2026, 3, 2)
    assert found.due == date(2027, 3, 2)
    assert [moment.kind for moment in found.moments] == ["signed", "due"]


def test_pages_stand_in_the_order_in_which_they_are_due_and_cost_three_queries(
    page: Condition,
    clock_hand: TimeMachineFixture,
    editor: User,
    physician: User,
    django_assert_num_queries: Callable[..., object],
) -> None:
    later = cast.make_condition("later", by=editor, review_interval_months=18)
    sooner = cast.make_condition("sooner", by=editor, review_interval_months=6)
    for condition in (later, sooner):
        cast.publish(condition, by=editor, signer=physician)
    for number in range(3):
        clock_hand.move_to(START + (number + 1) * DAY, tick=False)
        cast.edit(page, by=editor, headline=f"Changed {number} times.")
        cast.publish(page, by=editor, signer=physician)

    with django_assert_num_queries(3):  # type: ignore[attr-defined]
        found = windows.windows(clock.now())

    assert [window.slug for window in found] == ["sooner", "sample-condition", "later"]


def test_bars_are_cut_at_the_ends_of_the_line_and_never_too_thin_to_see() -> None:
    scale = Scale(START, START + 100 * DAY)
    bars = scale.bars(
        [
            Stretch("whole", START - DAY, None),
            Stretch("part", START + 25 * DAY, START + 75 * DAY),
            Stretch("brief", START + 100 * DAY - timedelta(seconds=1), None),
            Stretch("before", START - 2 * DAY, START - DAY),
            Stretch("after", START + 101 * DAY, None),
        ]
    )

    assert [(bar.kind, bar.left, bar.width) for bar in bars] == [
        ("whole", "0.00%", "100.00%"),
        ("part", "25.00%", "50.00%"),
        ("brief", "99.40%", "0.60%"),
    ]
    marks = scale.marks([Moment("in", START + 50 * DAY), Moment("out", START + 101 * DAY)])
    assert [(mark.kind, mark.left) for mark in marks] == [("in", "50.00%")]


def test_months_are_counted_across_years() -> None:
    assert months(date(2026, 11, 25), 3) == [
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
    ]
    assert months_before(date(2026, 1, 31), 12) == date(2025, 1, 1)
    assert months_before(date(2026, 3, 31), 3) == date(2025, 12, 1)
