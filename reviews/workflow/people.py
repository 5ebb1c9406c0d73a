"""Reviewers: their profiles as they stand, and as they confirmed them."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction

from reviews import clock
from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import (
    Claim,
    Departure,
    Event,
    License,
    Person,
    ProfileConfirmation,
    Reviewer,
)
from reviews.models.claims import not_counting
from reviews.text.canonical import digest_of, text_of
from reviews.text.days import day
from reviews.workflow.claims import make_claim
from reviews.workflow.refusals import (
    NotAllowed,
    Refusals,
    require,
    reviewer_of,
    valid_licenses,
    why_it_waits,
)
from reviews.workflow.verbs import verb


def may_save_reviewer(reviewer: Reviewer, *, by: User, at: datetime) -> Refusals:
    """Who may make or change a reviewer's profile: anybody with the right, save for their own."""
    if not by.has_perm("reviews.change_reviewer"):
        yield "Only a manager can change a reviewer’s profile."
    if reviewer.user_id == by.pk:
        yield "Nobody changes their own profile. Ask another manager."


def may_confirm_profile(reviewer: Reviewer, *, by: User, at: datetime) -> Refusals:
    """Who may vouch for the words of a reviewer's profile: that reviewer alone."""
    if reviewer.user_id != by.pk:
        yield "Only the physician whose profile this is can confirm it."
    if not reviewer.is_active:
        yield "This profile is no longer active. Ask a manager."
    waiting = next((one for one in not_counting(by, at) if one.concerns_the_person), None)
    if waiting is not None:
        yield why_it_waits(waiting)
    last = reviewer.confirmations.order_by("-pk").first()
    if last is not None and last.words == reviewer.words:
        yield "You have confirmed these words already."


def may_renew(license: License, *, by: User, at: datetime) -> Refusals:
    """Who may enter that a license is valid longer: its physician, and whoever changes profiles."""
    if license.reviewer.user_id != by.pk and not by.has_perm("reviews.change_reviewer"):
        yield "Only the physician whose license this is, or a manager, can renew it."
    if not license.reviewer.is_active:
        yield "This profile is no longer active. Ask a manager."


@dataclass(frozen=True)
class Standing:
    """What a profile stood for before it was changed: its licenses by id, as state and number."""

    is_active: bool
    licenses: dict[int, tuple[str, str]]


def standing_of(reviewer: Reviewer) -> Standing | None:
    """A profile as the database has it now, None for a new one; take it before changing it."""
    chain.lock()
    stored = Reviewer.objects.filter(pk=reviewer.pk).first()
    if stored is None:
        return None
    return Standing(stored.is_active, {row.pk: _named(row) for row in stored.licenses.all()})


def _named(license: License) -> tuple[str, str]:
    return license.state, license.number


@transaction.atomic
def record_reviewer(reviewer: Reviewer, *, by: User | None, before: Standing | None) -> Event:
    """Write the evidence that a reviewer's profile or licenses were changed, as they now stand.

    A first profile, with the licenses that it comes with, and each later license of another state
    or number wait for a confirmation, save on the server's command line (`by` is None). `before`
    is from `standing_of`. Belongs into the transaction that saved them. Raises NotAllowed where
    somebody changes their own profile: nobody makes themselves a physician; and where a physician
    who went would be active again without being brought back.
    """
    at = clock.now()
    if by is not None:
        by = Person.of(by)
        require(may_save_reviewer(reviewer, by=by, at=at))
        if reviewer.is_active and before is not None and not before.is_active:
            _check_did_not_go(reviewer)
    event = record_profile(reviewer, by=by, at=at)
    person, waits = reviewer.user, by is not None
    if before is None:
        make_claim(Claim.Kind.PROFILE, person, by=by, at=at, waits=waits)
        return event
    for license in reviewer.licenses.order_by("pk"):
        if before.licenses.get(license.pk) != _named(license):
            make_claim(Claim.Kind.LICENSE, person, by=by, at=at, waits=waits, license=license)
    if before.is_active and not reviewer.is_active:
        make_claim(Claim.Kind.SWITCHED_OFF, person, by=by, at=at, waits=False)
    return event


def _check_did_not_go(reviewer: Reviewer) -> None:
    last = reviewer.departures.order_by("-pk").first()
    if last is not None and last.step != Departure.Step.BACK:
        raise NotAllowed(
            f"{reviewer} reviews no pages here since {day(last.on)}. Bring them back on their "
            "profile: then their pages are told too."
        )


def renew(license: License, *, by: User, expires_on: date) -> None:
    """Enter that a license, of the same state and number, is valid to a later day.

    Counts at once. Raises NotAllowed.
    """
    with verb(by) as (by, at):
        license = License.objects.select_related("reviewer__user").get(pk=license.pk)
        require(may_renew(license, by=by, at=at))
        if expires_on <= license.expires_on:
            raise NotAllowed("A renewal ends later than what stands. Enter the new last day.")
        license.expires_on = expires_on
        license.save(update_fields=["expires_on"])
        record_profile(license.reviewer, by=by, at=at)


def record_profile(reviewer: Reviewer, *, by: User | None, at: datetime) -> Event:
    """Append how a profile and its licenses now stand, inside a verb that changed them."""
    return chain.append(
        Kind.REVIEWER_SAVED,
        at=at,
        by=by,
        reviewer=reviewer.facts(),
    )


def confirm_profile(reviewer: Reviewer, *, by: User, digest: str) -> ProfileConfirmation:
    """A reviewer vouches for the words of their own profile, which then are public.

    `digest` is that of the words that were read (`profile_digest`). Raises NotAllowed.
    """
    with verb(by) as (by, at):
        reviewer = Reviewer.objects.get(pk=reviewer.pk)
        require(may_confirm_profile(reviewer, by=by, at=at))
        if profile_digest(reviewer) != digest:
            raise NotAllowed("The profile changed since you opened it. Read it once more.")
        confirmation = ProfileConfirmation(
            reviewer=reviewer, at=at, on=clock.local_date(at), **reviewer.words
        )
        chain.append(Kind.PROFILE_CONFIRMED, at=at, by=by, row=confirmation)
        return confirmation


def printed_digest(by: User, at: datetime) -> str:
    """The digest of what is printed under a page that a person signs at an instant, or ""."""
    reviewer = reviewer_of(by)
    if reviewer is None:
        return ""
    return digest_of(text_of(reviewer.printed(valid_licenses(reviewer, at))))


def profile_digest(reviewer: Reviewer) -> str:
    """The digest of the words of a profile that patients read."""
    return digest_of(text_of(reviewer.words))
