"""Ending one sign-off, or taking a page off."""

from datetime import datetime

from django.contrib.auth.models import User

from reviews.evidence import listing
from reviews.evidence.kinds import Kind
from reviews.models import (
    Redaction,
    SignOff,
    Subject,
    Submission,
    Withdrawal,
)
from reviews.workflow.overlays import hold_translations, hold_with_original, take_out
from reviews.workflow.refusals import (
    NotAllowed,
    Refusals,
    in_force,
    nothing_waits,
    require,
    waiting_of,
)
from reviews.workflow.submissions import end_open
from reviews.workflow.verbs import inside_text, record_withdrawal, verb


def may_cancel(sign_off: SignOff, *, by: User, at: datetime) -> Refusals:
    """Who may end one sign-off, and which."""
    if not by.has_perm("reviews.add_withdrawal") and by != sign_off.signer:
        yield "Only a physician or a manager can cancel a sign-off."
    if Withdrawal.objects.filter(sign_off=sign_off).exists():
        yield "This sign-off was cancelled already."
    if SignOff.objects.waiting(at).filter(pk=sign_off.pk).exists():
        return
    yield from nothing_waits(sign_off.subject, at, "cancel this one")
    before = in_force(sign_off.subject, at)
    if before is None or before.pk != sign_off.pk:
        yield "Only a sign-off that is in force, or one that waits, can be cancelled."
    earlier = SignOff.objects.effective(at).filter(subject=sign_off.subject, pk__lt=sign_off.pk)
    step_back = earlier.order_by("-pk").first()
    withdrawn = sign_off.subject.withdrawals.page()
    if step_back is None or withdrawn.filter(pk__gt=step_back.pk).exists():
        yield "No signed edition stands before it. Withdraw the page instead."
    elif Redaction.objects.filter(edition=step_back.edition_id).exists():
        yield "The words of the edition before it were taken out. Withdraw the page instead."


def may_withdraw(subject: Subject, *, by: User, at: datetime) -> Refusals:
    """Who may take a page off, and when there is one to take off."""
    if not by.has_perm("reviews.add_withdrawal"):
        yield "Only a physician or a manager can withdraw a page."
    if in_force(subject, at) is None and waiting_of(subject, at) is None:
        yield "Nothing of this page is public or about to be, so there is nothing to withdraw."


def cancel(sign_off: SignOff, *, by: User, reason: str) -> Withdrawal:
    """End one sign-off: a waiting one never takes effect, a live one steps back to the one before.

    Raises NotAllowed.
    """
    reason = inside_text(reason, required=True)
    with verb(by) as (by, at):
        require(may_cancel(sign_off, by=by, at=at))
        cancelled = record_withdrawal(
            sign_off.subject,
            Kind.SIGN_OFF_CANCELLED,
            by=by,
            at=at,
            reason=reason,
            sign_off=sign_off,
        )
        listing.rebuild(sign_off.subject)
        hold_with_original(sign_off.subject, by=by, at=at)
        return cancelled


def may_succeed(subject: Subject, *, withdrawn: Subject, by: User, at: datetime) -> Refusals:
    """Which page a withdrawn one may be part of from then on: another that patients can read."""
    if subject == withdrawn:
        yield "A page cannot become part of itself. Choose another one."
    if not SignOff.objects.public(at).filter(subject=subject).exists():
        yield "Patients cannot read the page that this subject is now part of. Choose another one."


def withdraw(
    subject: Subject, *, by: User, reason: str, notice: str, successor: Subject | None = None
) -> Withdrawal:
    """Take a page off at once, with a reason inside and one of the fixed notices outside.

    Ends its open submission and whatever waits, and holds its translations. `successor` is the page
    that its subject is now part of. Where following the page could be unsafe, its
    words are taken out of the record too. Raises NotAllowed.
    """
    reason = inside_text(reason, required=True)
    if notice not in Withdrawal.Notice.values:
        raise NotAllowed("Choose one of the notices for patients.")
    with verb(by) as (by, at):
        require(may_withdraw(subject, by=by, at=at))
        if successor is not None:
            require(may_succeed(successor, withdrawn=subject, by=by, at=at))
        before = in_force(subject, at)
        withdrawn = record_withdrawal(
            subject,
            Kind.PAGE_WITHDRAWN,
            by=by,
            at=at,
            reason=reason,
            notice=notice,
            successor=successor,
        )
        if before is not None and notice == Withdrawal.Notice.SAFETY:
            take_out(before.edition, by=by, at=at, reason=withdrawn.reason)
        end_open(subject, Submission.Status.ENDED_BY_WITHDRAWAL, by=by, at=at)
        listing.rebuild(subject)
        hold_translations(subject, withdrawn.event, by=by, at=at, reason=withdrawn.reason)
        return withdrawn
