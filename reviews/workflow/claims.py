"""What waits for a second pair of eyes: claims, confirmed or objected to (DESIGN §5)."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from reviews import clock
from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import Claim, ClaimAnswer, Reviewer
from reviews.workflow.refusals import Refusals, require
from reviews.workflow.verbs import verb


def may_confirm(claim: Claim, *, by: User, at: datetime) -> Refusals:
    """Who may make a claim count, or clear an objection to it: a third person who manages."""
    if not by.has_perm("reviews.add_claimanswer"):
        yield "Only a manager whose own rights count can confirm this."
    if by.pk == claim.by_id:
        yield "You asked for this yourself, so another manager must confirm it."
    if by.pk == claim.person_id:
        yield "This is about yourself, so another manager must confirm it."
    if claim.counts(at):
        yield "This counts already."


def may_object(claim: Claim, *, by: User, at: datetime) -> Refusals:
    """Who may stop a claim: the person concerned always, physicians and managers in time."""
    last = claim.answers.exclude(step=ClaimAnswer.Step.TOLD).order_by("-pk").first()
    if last is not None and last.step == ClaimAnswer.Step.OBJECTED:
        yield "Somebody objected already. It does not count until a manager clears it."
    if by.pk == claim.person_id:
        return
    if not (by.has_perm("reviews.add_claimanswer") or Reviewer.objects.filter(user=by).exists()):
        yield "Only the person concerned, physicians and managers can object."
    if claim.counts(at):
        yield "This counts already. Tell a manager what is wrong."


def make_claim(
    kind: Claim.Kind, person: User, *, by: User | None, at: datetime, waits: bool, **fields: Any
) -> Claim:
    """Write down that something about a person counts from now, or `waits`.

    Belongs into the transaction that changes it.
    """
    claim = Claim(kind=kind, person=person, by=by, at=at, waits=waits, **fields)
    chain.append(Kind.CLAIM_MADE, at=at, by=by, row=claim)
    return claim


def confirm(claim: Claim, *, by: User) -> None:
    """Let a claim count, or clear the objection to it. Raises NotAllowed."""
    with verb(by) as (by, at):
        require(may_confirm(claim, by=by, at=at))
        _answer(claim, ClaimAnswer.Step.CONFIRMED, by=by, at=at)


def object_to(claim: Claim, *, by: User) -> None:
    """Stop a claim from counting until a manager clears it. Raises NotAllowed.

    Takes no active account: who was switched off, or never got in, is told by letter and may say
    that it is not right.
    """
    with transaction.atomic(durable=True):
        chain.lock()
        at = clock.now()
        require(may_object(claim, by=by, at=at))
        _answer(claim, ClaimAnswer.Step.OBJECTED, by=by, at=at)


def tell(claim: Claim) -> None:
    """Write down that every physician was told, from when the time to object runs."""
    with transaction.atomic(durable=True):
        chain.lock()
        if not claim.answers.filter(step=ClaimAnswer.Step.TOLD).exists():
            _answer(claim, ClaimAnswer.Step.TOLD, by=None, at=clock.now())


def confirm_all(person: User) -> int:
    """On the server's command line: let everything about a person count; how much it was."""
    with transaction.atomic(durable=True):
        chain.lock()
        at = clock.now()
        waiting = list(Claim.objects.not_counting(at).filter(person=person))
        for claim in waiting:
            _answer(claim, ClaimAnswer.Step.CONFIRMED, by=None, at=at)
        return len(waiting)


_EVENTS = {
    ClaimAnswer.Step.TOLD: Kind.CLAIM_TOLD,
    ClaimAnswer.Step.CONFIRMED: Kind.CLAIM_CONFIRMED,
    ClaimAnswer.Step.OBJECTED: Kind.CLAIM_OBJECTED,
}


def _answer(claim: Claim, step: ClaimAnswer.Step, *, by: User | None, at: datetime) -> None:
    answer = ClaimAnswer(claim=claim, step=step, by=by, at=at)
    chain.append(_EVENTS[step], at=at, by=by, row=answer)
