"""The fixed cast of the tests, and the steps that most of them begin with."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import HttpRequest

from conditions.models import Condition, Differential, KeyPoint
from reviews import clock, workflow
from reviews.models import (
    License,
    Overlay,
    ProfileConfirmation,
    Redaction,
    Reviewer,
    SignOff,
    Subject,
    Submission,
)
from reviews.workflow import Credentials

PASSWORD = "correct horse battery staple"


def person(username: str, *groups: str, **fields: Any) -> User:
    """A member of staff in some groups, whose password is PASSWORD."""
    user = User.objects.create_user(
        username, f"{username}@example.com", PASSWORD, is_staff=True, **fields
    )
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def make_reviewer(
    user: User, name: str, credentials: str, *, valid_to: date | None = None
) -> Reviewer:
    """A reviewer's profile with one license in New York."""
    reviewer = Reviewer.objects.create(
        user=user,
        slug=user.username,
        printed_name=name,
        credentials=credentials,
        relationship="A physician of the clinic, made up for tests.",
    )
    License.objects.create(
        reviewer=reviewer,
        state="New York",
        number="1",
        expires_on=valid_to or date(2099, 12, 31),
    )
    return reviewer


def confirm(user: User) -> ProfileConfirmation:
    """Let a physician confirm the words of their profile, having just read them."""
    reviewer = Reviewer.objects.get(user=user)
    return workflow.confirm_profile(reviewer, by=user, digest=workflow.profile_digest(reviewer))


def make_condition(slug: str = "sample-condition", *, by: User, **fields: Any) -> Condition:
    """A draft that can be submitted, saved by somebody."""
    condition = Condition(
        slug=slug,
        **{
            "name": slug.replace("-", " ").capitalize(),
            "stance": "not_treated",
            "headline": "Tovani does not treat this.",
            "summary": "<p>What helps is something else.</p>",
            "next_steps": "<p>Ask somebody.</p>",
            "disclaimer": "A sample, not advice.",
            **fields,
        },
    )
    with transaction.atomic():
        condition.save()
        KeyPoint.objects.create(condition=condition, text="<p>One point.</p>")
        workflow.record_draft(condition.subject, by=by)
    return condition


def name_target(condition: Condition, slug: str, *, by: User) -> None:
    """Let a draft name another page's address."""
    Differential.objects.create(
        condition=condition, label=slug, target=slug, text="<p>It differs.</p>"
    )
    workflow.record_draft(condition.subject, by=by)


def edit(condition: Condition, *, by: User, **fields: Any) -> Condition:
    """Save new words in a draft, as the admin does."""
    condition.refresh_from_db()
    for name, value in fields.items():
        setattr(condition, name, value)
    condition.full_clean()
    condition.save()
    workflow.record_draft(condition.subject, by=by)
    return condition


def request(address: str = "192.0.2.1") -> HttpRequest:
    """A real request object, as a signing form would send."""
    made = HttpRequest()
    made.method = "POST"
    made.META["REMOTE_ADDR"] = address
    return made


def proof(password: str = PASSWORD, address: str = "192.0.2.1") -> Credentials:
    """The password typed again."""
    return Credentials(request(address), password)


def submit(condition: Condition, *, by: User, **fields: Any) -> Submission:
    """Put a draft forward without notes, unchanged too."""
    empty = {"note": "", "public_note": "", "unchanged_because": "As agreed."}
    return workflow.submit(condition.subject, by=by, **{**empty, **fields})


def sign(submission: Submission, *, by: User, **fields: Any) -> SignOff:
    """Sign a submission in full, having just opened and read it."""
    workflow.show_all(submission.edition, to=by)
    before = workflow.in_force(submission.subject, clock.now())
    return workflow.sign_off(
        submission,
        by=by,
        **{
            "proof": proof(),
            "digest": submission.edition.digest,
            "profile": printed(by),
            "against": before.pk if before else None,
            "scope": "full",
            **fields,
        },
    )


def submit_together(conditions: list[Condition], *, by: User, **fields: Any) -> list[Submission]:
    """Put drafts forward together as they were saved last."""
    drafts = {one.subject: one.subject.contributions.latest("pk").digest for one in conditions}
    asked = {"note": "A new number.", "public_note": "Our telephone number.", **fields}
    return workflow.submit_together(drafts, by=by, **asked)


def opened_together(submissions: list[Submission], *, by: User) -> list[workflow.Signing]:
    """What the form of several submissions says that was opened and read just now."""
    found = []
    for one in submissions:
        workflow.show_all(one.edition, to=by)
        before = workflow.in_force(one.subject, clock.now())
        found.append(workflow.Signing(one, one.edition.digest, before.pk if before else None))
    return found


def sign_together(submissions: list[Submission], *, by: User, **fields: Any) -> list[SignOff]:
    """Sign several submissions at once, having just opened and read them."""
    asked = {"proof": proof(), "profile": printed(by), **fields}
    return workflow.sign_together(opened_together(submissions, by=by), by=by, **asked)


def printed(by: User | str) -> str:
    """What a form opened just now says of what is printed under this person's signature."""
    user = User.objects.get(username=by) if isinstance(by, str) else by
    return workflow.printed_digest(user, clock.now())


def reaffirm(subject: Subject, *, by: User, **fields: Any) -> SignOff:
    """Sign what is in force again, having just read it; `digest` is that of its edition."""
    before = workflow.in_force(subject, clock.now())
    if before is not None:
        workflow.show_all(before.edition, to=by)
    return workflow.reaffirm(subject, by=by, **{"proof": proof(), "profile": printed(by), **fields})


def publish(
    condition: Condition, *, by: User, signer: User, public_note: str = "", **fields: Any
) -> SignOff:
    """Submit a draft and sign it in full."""
    return sign(submit(condition, by=by, public_note=public_note), by=signer, **fields)


def lay_over(verb: str, condition: Condition, *, by: User, reason: str = "Why.") -> Overlay:
    """Flag, hold or release a page."""
    laid: Overlay = getattr(workflow, verb)(condition.subject, by=by, proof=proof(), reason=reason)
    return laid


def redact(sign_off: SignOff, *, by: User, reason: str = "Why.") -> list[Redaction]:
    """Take the words of a signed edition out."""
    return workflow.redact(sign_off.edition, by=by, proof=proof(), reason=reason)
