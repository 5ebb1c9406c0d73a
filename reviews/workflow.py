"""The rules: one function for each verb, the only writers of evidence and of a status.

Each has the same four beats: who may, move, record, consequence. A guard is a generator of
sentences; the first one refuses the verb, and `why_not` hands the same sentence to the button.
"""

import calendar
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_ip_address
from django.conf import settings
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest

from reviews import clock
from reviews.evidence import chain, listing
from reviews.models import (
    Address,
    Contribution,
    Edition,
    EditionAuthor,
    EditionIndex,
    EditionTarget,
    Event,
    ProfileConfirmation,
    Remark,
    Reviewer,
    SignOff,
    Subject,
    Submission,
    Withdrawal,
)
from reviews.reviewable import NotFreezable, Reviewable, draft_of, model_of
from reviews.text import lines
from reviews.text.canonical import NotCanonical, digest_of, text_of
from reviews.text.folding import indexed

ATTESTATIONS = {
    SignOff.Scope.FULL: (
        "I have read this whole page as it will appear to patients. In my professional judgment "
        "it is accurate, current and fit for patients to read. I sign it under my own name."
    ),
    SignOff.Scope.CORRECTION: (
        "I have read the changes marked against the page now in force, and what stands around "
        "them. In my professional judgment they are accurate and fit for patients to read. I have "
        "not reviewed the whole page; the date of its last full review stays as it is."
    ),
}
DISCLOSURE = "I also wrote words of this page, and the page will say so."

# Signed instants may disagree by this much between two servers; more means a wrong clock.
CLOCK_TOLERANCE = timedelta(seconds=5)

# The most characters of a public note, and of a note or reason inside.
MOST_PUBLIC, MOST_INSIDE = 300, 5000

Refusals = Iterator[str]


class NotAllowed(Exception):
    """The verb is refused; the message tells the person what to do instead."""


@dataclass(frozen=True)
class Credentials:
    """Proof that the person at the keyboard is who is logged in: the password, typed again."""

    request: HttpRequest
    password: str


# --- Who may, and if not, why not


def why_not(guard: Callable[..., Refusals], *args: Any, by: User, **kwargs: Any) -> str:
    """The sentence that refuses this person this verb now, or "" where it is allowed.

    `guard` is one of the `may_…` functions; the verb of the same name asks the same question.
    """
    return next(guard(*args, by=by, at=clock.now(), **kwargs), "")


def may_submit(subject: Subject, *, by: User, at: datetime) -> Refusals:
    """Who may put a draft forward, and when."""
    if not by.has_perm("reviews.add_submission"):
        yield "Only staff who edit pages can submit them. Ask a manager for the right."
    yield from _nothing_waits(subject, at, "submit")
    if draft_of(subject) is None:
        yield "There is no draft: it was deleted. Import or write it again first."
    if not Reviewer.objects.entitled(clock.local_date(at)).exists():
        yield "No reviewer has a valid license: ask a manager to add one or bring one up to date."


def may_request_changes(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Which physician may send a submission back."""
    yield from _is_open(submission)
    yield from _is_entitled(by, at)


def may_take_back(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Which author may end a submission."""
    yield from _is_open(submission)
    if not by.has_perm("reviews.add_submission"):
        yield "Only staff who edit pages can take a submission back."
    if not submission.edition.author_rows.filter(user=by).exists():
        yield "Only its authors can take a submission back. A physician can request changes."


def may_sign_off(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Which physician may sign a submission."""
    yield from _is_open(submission)
    yield from _may_sign(submission.edition, by, at)
    yield from _nothing_waits(submission.subject, at, "sign")


def may_correct(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Whether a submission may be signed as a correction, which keeps the date.

    NHS service manual: never move the date unless the whole page was reviewed.
    """
    yield from may_sign_off(submission, by=by, at=at)
    before = in_force(submission.subject, at)
    if before is None:
        yield "Nothing is in force that this could correct: review the whole page."
        return
    if before.is_overdue(clock.local_date(at)):
        due = _day(before.next_review_due)
        yield f"A full review was due on {due}: a correction cannot put it off."
    model = model_of(submission.subject.kind)
    weighty = [
        {
            part.key: (part.label, part.content)
            for part in model.parts(document)
            if part.needs_full_review
        }
        for document in (before.edition.document, submission.edition.document)
    ]
    for key in weighty[0].keys() | weighty[1].keys():
        if weighty[0].get(key) != weighty[1].get(key):
            label = (weighty[1].get(key) or weighty[0][key])[0]
            yield f"“{label}” changed, which needs a review of the whole page."


def may_reaffirm(subject: Subject, *, by: User, at: datetime) -> Refusals:
    """Which physician may sign the edition in force again."""
    yield from _nothing_waits(subject, at, "reaffirm")
    before = in_force(subject, at)
    if before is None:
        yield "Nothing is in force that could be reaffirmed: submit the draft instead."
        return
    yield from _may_sign(before.edition, by, at)


def may_cancel(sign_off: SignOff, *, by: User, at: datetime) -> Refusals:
    """Who may end one sign-off, and which."""
    if not by.has_perm("reviews.add_withdrawal") and by != sign_off.signer:
        yield "Only a physician or a manager can cancel a sign-off."
    if Withdrawal.objects.filter(sign_off=sign_off).exists():
        yield "This sign-off was cancelled already."
    if SignOff.objects.waiting(at).filter(pk=sign_off.pk).exists():
        return
    yield from _nothing_waits(sign_off.subject, at, "cancel this one")
    before = in_force(sign_off.subject, at)
    if before is None or before.pk != sign_off.pk:
        yield "Only a sign-off that is in force, or one that waits, can be cancelled."
    earlier = SignOff.objects.effective(at).filter(subject=sign_off.subject, pk__lt=sign_off.pk)
    step_back = earlier.order_by("-pk").first()
    withdrawn = sign_off.subject.withdrawals.page()
    if step_back is None or withdrawn.filter(pk__gt=step_back.pk).exists():
        yield "No signed edition stands before it. Withdraw the page instead."


def may_withdraw(subject: Subject, *, by: User, at: datetime) -> Refusals:
    """Who may take a page off, and when there is one to take off."""
    if not by.has_perm("reviews.add_withdrawal"):
        yield "Only a physician or a manager can withdraw a page."
    if in_force(subject, at) is None and not SignOff.objects.waiting(at).filter(subject=subject):
        yield "Nothing of this page is public or about to be, so there is nothing to withdraw."


def may_blank(remark: Remark, *, by: User, at: datetime) -> Refusals:
    """Who may take an inside text out for ever."""
    if not by.has_perm("reviews.change_remark"):
        yield "Only a manager can blank a note or a reason."
    if remark.is_blanked:
        yield "This text was blanked already."


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


def must_disclose(edition: Edition, by: User) -> bool:
    """Whether a signature of this person is one on their own words."""
    return edition.author_rows.filter(user=by).exists()


def in_force(subject: Subject, at: datetime) -> SignOff | None:
    """The sign-off in force at an instant, if any."""
    return SignOff.objects.in_force(at).select_related("edition").filter(subject=subject).first()


def _is_open(submission: Submission) -> Refusals:
    if not submission.is_open:
        status = submission.get_status_display()
        yield f"This submission is no longer open ({status}). The page’s record lists all of them."


def _is_entitled(by: User, at: datetime) -> Refusals:
    reviewer = Reviewer.objects.filter(user=by, is_active=True).first()
    if reviewer is None:
        yield "Only a physician with a reviewer’s profile can do this. Ask a manager for one."
    elif not reviewer.valid_licenses(clock.local_date(at)).exists():
        yield "None of your licenses is valid today. Ask a manager to bring one up to date."


def _may_sign(edition: Edition, by: User, at: datetime) -> Refusals:
    yield from _is_entitled(by, at)
    if must_disclose(edition, by) and settings.AUTHOR_MAY_SIGN != "disclosed":
        yield "You wrote words of this edition, so another physician must sign it."


def _nothing_waits(subject: Subject, at: datetime, verb: str) -> Refusals:
    waiting = SignOff.objects.waiting(at).filter(subject=subject).first()
    if waiting is not None:
        when = _day(clock.local_date(waiting.effective_at))
        yield f"A signed edition takes effect on {when}. Cancel it first if you want to {verb}."


def _require(refusals: Refusals) -> None:
    for sentence in refusals:
        raise NotAllowed(sentence)


# --- The verbs


@transaction.atomic
def record_draft(
    subject: Subject, *, by: User, restored_from: Contribution | None = None
) -> Contribution:
    """Write the evidence that a person saved this draft: called wherever one is saved.

    `restored_from` is the contribution whose text was loaded again: its authors count once more.
    Belongs into the transaction that saved the draft. Raises NotAllowed if the draft holds
    something that cannot be frozen.
    """
    draft = _draft(subject)
    try:
        digest = digest_of(text_of(draft.document()))
    except NotCanonical as fault:
        raise NotAllowed(str(fault)) from fault
    at = clock.now()
    contribution = Contribution(
        subject=subject, by=by, at=at, digest=digest, restored_from=restored_from
    )
    chain.append("draft_saved", at=at, by=by, subject=subject, row=contribution)
    return contribution


def submit(
    subject: Subject,
    *,
    by: User,
    note: str,
    public_note: str,
    reviewer: Reviewer | None = None,
) -> Submission:
    """Freeze the draft and put that edition forward; an open submission is superseded.

    `note` is for the reviewer, inside; `public_note` says to patients what changed. `reviewer` is
    a request, not a lock. Raises NotAllowed.
    """
    public_note = _public_line(public_note)
    note = _inside_text(note, required=False)
    with _verb(by) as (by, at):
        _require(may_submit(subject, by=by, at=at))
        on = clock.local_date(at)
        if reviewer and not Reviewer.objects.entitled(on).filter(pk=reviewer.pk).exists():
            raise NotAllowed(f"{reviewer} has no valid license: choose somebody else.")
        remark = _remark(note)
        asked = {"note": remark and remark.pk, "reviewer": reviewer and reviewer.pk}
        edition = _freeze(subject, by=by, at=at, public_note=public_note, asked=asked)
        _end_open(
            subject, Submission.Status.SUPERSEDED, by=by, at=at, also={"by_edition": edition.pk}
        )
        return Submission.objects.create(
            edition=edition, subject=subject, note=remark, reviewer=reviewer
        )


def request_changes(submission: Submission, *, by: User, reason: str) -> None:
    """A physician ends a submission with a reason for its authors. Raises NotAllowed."""
    reason = _inside_text(reason, required=True)
    with _verb(by) as (by, at):
        submission = _fresh(submission)
        _require(may_request_changes(submission, by=by, at=at))
        _end(submission, Submission.Status.CHANGES_REQUESTED, by=by, at=at, reason=reason)


def take_back(submission: Submission, *, by: User) -> None:
    """An author ends a submission. Raises NotAllowed."""
    with _verb(by) as (by, at):
        submission = _fresh(submission)
        _require(may_take_back(submission, by=by, at=at))
        _end(submission, Submission.Status.TAKEN_BACK, by=by, at=at)


def sign_off(
    submission: Submission,
    *,
    by: User,
    proof: Credentials,
    digest: str,
    against: int | None,
    scope: str,
    effective_at: datetime | None = None,
    next_review_due: date | None = None,
) -> SignOff:
    """Sign the edition of an open submission.

    `digest` is that of the edition that was read; `against` the number of the sign-off in force
    that it was compared with, or None. A full review moves the date; a correction keeps it and
    rests on the last full review. `effective_at` may lie ahead. `next_review_due` may be sooner
    than the page's interval, never later. Raises NotAllowed.
    """
    _prove(proof, by)
    with _verb(by) as (by, at):
        submission = _fresh(submission)
        is_correction = scope == SignOff.Scope.CORRECTION
        _require((may_correct if is_correction else may_sign_off)(submission, by=by, at=at))
        before = in_force(submission.subject, at)
        if (before.pk if before else None) != against:
            raise NotAllowed(
                "What is in force changed since you opened this form. "
                "Open it again to see what you would be changing."
            )
        _check_read(submission.edition, digest)
        if not is_correction and scope != SignOff.Scope.FULL:
            raise NotAllowed("Choose a full review or a correction.")
        signed = _sign(
            submission.edition,
            by=by,
            at=at,
            before=before,
            scope=SignOff.Scope(scope),
            effective_at=effective_at,
            next_review_due=next_review_due,
            submission=submission,
        )
        _move(submission, Submission.Status.SIGNED, ended_by=signed.event)
        listing.rebuild(submission.subject)
        return signed


def reaffirm(
    subject: Subject,
    *,
    by: User,
    proof: Credentials,
    digest: str,
    next_review_due: date | None = None,
) -> SignOff:
    """Sign the edition in force again, unchanged: the date moves, the words stay.

    Raises NotAllowed.
    """
    _prove(proof, by)
    with _verb(by) as (by, at):
        _require(may_reaffirm(subject, by=by, at=at))
        before = in_force(subject, at)
        assert before is not None  # may_reaffirm refuses otherwise
        _check_read(before.edition, digest)
        signed = _sign(
            before.edition,
            by=by,
            at=at,
            before=before,
            scope=SignOff.Scope.FULL,
            effective_at=None,
            next_review_due=next_review_due,
            submission=None,
        )
        listing.rebuild(subject)
        return signed


def cancel(sign_off: SignOff, *, by: User, reason: str) -> Withdrawal:
    """End one sign-off: a waiting one never takes effect, a live one steps back to the one before.

    Raises NotAllowed.
    """
    reason = _inside_text(reason, required=True)
    with _verb(by) as (by, at):
        _require(may_cancel(sign_off, by=by, at=at))
        cancelled = _record_withdrawal(
            sign_off.subject, "sign_off_cancelled", by=by, at=at, reason=reason, sign_off=sign_off
        )
        listing.rebuild(sign_off.subject)
        return cancelled


def withdraw(subject: Subject, *, by: User, reason: str, notice: str) -> Withdrawal:
    """Take a page off at once, with a reason inside and one of the fixed notices outside.

    Ends its open submission and whatever waits. Raises NotAllowed.
    """
    reason = _inside_text(reason, required=True)
    if notice not in Withdrawal.Notice.values:
        raise NotAllowed("Choose one of the notices for patients.")
    with _verb(by) as (by, at):
        _require(may_withdraw(subject, by=by, at=at))
        withdrawn = _record_withdrawal(
            subject, "page_withdrawn", by=by, at=at, reason=reason, notice=notice
        )
        _end_open(subject, Submission.Status.ENDED_BY_WITHDRAWAL, by=by, at=at)
        listing.rebuild(subject)
        return withdrawn


def blank(remark: Remark, *, by: User) -> None:
    """Take an inside text out for ever; its hash in the chain stays. Raises NotAllowed."""
    with _verb(by) as (by, at):
        _require(may_blank(remark, by=by, at=at))
        if not Remark.objects.filter(pk=remark.pk).exclude(salt="").update(text="", salt=""):
            raise NotAllowed("This text was blanked already.")
        chain.append("remark_blanked", at=at, by=by, remark=remark.pk)


@transaction.atomic
def record_reviewer(reviewer: Reviewer, *, by: User) -> Event:
    """Write the evidence that a reviewer's profile or licenses were changed, as they now stand.

    Belongs into the transaction that saved them. Raises NotAllowed where somebody changes their own
    profile: nobody makes themselves a physician.
    """
    _require(may_save_reviewer(reviewer, by=by, at=clock.now()))
    return chain.append(
        "reviewer_saved",
        at=clock.now(),
        by=by,
        reviewer={
            "id": reviewer.pk,
            "user": reviewer.user_id,
            "printed_name": reviewer.printed_name,
            "credentials": reviewer.credentials,
            "specialty": reviewer.specialty,
            "relationship": reviewer.relationship,
            "biography": reviewer.biography,
            "is_active": reviewer.is_active,
            "licenses": [str(license) for license in reviewer.licenses.order_by("pk")],
        },
    )


def confirm_profile(reviewer: Reviewer, *, by: User, digest: str) -> ProfileConfirmation:
    """A reviewer vouches for the words of their own profile, which then are public.

    `digest` is that of the words that were read (`profile_digest`). Raises NotAllowed.
    """
    with _verb(by) as (by, at):
        reviewer = Reviewer.objects.get(pk=reviewer.pk)
        _require(may_confirm_profile(reviewer, by=by, at=at))
        if profile_digest(reviewer) != digest:
            raise NotAllowed("The profile changed since you opened it. Read it once more.")
        confirmation = ProfileConfirmation(
            reviewer=reviewer, at=at, on=clock.local_date(at), **reviewer.words
        )
        chain.append("profile_confirmed", at=at, by=by, row=confirmation)
        return confirmation


def profile_digest(reviewer: Reviewer) -> str:
    """The digest of the words of a profile that patients read."""
    return digest_of(text_of(reviewer.words))


# --- What the verbs share


@contextmanager
def _verb(by: User) -> Iterator[tuple[User, datetime]]:
    """One transaction, in which no other verb runs; the actor as the database knows them now.

    The instant is taken under the lock, so that instants follow the order of events.
    """
    with transaction.atomic(durable=True):
        chain.lock()
        actor = get_user_model().objects.get(pk=by.pk)
        if not actor.is_active:
            raise NotAllowed("This account is no longer active.")
        yield actor, clock.now()


def _prove(proof: Credentials, by: User) -> None:
    """Check the password before the transaction opens, so that a failure is counted and kept.

    21 CFR 11.200: each signing shows again that it is the person.
    """
    user = authenticate(proof.request, username=by.get_username(), password=proof.password)
    if user is not None and user.pk == by.pk:
        # A log-in forgets earlier slips, so a signing does too.
        AxesProxyHandler.reset_attempts(
            username=by.get_username(), ip_address=get_client_ip_address(proof.request)
        )
        return
    if getattr(proof.request, "axes_locked_out", False) and user is None:
        locked = "Too many wrong passwords: signing is locked for you for 30 minutes."
    else:
        locked = ""
    with transaction.atomic(durable=True):
        chain.append("proof_failed", at=clock.now(), by=by)
    raise NotAllowed(locked or "The password is wrong. Nothing was signed.")


def _fresh(submission: Submission) -> Submission:
    return Submission.objects.select_related("edition__subject", "subject").get(pk=submission.pk)


def _draft(subject: Subject) -> Reviewable:
    draft = draft_of(subject)
    if draft is None:
        raise NotAllowed("There is no draft: it was deleted.")
    return draft


def _freeze(
    subject: Subject, *, by: User, at: datetime, public_note: str, asked: dict[str, Any]
) -> Edition:
    draft = _draft(subject)
    try:
        document = draft.freeze()
        frozen = text_of(document)
    except NotFreezable as fault:
        raise NotAllowed(" ".join(fault.faults)) from fault
    except NotCanonical as fault:
        raise NotAllowed(str(fault)) from fault
    digest = digest_of(frozen)
    last = subject.contributions.order_by("-pk").first()
    if last is None or last.digest != digest:
        raise NotAllowed(
            "The draft was changed outside its form since it was last saved there. Open it, check "
            "the words and save it, which makes them yours; then submit."
        )
    before = in_force(subject, at)
    if before is not None and before.edition.digest == digest:
        raise NotAllowed(
            "These exact words are in force already. "
            "To move the date, a physician can reaffirm the page instead."
        )
    model = type(draft)
    slug = model.address(document)
    _check_address(subject, slug)
    number = (subject.editions.aggregate(last=Max("number"))["last"] or 0) + 1
    authors = sorted(_authors(subject, at) | {by.pk})
    edition = Edition(
        subject=subject,
        number=number,
        text=frozen,
        digest=digest,
        slug=slug,
        title=model.label(document),
        public_note=public_note,
        frozen_at=at,
        submitted_by=by,
    )
    chain.append("submitted", at=at, by=by, subject=subject, row=edition, authors=authors, **asked)
    EditionAuthor.objects.bulk_create(
        EditionAuthor(edition=edition, user_id=author) for author in authors
    )
    EditionTarget.objects.bulk_create(
        EditionTarget(edition=edition, slug=target) for target in sorted(model.targets(document))
    )
    EditionIndex.objects.create(edition=edition, **asdict(indexed(edition)))
    return edition


def _authors(subject: Subject, at: datetime) -> set[int]:
    """All who wrote words since the freeze of the last signed edition (DESIGN §5).

    An edition whose sign-off was cancelled, or whose page was withdrawn since, does not count as
    signed: nobody vouches for its words any more. Text that was restored brings along those who
    wrote it, and what it was restored from, however often.
    """
    withdrawn = subject.withdrawals.page().aggregate(last=Max("pk"))["last"] or 0
    vouched = SignOff.objects.standing(at).filter(subject=subject, pk__gt=withdrawn)
    frozen = sorted(vouched.values_list("edition", flat=True))
    rows = list(subject.contributions.order_by("pk").values_list("pk", "by", "restored_from"))
    # Each span of contributions is (after the last signed freeze, up to and with a contribution).
    spans = {(frozen[-1] if frozen else 0, rows[-1][0] if rows else 0)}
    seen: set[tuple[int, int]] = set()
    people: set[int] = set()
    while spans:
        after, until = span = spans.pop()
        seen.add(span)
        for pk, by, restored_from in rows:
            if after < pk <= until:
                people.add(by)
                if restored_from is not None:
                    before = [edition for edition in frozen if edition < restored_from]
                    spans.add((before[-1] if before else 0, restored_from))
        spans -= seen
    return people


def _check_address(subject: Subject, slug: str) -> None:
    """Refuse an address that another page signed first."""
    holder = Address.objects.filter(kind=subject.kind, slug=slug).exclude(subject=subject).first()
    if holder is not None:
        raise NotAllowed(
            f"The address “{slug}” belongs to another page for ever. Choose another one."
        )


def _check_read(edition: Edition, digest: str) -> None:
    if edition.digest != digest or digest_of(edition.text) != edition.digest:
        raise NotAllowed(
            "The words on this form are not those of the edition. Open it again and read it."
        )


def _sign(
    edition: Edition,
    *,
    by: User,
    at: datetime,
    before: SignOff | None,
    scope: SignOff.Scope,
    effective_at: datetime | None,
    next_review_due: date | None,
    submission: Submission | None,
) -> SignOff:
    newest = SignOff.objects.order_by("-pk").first()
    if newest is not None and at < newest.signed_at - CLOCK_TOLERANCE:
        raise NotAllowed("The server’s clock is behind the last signature. Tell a manager.")
    subject = edition.subject
    signed_on = clock.local_date(at)
    effective_at = _effective(effective_at, at)
    if scope == SignOff.Scope.CORRECTION:
        assert before is not None  # may_correct refuses otherwise
        if next_review_due is not None:
            raise NotAllowed("A correction keeps the date of the next review.")
        rests_on, due = before.full_review, before.next_review_due
        if clock.local_date(effective_at) > due:
            raise NotAllowed(f"A full review is due on {_day(due)}, before this takes effect.")
    else:
        rests_on, due = None, _due(edition, signed_on, next_review_due)
        if clock.local_date(effective_at) >= due:
            raise NotAllowed(f"The next review is due on {_day(due)}: take effect before that.")
    _check_address(subject, edition.slug)
    if not Address.objects.filter(kind=subject.kind, slug=edition.slug).exists():
        address = Address(subject=subject, kind=subject.kind, slug=edition.slug)
        chain.append("address_claimed", at=at, by=by, subject=subject, row=address)
    disclosed = must_disclose(edition, by)
    attestation = ATTESTATIONS[scope] + (f" {DISCLOSURE}" if disclosed else "")
    reviewer = Reviewer.objects.get(user=by)
    signed = SignOff(
        subject=subject,
        edition=edition,
        submission=submission,
        against=before,
        scope=scope.value,
        rests_on=rests_on,
        digest=edition.digest,
        attestation=attestation,
        signer=by,
        reviewer=reviewer,
        printed_name=reviewer.printed_name,
        credentials=reviewer.credentials,
        license_states=", ".join(
            dict.fromkeys(license.state for license in reviewer.valid_licenses(signed_on))
        ),
        relationship=reviewer.relationship,
        authors=text_of_ids(edition),
        policy=settings.AUTHOR_MAY_SIGN,
        disclosed=disclosed,
        signed_at=at,
        signed_on=signed_on,
        effective_at=effective_at,
        next_review_due=due,
    )
    chain.append("signed", at=at, by=by, subject=subject, row=signed)
    return signed


def text_of_ids(edition: Edition) -> str:
    """The user ids of an edition's authors, as a JSON list in order."""
    ids = edition.author_rows.order_by("user").values_list("user", flat=True)
    return f"[{','.join(map(str, ids))}]"


def _effective(effective_at: datetime | None, at: datetime) -> datetime:
    if effective_at is None:
        return at
    if effective_at <= at:
        raise NotAllowed("It can take effect now or later, not in the past.")
    return effective_at


def _due(edition: Edition, signed_on: date, asked: date | None) -> date:
    interval = model_of(edition.subject.kind).review_interval(edition.document)
    latest = months_after(signed_on, interval)
    if asked is None:
        return latest
    if not signed_on < asked <= latest:
        raise NotAllowed(f"The next review is due after today and on {_day(latest)} at the latest.")
    return asked


def months_after(day: date, months: int) -> date:
    """A day some calendar months later, held to the month's last day where it has fewer."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _end_open(
    subject: Subject,
    status: Submission.Status,
    *,
    by: User,
    at: datetime,
    also: dict[str, Any] | None = None,
) -> None:
    for submission in subject.submissions.filter(status=Submission.Status.OPEN):
        _end(submission, status, by=by, at=at, also=also)


def _end(
    submission: Submission,
    status: Submission.Status,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    also: dict[str, Any] | None = None,
) -> None:
    remark = _remark(reason)
    event = chain.append(
        status.value,
        at=at,
        by=by,
        subject=submission.subject,
        edition=submission.edition_id,
        reason=remark.pk if remark else None,
        **(also or {}),
    )
    _move(submission, status, ended_by=event, reason=remark)


def _move(submission: Submission, status: Submission.Status, **fields: Any) -> None:
    """The guarded move: of two that try, one finds the submission no longer open."""
    moved = Submission.objects.filter(pk=submission.pk, status=Submission.Status.OPEN).update(
        status=status, **fields
    )
    if not moved:
        raise NotAllowed("Somebody was faster: this submission is no longer open.")


def _record_withdrawal(
    subject: Subject,
    kind: str,
    *,
    by: User,
    at: datetime,
    reason: str,
    sign_off: SignOff | None = None,
    notice: str = "",
) -> Withdrawal:
    newest = subject.sign_offs.order_by("-pk").first()
    if newest is not None and timedelta(0) < newest.signed_at - at <= CLOCK_TOLERANCE:
        # Another server's clock is a little ahead: what it signed was public before this.
        at = newest.signed_at + timedelta(microseconds=1)
    withdrawal = Withdrawal(
        subject=subject,
        sign_off=sign_off,
        notice=notice,
        reason=_remark(reason),
        by=by,
        at=at,
        on=clock.local_date(at),
    )
    chain.append(kind, at=at, by=by, subject=subject, row=withdrawal)
    return withdrawal


def _remark(words: str) -> Remark | None:
    if not words:
        return None
    salt = secrets.token_hex(16)
    return Remark.objects.create(digest=digest_of(f"{salt}\n{words}"), salt=salt, text=words)


def _public_line(words: str) -> str:
    try:
        return lines.clean_line(words, maximum=MOST_PUBLIC)
    except ValidationError as fault:
        raise NotAllowed(" ".join(fault.messages)) from fault


def _inside_text(words: str, *, required: bool) -> str:
    try:
        words = lines.clean_text(words, maximum=MOST_INSIDE)
    except ValidationError as fault:
        raise NotAllowed(" ".join(fault.messages)) from fault
    if required and not words:
        raise NotAllowed("Give a reason: whoever reads this later needs it.")
    return words


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
