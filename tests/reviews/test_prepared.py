"""Queries that are written once: they answer what the same queryset answers, for other values."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet

from conditions.models import Condition
from reviews import clock
from reviews.models import Claim, License, SignOff
from reviews.models.prepared import Prepared
from reviews.workflow.claims import make_claim, tell
from tests import cast


def _in_force(subject: UUID, at: datetime) -> QuerySet[SignOff]:
    signed = SignOff.objects.in_force(at).filter(subject=subject)
    return signed.select_related("edition", "rests_on__reviewer")


IN_FORCE: Prepared[SignOff] = Prepared(_in_force, subject=UUID, at=datetime)


def _licenses(reviewer: int, at: datetime) -> QuerySet[License]:
    return License.objects.valid(at).filter(reviewer=reviewer).order_by("state")


LICENSES: Prepared[License] = Prepared(_licenses, reviewer=int, at=datetime)


def test_each_page_and_instant_gets_its_own_answer(
    condition: Condition, editor: User, physician: User
) -> None:
    other = cast.make_condition("other", by=editor)
    first = cast.publish(condition, by=editor, signer=physician)
    between = clock.now()
    cast.edit(condition, by=editor, summary="<p>What helps is something other.</p>")
    second = cast.sign(cast.submit(condition, by=editor), by=physician, scope="correction")
    elsewhere = cast.publish(other, by=editor, signer=physician)

    for row, at, found in (
        (condition, between, first),
        (condition, clock.now(), second),
        (other, between, None),
        (other, clock.now(), elsewhere),
        (condition, first.signed_at - timedelta(seconds=1), None),
    ):
        values = {"subject": row.subject_id, "at": at}
        assert IN_FORCE.first(**values) == found == _in_force(**values).first()
        assert IN_FORCE.exists(**values) == (found is not None)


def test_an_instance_is_whole_with_what_was_selected_of_others(
    condition: Condition,
    editor: User,
    physician: User,
    django_assert_num_queries: Any,
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>What helps is something other.</p>")
    signed = cast.sign(cast.submit(condition, by=editor), by=physician, scope="correction")

    with django_assert_num_queries(1):
        found = IN_FORCE.first(subject=condition.subject_id, at=clock.now())
        assert found is not None
        assert found.rests_on is not None
        assert found.rests_on.reviewer.printed_name == "Pat Sample"
        assert found.edition.title == signed.edition.title
    again = SignOff.objects.get(pk=signed.pk)
    columns = [field.attname for field in SignOff._meta.concrete_fields]
    assert [getattr(found, one) for one in columns] == [getattr(again, one) for one in columns]


def test_a_day_and_a_wait_follow_the_instant_that_is_asked_for(
    physician: User, manager: User
) -> None:
    now, reviewer = clock.now(), physician.reviewer.pk
    license = License.objects.get(reviewer=reviewer)
    last = license.expires_on - clock.local_date(now)
    claim = make_claim(
        Claim.Kind.LICENSE, physician, by=manager, at=now, waits=True, license=license
    )

    answers = {}
    for days in (0, 2.5, 3.5, last.days, last.days + 1):
        at = clock.now() + timedelta(days=days)
        answers[days] = bool(LICENSES.all(reviewer=reviewer, at=at))
        assert answers[days] == _licenses(reviewer, at).exists(), days
    assert not any(answers.values())

    tell(claim)
    for days in (0, 2.5, 3.5, last.days, last.days + 1):
        at = clock.now() + timedelta(days=days)
        answers[days] = bool(LICENSES.all(reviewer=reviewer, at=at))
        assert answers[days] == _licenses(reviewer, at).exists(), days
    assert list(answers.values()) == [False, False, True, True, False]


def test_a_day_that_does_not_follow_is_refused_when_the_query_is_written(db: None) -> None:
    prepared: Prepared[License] = Prepared(
        lambda at: License.objects.filter(expires_on=clock.local_date(at) + timedelta(days=1)),
        at=datetime,
    )
    with pytest.raises(ValueError, match="the clinic's day"):
        prepared.rows(at=clock.now())
