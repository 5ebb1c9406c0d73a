"""The picture of a page's history, public and inside."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client
from time_machine import TimeMachineFixture

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence.states import overlaid, states
from reviews.models import Edition
from reviews.reading import timeline
from tests import cast

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
DAY = timedelta(days=1)
RECORD = "/conditions/sample-condition/record/"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def clock_hand(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    time_machine.move_to(START, tick=False)
    return time_machine


@pytest.fixture
def page(clock_hand: TimeMachineFixture, editor: User, physician: User, manager: User) -> Condition:
    """Signed on March 2, anew on March 12, held from 22 to 24, withdrawn on April 1."""
    condition = cast.make_condition(by=editor)
    cast.publish(condition, by=editor, signer=physician)
    clock_hand.move_to(START + 10 * DAY, tick=False)
    cast.edit(condition, by=editor, headline="Changed.")
    cast.publish(condition, by=editor, signer=physician)
    for after, verb in ((20, "hold"), (22, "release")):
        clock_hand.move_to(START + after * DAY, tick=False)
        cast.lay_over(verb, condition, by=physician)
    clock_hand.move_to(START + 30 * DAY, tick=False)
    workflow.withdraw(condition.subject, by=manager, reason="Old.", notice="out_of_date")
    clock_hand.move_to(START + 40 * DAY, tick=False)
    return condition


def drawn(condition: Condition, *, inside: bool = False) -> timeline.Picture:
    subject = condition.subject
    editions = list(Edition.objects.filter(subject=subject)) if inside else []
    found = timeline.picture(
        states(subject.sign_offs.select_related("edition"), subject.withdrawals.all()),
        overlaid(subject.overlays.all()),
        clock.now(),
        editions=editions,
    )
    assert found is not None
    return found


def figure(html: str) -> str:
    """What the picture says in words."""
    (found,) = re.findall('<figure class="timeline">(.*?)</figure>', html, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found)).split())


def test_each_edition_is_in_force_from_and_to_and_what_kept_the_page_off_has_its_line(
    page: Condition,
) -> None:
    found = drawn(page)

    assert [(row.title, row.days) for row in found.rows] == [
        (
            "Edition 2",
            (
                (date(2026, 3, 12), date(2026, 3, 22)),
                (date(2026, 3, 24), date(2026, 4, 1)),
            ),
        ),
        ("Edition 1", ((date(2026, 3, 2), date(2026, 3, 12)),)),
        ("Withdrawn", ((date(2026, 4, 1), None),)),
        ("Held", ((date(2026, 3, 22), date(2026, 3, 24)),)),
    ]
    assert (found.first, found.last) == (date(2026, 3, 2), date(2026, 4, 11))
    (bar,), (mark,) = found.rows[1].bars, found.rows[1].marks
    assert (mark.kind, mark.left) == ("signed", bar.left)
    # From ten in the morning, ten of forty-one days, of which one has 23 hours.
    assert (bar.left, bar.width) == ("1.02%", "24.42%")


def test_the_public_record_stays_the_same_byte_for_byte_through_a_day(
    page: Condition, clock_hand: TimeMachineFixture
) -> None:
    found = []
    for after in (0, 5, 24):
        clock_hand.move_to(START + 40 * DAY + timedelta(hours=after), tick=False)
        found.append(Client().get(RECORD).content)

    assert found[0] == found[1] != found[2]


def test_reviews_without_other_words_are_one_stretch_with_a_signature_each(
    clock_hand: TimeMachineFixture, editor: User, physician: User
) -> None:
    condition = cast.make_condition(by=editor)
    signed = cast.publish(condition, by=editor, signer=physician)
    clock_hand.move_to(START + 10 * DAY, tick=False)
    cast.reaffirm(condition.subject, by=physician, digest=signed.digest)
    (row,) = drawn(condition).rows

    assert row.days == ((date(2026, 3, 2), None),)
    assert len(row.marks) == 2


def test_the_public_picture_says_days_and_numbers_and_no_word_of_the_page(page: Condition) -> None:
    html = Client().get(RECORD).content.decode()
    words = figure(html)

    assert "Edition 1 : in force from March 2, 2026 to March 12, 2026" in words
    assert "Withdrawn : off since April 1, 2026" in words
    assert "Held : off while it was checked from March 22, 2026 to March 24, 2026" in words
    for written in ("Sample condition", "Changed", "Tovani", "What helps"):
        assert written not in words
    assert "style=" not in html
    assert "submitted" not in words


def test_what_is_submitted_or_waits_is_drawn_inside_and_nowhere_in_public(
    clock_hand: TimeMachineFixture, editor: User, physician: User, manager: User
) -> None:
    condition = cast.make_condition(by=editor)
    cast.publish(condition, by=editor, signer=physician)
    clock_hand.move_to(START + DAY, tick=False)
    before = Client().get(RECORD).content
    cast.edit(condition, by=editor, headline="Changed.")
    submission = cast.submit(condition, by=editor)
    client = Client()
    client.force_login(manager, backend=BACKEND)
    address = f"/admin/reviews/subject/{condition.subject_id}/change/"
    submitted = figure(client.get(address).content.decode())
    assert Client().get(RECORD).content == before
    cast.sign(submission, by=physician, effective_at=START + 9 * DAY)
    waiting = figure(client.get(address).content.decode())

    assert "Edition 2 : never public" in submitted
    assert "Edition 2 : in force from March 11, 2026 on" in waiting
    assert "in force from March 2, 2026 to March 11, 2026" in waiting
    assert Client().get(RECORD).content == before


def test_a_long_history_draws_the_newest_editions_and_says_how_many_it_leaves_out(
    page: Condition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "MOST_ROWS", 1)

    assert drawn(page).left_out == 1
    words = figure(Client().get(RECORD).content.decode())
    assert "1 older edition is not drawn." in words
    assert "Edition 1" not in words
