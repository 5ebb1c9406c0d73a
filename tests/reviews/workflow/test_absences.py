"""Physicians who are away: what is asked of them is shown and mailed to who stands in."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from conditions.models import Condition
from reviews import clock, workflow
from reviews.desk.work import sections_for
from reviews.mail import outbox
from reviews.models import Absence, Reviewer
from tests import cast
from tests.traces import refused


def away(
    who: User, stand_in: User, *, by: User | None = None, begins: int = 0, days: int = 5
) -> None:
    first = clock.today() + timedelta(days=begins)
    workflow.go_away(
        Reviewer.objects.get(user=who),
        by=by or who,
        stand_in=Reviewer.objects.get(user=stand_in),
        first_on=first,
        last_on=first + timedelta(days=days),
    )


def asked(who: User) -> list[tuple[str, ...]]:
    """What the start page says is asked of somebody."""
    sections = {one.key: one for one in sections_for(User.objects.get(pk=who.pk), clock.now())}
    return [line.facts for line in sections["asked"].lines]


def mailed(who: User) -> str:
    outbox.run()
    return " ".join(str(one.body) for one in mail.outbox if one.to == [who.email])


def test_what_is_asked_of_who_is_away_goes_to_the_stand_in(
    condition: Condition, editor: User, physician: User, second_physician: User
) -> None:
    away(physician, second_physician)

    cast.submit(condition, by=editor, reviewer=physician.reviewer)

    (facts,) = asked(second_physician)
    assert "you stand in for Pat Sample" in facts
    (own,) = asked(physician)
    assert "Alex Example stands in for you" in own
    with time_machine.travel(clock.now() + timedelta(hours=20)):
        assert "asks you to review a new page" not in mailed(physician)
        assert "put a new page forward" in mailed(second_physician)
    client = Client()
    client.force_login(second_physician, backend="django.contrib.auth.backends.ModelBackend")
    desk = client.get("/admin/reviews/submission/?whose=asked").content.decode()
    assert "Sample condition, edition 1" in desk
    with time_machine.travel(clock.now() + timedelta(days=6)):
        assert asked(second_physician) == []
        assert len(asked(physician)) == 1


def test_the_form_of_a_submission_says_who_stands_in(
    condition: Condition, editor: User, physician: User, second_physician: User
) -> None:
    client = Client()
    client.force_login(editor, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/admin/conditions/condition/{condition.pk}/submit/"
    away(physician, second_physician)

    html = client.get(address).content.decode()

    assert ": Alex Example, DO stands in)" in html
    workflow.come_back(physician.reviewer, by=physician)
    assert "stands in" not in client.get(address).content.decode()
    assert asked(second_physician) == []


def test_who_stands_in_for_whom_when_several_are_away(
    physician: User, second_physician: User, author_physician: User, manager: User
) -> None:
    third = author_physician
    away(physician, second_physician)
    away(second_physician, third, by=manager)

    found = workflow.stand_ins(clock.now())

    stands_in = {key: row.stand_in and row.stand_in.user for key, row in found.items()}
    assert stands_in == {physician.reviewer.pk: third, second_physician.reviewer.pk: third}
    Reviewer.objects.filter(user=third).update(is_active=False)
    assert workflow.stand_ins(clock.now()) == {}


def test_who_may_say_that_somebody_is_away_and_what(
    physician: User, second_physician: User, editor: User, manager: User, root: User
) -> None:
    for by in (editor, second_physician):
        with refused("Only the physician or a manager"):
            away(physician, second_physician, by=by)
    with refused("Nobody stands in for themselves"):
        away(physician, physician)
    with refused("The last day away"):
        away(physician, second_physician, days=-1)
    with refused("The last day away"):
        away(physician, second_physician, begins=-9, days=2)
    with refused("Nothing says"):
        workflow.come_back(physician.reviewer, by=physician)
    away(second_physician, physician, by=manager, begins=3)
    with refused("is away from"):
        away(physician, second_physician)
    assert Absence.objects.count() == 1
    with pytest.raises(Reviewer.DoesNotExist):
        away(physician, root)
