"""How fast pages are reviewed, by month."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.contrib.auth.models import User
from time_machine import TimeMachineFixture

from conditions.models import Condition
from reviews import clock, workflow
from reviews.reading import pace
from reviews.reading.pace import Put
from tests import cast
from tests.reviews.every_verb import put, tampering

NOW = datetime(2026, 3, 31, 15, tzinfo=UTC)
ONE, TWO, THREE = uuid4(), uuid4(), uuid4()


def on(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 15, tzinfo=UTC)


def test_a_signature_took_as_long_as_all_its_rounds_since_the_one_before() -> None:
    found = pace.pace(
        [
            # Signed in January after one round; the next one in March, after three.
            Put(ONE, 1, on(1, 2), on(1, 4), True),
            Put(ONE, 2, on(2, 1), on(2, 3), False),
            Put(ONE, 3, on(2, 5), on(2, 6), False),
            Put(ONE, 4, on(3, 1), on(3, 3), True),
            # Another page, signed in March after one round of ten days.
            Put(TWO, 1, on(3, 11), on(3, 21), True),
        ],
        NOW,
        2,
    )

    assert [month.first.month for month in found] == [1, 2, 3]
    assert [month.rounds for month in found] == [1, None, 2]
    assert [month.took for month in found] == [2, None, 20]  # of 30 and 10 days


def test_what_waited_longest_is_counted_at_the_end_of_each_month() -> None:
    found = pace.pace(
        [
            Put(ONE, 1, on(1, 10), on(2, 20), False),
            Put(TWO, 1, on(2, 18), on(3, 30), True),
            Put(THREE, 1, on(3, 21), None, False),
        ],
        NOW,
        2,
    )

    # To midnight in New York after January 31 and February 28; the last month is not over.
    assert [month.waited for month in found] == [21, 10, 10]


def test_a_month_without_anything_has_no_numbers() -> None:
    (month,) = pace.pace([], NOW, 0)

    assert (month.took, month.rounds, month.waited) == (None, None, None)


def test_a_month_is_the_clinics_not_that_of_utc() -> None:
    # 1:00 on February 1 in UTC is 20:00 on January 31 in New York.
    signed = datetime(2026, 2, 1, 1, tzinfo=UTC)
    january, february, march = pace.pace([Put(ONE, 1, on(1, 30), signed, True)], NOW, 2)

    assert (january.rounds, february.rounds, march.rounds) == (1, None, None)


def test_the_rows_say_when_each_submission_ended_by_two_queries(
    time_machine: TimeMachineFixture,
    condition: Condition,
    editor: User,
    physician: User,
    django_assert_num_queries: Callable[..., object],
) -> None:
    time_machine.move_to(on(3, 1), tick=False)
    first = cast.submit(condition, by=editor)
    time_machine.move_to(on(3, 5), tick=False)
    workflow.request_changes(first, by=physician, reason="Say more.")
    cast.edit(condition, by=editor, headline="Changed.")
    second = cast.submit(condition, by=editor)
    time_machine.move_to(on(3, 9), tick=False)
    cast.sign(second, by=physician)
    cast.submit(cast.make_condition("waiting", by=editor), by=editor)
    time_machine.move_to(on(3, 12), tick=False)

    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        (march,) = pace.of_months(clock.now(), 0)

    assert (march.took, march.rounds, march.waited) == (8, 2, 3)


def test_an_end_that_cannot_be_read_waits_no_more_and_is_no_error(
    time_machine: TimeMachineFixture, condition: Condition, editor: User, physician: User
) -> None:
    time_machine.move_to(on(3, 1), tick=False)
    submission = cast.submit(condition, by=editor)
    workflow.request_changes(submission, by=physician, reason="Say more.")
    submission.refresh_from_db()
    with tampering():
        put(submission.ended_by, body="{")
        (march,) = pace.of_months(clock.now() + timedelta(days=9), 0)

    assert march.waited is None
