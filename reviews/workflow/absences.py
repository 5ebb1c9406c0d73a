"""Physicians who are away for some days: who stands in, and for whom."""

from datetime import date, datetime

from django.contrib.auth.models import User

from reviews import clock
from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import Absence, Reviewer
from reviews.text.days import day
from reviews.workflow.refusals import NotAllowed, Refusals, require
from reviews.workflow.verbs import verb


def absence_of(reviewer: Reviewer, on: date) -> Absence | None:
    """From when to when a physician is away, if that is now or to come."""
    rows = Absence.objects.said_last().filter(reviewer=reviewer, last_on__gte=on)
    return rows.select_related("stand_in__user").first()


def stand_ins(at: datetime) -> dict[int, Absence]:
    """Who is away on the clinic's day at an instant, by the keys of their profiles; one query.

    Each absence names in `stand_in` who stands in that day: of somebody who is away too, whoever
    stands in for them. One whose stand-in comes back to itself, or cannot sign, is left out.
    """
    today = clock.local_date(at)
    rows = Absence.objects.said_last().filter(first_on__lte=today, last_on__gte=today)
    away = {row.reviewer_id: row for row in rows.select_related("reviewer", "stand_in__user")}
    if not away:
        return {}
    entitled = set(Reviewer.objects.entitled(at).values_list("pk", flat=True))
    found = {}
    for reviewer, absence in away.items():
        passed, stand_in = {reviewer}, absence.stand_in
        while stand_in is not None and stand_in.pk in away and stand_in.pk not in passed:
            passed.add(stand_in.pk)
            stand_in = away[stand_in.pk].stand_in
        if stand_in is not None and stand_in.pk in entitled - passed:
            absence.stand_in = stand_in
            found[reviewer] = absence
    return found


def may_be_away(reviewer: Reviewer, *, by: User, at: datetime) -> Refusals:
    """Who may say when a physician is away: they themselves, and whoever changes profiles."""
    if reviewer.user_id != by.pk and not by.has_perm("reviews.change_reviewer"):
        yield "Only the physician or a manager can say when they are away."
    if not reviewer.is_active:
        yield "This profile is no longer active. Ask a manager."


def go_away(
    reviewer: Reviewer, *, by: User, stand_in: Reviewer, first_on: date, last_on: date
) -> Absence:
    """Say from when to when a physician is away: what is asked of them then goes to a stand-in.

    It takes the place of what was said before. Raises NotAllowed.
    """
    with verb(by) as (by, at):
        reviewer = Reviewer.objects.get(pk=reviewer.pk)
        require(may_be_away(reviewer, by=by, at=at))
        if last_on < first_on or last_on < clock.local_date(at):
            raise NotAllowed("The last day away comes after the first one, and is not over.")
        if stand_in.pk == reviewer.pk:
            raise NotAllowed("Nobody stands in for themselves. Choose another physician.")
        if not Reviewer.objects.entitled(at).filter(pk=stand_in.pk).exists():
            raise NotAllowed(f"{stand_in} cannot sign now. Choose another physician.")
        other = absence_of(stand_in, first_on)
        if other is not None and other.first_on and other.first_on <= last_on:
            raise NotAllowed(
                f"{stand_in} is away from {day(other.first_on)} on. Choose another physician."
            )
        absence = Absence(
            reviewer=reviewer, stand_in=stand_in, first_on=first_on, last_on=last_on, by=by, at=at
        )
        chain.append(
            Kind.AWAY_SAID,
            at=at,
            by=by,
            row=absence,
            person=reviewer.user_id,
            stand_in=stand_in.user_id,
        )
        return absence


def may_come_back(reviewer: Reviewer, *, by: User, at: datetime) -> Refusals:
    """Who may end an absence that is now or to come."""
    yield from may_be_away(reviewer, by=by, at=at)
    if absence_of(reviewer, clock.local_date(at)) is None:
        yield "Nothing says that this physician is or will be away."


def come_back(reviewer: Reviewer, *, by: User) -> Absence:
    """End an absence, or take it back before it began. Raises NotAllowed."""
    with verb(by) as (by, at):
        reviewer = Reviewer.objects.get(pk=reviewer.pk)
        require(may_come_back(reviewer, by=by, at=at))
        absence = Absence(reviewer=reviewer, by=by, at=at)
        chain.append(Kind.AWAY_ENDED, at=at, by=by, row=absence, person=reviewer.user_id)
        return absence
