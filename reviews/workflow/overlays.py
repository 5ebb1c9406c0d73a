"""What is laid over a page while it is checked, and words taken out of its record."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef

from reviews import clock
from reviews.evidence import chain, listing
from reviews.evidence.kinds import Kind
from reviews.models import (
    Edition,
    Event,
    Overlay,
    Redaction,
    Remark,
    SignOff,
    Subject,
)
from reviews.models.prepared import Prepared
from reviews.text.days import day
from reviews.workflow.credentials import Credentials, prove
from reviews.workflow.originals import off_with_original, translations_of
from reviews.workflow.refusals import Refusals, in_force, is_entitled, require, waiting_of
from reviews.workflow.verbs import inside_text, new_remark, verb

_KINDS = {
    Overlay.Kind.FLAG: Kind.PAGE_FLAGGED,
    Overlay.Kind.HOLD: Kind.PAGE_HELD,
    Overlay.Kind.RELEASE: Kind.PAGE_RELEASED,
}


def overlay_of(subject: Subject, at: datetime) -> Overlay | None:
    """The flag or hold that stands over a page at an instant, if any."""
    standing = _STANDING.first(subject=subject.pk, at=at)
    return None if standing is None or standing.kind == Overlay.Kind.RELEASE else standing


_STANDING: Prepared[Overlay] = Prepared(
    lambda subject, at: (
        Overlay.objects.standing(at).filter(subject=subject).select_related("reason", "by")[:1]
    ),
    subject=UUID,
    at=datetime,
)


def may_flag(subject: Subject, *, by: User, at: datetime) -> Refusals:
    """Who may put the fixed notice above a page, and when there is one to put it on."""
    yield from _may_lay_over(subject, by, at, "flag")
    standing = overlay_of(subject, at)
    if standing is not None:
        more = ", which is more than a flag" if standing.kind == Overlay.Kind.HOLD else ""
        yield f"This page is {standing.get_kind_display()} already{more}."


def may_hold(subject: Subject, *, by: User, at: datetime) -> Refusals:
    """Who may keep a page off while it is checked, and when there is one to keep off."""
    yield from _may_lay_over(subject, by, at, "hold")
    standing = overlay_of(subject, at)
    if standing is not None and standing.kind == Overlay.Kind.HOLD:
        yield "This page is held already."


def _may_lay_over(subject: Subject, by: User, at: datetime, word: str) -> Refusals:
    if not by.is_staff:
        yield f"Only staff of the clinic can {word} a page."
    if in_force(subject, at) is None and waiting_of(subject, at) is None:
        yield f"Nothing of this page is public or about to be, so there is nothing to {word}."


def may_release(subject: Subject, *, by: User, at: datetime) -> Refusals:
    """Who may end a flag or a hold: what a physician held, a physician."""
    standing = overlay_of(subject, at)
    if standing is None:
        yield "This page is neither flagged nor held, so there is nothing to release."
        return
    live = in_force(subject, at)
    if standing.kind == Overlay.Kind.HOLD and live and off_with_original(live.edition, at):
        yield (
            "The page that this one translates is held or withdrawn. Give that one back first, or "
            "let an edition be signed that is no translation of it."
        )
    refusal = next(is_entitled(by, at), "")
    if not refusal:
        return
    if standing.kind == Overlay.Kind.HOLD and standing.by_physician:
        yield "A physician held this page, so a physician must release it."
    if not by.has_perm("reviews.add_withdrawal"):
        yield "Only a physician or a manager can release a page."


def may_redact(edition: Edition, *, by: User, at: datetime) -> Refusals:
    """Who may take an edition's words out of everything public, and of which edition."""
    if not by.has_perm("reviews.add_withdrawal"):
        yield "Only a physician or a manager can take an edition’s words out."
    before = Redaction.objects.filter(edition=edition).first()
    if before is not None:
        yield f"The words of this edition were taken out on {day(before.on)} already."
    if not SignOff.objects.shown_by(at).filter(edition=edition).exists():
        yield "This edition was never public, so none of its words are."
    signed = SignOff.objects.filter(subject=edition.subject).select_related("edition__subject")
    document = edition.document
    if any(one.edition.says(document) for one in signed.in_force(at)):
        yield (
            "These words are in force. Withdraw the page first, or let another edition be signed; "
            "then take them out."
        )
    if any(one.edition.says(document) for one in signed.waiting(at)):
        yield "These words wait to take effect. Cancel that sign-off first; then take them out."


def flag(subject: Subject, *, by: User, proof: Credentials, reason: str) -> Overlay:
    """Put the fixed notice above a page; the page stays. Raises NotAllowed."""
    reason = inside_text(reason, required=True)
    prove(proof, by, signs=False)
    with verb(by) as (by, at):
        require(may_flag(subject, by=by, at=at))
        return _lay_over(subject, Overlay.Kind.FLAG, by=by, at=at, reason=_remark(reason))


def hold(subject: Subject, *, by: User, proof: Credentials, reason: str) -> Overlay:
    """Keep a page off while it is checked; nothing that was signed ends. Raises NotAllowed."""
    reason = inside_text(reason, required=True)
    prove(proof, by, signs=False)
    with verb(by) as (by, at):
        require(may_hold(subject, by=by, at=at))
        return put_on_hold(subject, by=by, at=at, reason=reason)


def put_on_hold(subject: Subject, *, by: User, at: datetime, reason: str) -> Overlay:
    """Keep a page and its translations off, inside a verb that asked `may_hold`."""
    held = _lay_over(subject, Overlay.Kind.HOLD, by=by, at=at, reason=_remark(reason))
    hold_translations(subject, held.event, by=by, at=at, reason=held.reason)
    return held


def release(subject: Subject, *, by: User, proof: Credentials, reason: str) -> Overlay:
    """End a flag or a hold: the page comes back with its own dates. Raises NotAllowed."""
    reason = inside_text(reason, required=True)
    prove(proof, by)
    with verb(by) as (by, at):
        require(may_release(subject, by=by, at=at))
        standing = overlay_of(subject, at)
        released = _lay_over(subject, Overlay.Kind.RELEASE, by=by, at=at, reason=_remark(reason))
        if standing is not None and standing.kind == Overlay.Kind.HOLD:
            _release_translations(standing, by=by, at=at, reason=released.reason)
        return released


def redact(edition: Edition, *, by: User, proof: Credentials, reason: str) -> list[Redaction]:
    """Take an edition's words out of everything public; dates, signer and digest stay.

    Other editions of the page with the same words go with it. Raises NotAllowed.
    """
    reason = inside_text(reason, required=True)
    prove(proof, by)
    with verb(by) as (by, at):
        require(may_redact(edition, by=by, at=at))
        return take_out(edition, by=by, at=at, reason=_remark(reason))


def take_out(edition: Edition, *, by: User, at: datetime, reason: Remark) -> list[Redaction]:
    """Record that the words of an edition, and of those that say the same, are public no more."""
    taken_out = []
    signed = SignOff.objects.filter(edition=OuterRef("pk"))
    others = edition.subject.editions.filter(Exists(signed), redaction=None).order_by("pk")
    document = edition.document
    for one in others:
        if not one.says(document):
            continue
        redaction = Redaction(
            subject=one.subject, edition=one, reason=reason, by=by, at=at, on=clock.local_date(at)
        )
        chain.append(Kind.EDITION_REDACTED, at=at, by=by, subject=one.subject, row=redaction)
        taken_out.append(redaction)
    return taken_out


def hold_translations(
    subject: Subject, event: Event, *, by: User, at: datetime, reason: Remark
) -> None:
    """Hold what translates a page that `event` took off, and what translates that."""
    for translation in translations_of(subject, at):
        standing = overlay_of(translation, at)
        if standing is None or standing.kind != Overlay.Kind.HOLD:
            _lay_over(translation, Overlay.Kind.HOLD, by=by, at=at, reason=reason, follows=event)
            hold_translations(translation, event, by=by, at=at, reason=reason)


def hold_with_original(subject: Subject, *, by: User, at: datetime) -> None:
    """Hold a page that came to translate one that is off, by another signature's end."""
    live = in_force(subject, at)
    off = off_with_original(live.edition, at) if live else None
    standing = overlay_of(subject, at)
    if off is None or (standing is not None and standing.kind == Overlay.Kind.HOLD):
        return
    kind = Overlay.Kind.HOLD
    _lay_over(subject, kind, by=by, at=at, reason=off.reason, follows=off.event)
    hold_translations(subject, off.event, by=by, at=at, reason=off.reason)


def _release_translations(hold: Overlay, *, by: User, at: datetime, reason: Remark) -> None:
    """Give back what was held with a page, its flag with it, where that page says what it said.

    Where it says something else now, somebody must look at each translation first.
    """
    began, now = in_force(hold.subject, hold.at), in_force(hold.subject, at)
    if began is None or now is None or began.digest != now.digest:
        return
    following = Overlay.objects.holding(at).filter(follows=hold.event)
    for held in following.select_related("subject").order_by("pk"):
        live = in_force(held.subject, at)
        if live is not None and off_with_original(live.edition, at):
            continue
        earlier = held.subject.overlays.filter(pk__lt=held.pk).order_by("-pk").first()
        flagged = earlier is not None and earlier.kind == Overlay.Kind.FLAG
        if earlier is not None and flagged:
            _lay_over(held.subject, Overlay.Kind.FLAG, by=by, at=at, reason=earlier.reason)
        else:
            _lay_over(held.subject, Overlay.Kind.RELEASE, by=by, at=at, reason=reason)


def _remark(reason: str) -> Remark:
    remark = new_remark(reason)
    assert remark is not None  # a reason is required
    return remark


def _lay_over(
    subject: Subject,
    kind: Overlay.Kind,
    *,
    by: User,
    at: datetime,
    reason: Remark,
    follows: Event | None = None,
) -> Overlay:
    overlay = Overlay(
        subject=subject,
        kind=kind,
        by_physician=not next(is_entitled(by, at), ""),
        reason=reason,
        by=by,
        at=at,
        on=clock.local_date(at),
        follows=follows,
    )
    chain.append(_KINDS[kind], at=at, by=by, subject=subject, row=overlay)
    listing.rebuild(subject)
    return overlay
