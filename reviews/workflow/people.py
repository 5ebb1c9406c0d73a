"""Reviewers: their profiles as they stand, and as they confirmed them."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from reviews import clock
from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import (
    Event,
    ProfileConfirmation,
    Reviewer,
)
from reviews.text.canonical import digest_of, text_of
from reviews.workflow.refusals import NotAllowed, Refusals, require
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
    last = reviewer.confirmations.order_by("-pk").first()
    if last is not None and last.words == reviewer.words:
        yield "You have confirmed these words already."


@transaction.atomic
def record_reviewer(reviewer: Reviewer, *, by: User) -> Event:
    """Write the evidence that a reviewer's profile or licenses were changed, as they now stand.

    Belongs into the transaction that saved them. Raises NotAllowed where somebody changes their own
    profile: nobody makes themselves a physician.
    """
    require(may_save_reviewer(reviewer, by=by, at=clock.now()))
    return chain.append(
        Kind.REVIEWER_SAVED,
        at=clock.now(),
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
    reviewer = Reviewer.objects.filter(user=by).first()
    return digest_of(text_of(reviewer.printed(at))) if reviewer else ""


def profile_digest(reviewer: Reviewer) -> str:
    """The digest of the words of a profile that patients read."""
    return digest_of(text_of(reviewer.words))
