"""Steps that decide what is public: signing, cancelling, withdrawing, laying over, taking out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from reviews import workflow
from reviews.models import Overlay, Redaction, SignOff, Withdrawal
from tests import cast
from tests.histories import submitting
from tests.histories.oracle import NOTICES, Edition, Page, Signed
from tests.histories.signing import Form
from tests.histories.trust import local
from tests.histories.walk import Finding, Walk

PHYSICIANS = ("doris", "dan", "robin")
STALE = "0" * 64
OWN_WORDS = "I also wrote words of this page"
SUGGESTED = "I suggested some of its words"


def at_of(walk: Walk) -> datetime:
    """When a verb would count; of a clock that is too far behind, what it shows."""
    return walk.clinic.instant() or walk.clinic.clock


def password(form_is_right: bool) -> Any:
    return cast.proof() if form_is_right else cast.proof("wrong")


def count_wrong(walk: Walk, by: str, why_not: str) -> None:
    if why_not == "wrong password":
        walk.clinic.count_wrong(by)


def printed(walk: Walk, by: str) -> str:
    return str(cast.printed(walk.user(by)))


# --- Signing


def _filled(walk: Walk) -> Form:
    """A form as somebody opened it; now and then long ago, or by somebody else."""
    random, clinic, at = walk.random, walk.clinic, at_of(walk)
    opened = [page for page in clinic.pages.values() if page.open]
    if not opened and not walk.wrong(0.15):
        submitting.submit(walk)
        opened = [page for page in clinic.pages.values() if page.open]
    page = random.choice(opened) if opened and random.random() < 0.9 else walk.page()
    edition = page.open or (random.choice(page.editions) if page.editions else None)
    before, waits = page.in_force(at), page.waiting(at)
    scopes = ["full", "correction", "correction", "urgent"] if before else ["full"] * 9 + ["urgent"]
    form = Form(
        page,
        edition,
        walk.able(_signers(walk, edition), PHYSICIANS),
        "urgent" if waits and random.random() < 0.7 else random.choice(scopes),
        password=not walk.wrong(),
        digest=not walk.wrong(),
        printed=not walk.wrong(),
        against=before,
        cancels=waits,
        read=_read(walk),
        over=walk.inside() if page.unsettled() and not walk.wrong(0.2) else "",
    )
    if walk.wrong():
        form.against = random.choice([None, *page.signed])
    if waits and walk.wrong(0.1):
        form.cancels = random.choice([None, *page.signed])
    if form.scope != "urgent" or walk.wrong():
        ahead = random.choice(
            [None] * 6 + [timedelta(seconds=4), timedelta(hours=30), timedelta(20)]
        )
        form.effective = at + ahead if ahead else None
        if walk.wrong(0.02):
            form.effective = at - timedelta(seconds=20)
    if (walk.wrong(0.15) and form.scope == "full") or walk.wrong(0.02):
        form.due = local(at) + timedelta(days=random.choice([0, 1, 3, 20, 45, 400]))
    return form


def _read(walk: Walk) -> str:
    """How a physician read: on this screen, elsewhere as they say, or perhaps not at all."""
    return walk.random.choices(["shown", "ticked", "neither"], [85, 10, 5])[0]


def _open(walk: Walk, form: Form) -> None:
    """Let the whole edition stand on the physician's screen."""
    assert form.edition is not None
    if form.read == "shown":
        edition = walk.submissions[form.edition].edition
        workflow.show_all(edition, to=walk.user(form.by))
        walk.clinic.shown.add((form.by, form.page.id))


def _signers(walk: Walk, edition: Edition | None) -> set[str]:
    """Those who may sign it now."""
    own = set(edition.authors) if edition else set()
    if edition:
        own |= {one.by for one in walk.clinic.page_of(edition).unsettled()}
    return {*walk.clinic.physicians(walk.clinic.clock)} - own


def _likely(walk: Walk, may: Callable[[str, datetime], bool]) -> list[str]:
    """Those who have a right now."""
    return [who for who in walk.clinic.people if may(who, walk.clinic.clock)]


def public_ones(walk: Walk) -> list[Page]:
    """Mostly those with something in force."""
    at = at_of(walk)
    found = [page for page in walk.clinic.pages.values() if page.in_force(at)]
    return found if found and not walk.wrong(0.2) else [*walk.clinic.pages.values()]


def sign(walk: Walk) -> None:
    """Somebody signs; or clicks twice."""
    form = _filled(walk)
    if form.edition is None:
        return
    if _sign(walk, form) and walk.wrong(0.1):
        walk.sums.verbs["second click", "refused"] += 1
        if _sign(walk, form):
            raise Finding("A second click signed once more.")


def _sign(walk: Walk, form: Form) -> bool:
    why_not, edition = walk.clinic.why_not_sign(form), form.edition
    assert edition is not None
    _open(walk, form)
    submission = walk.submissions[edition]
    digest = submission.edition.digest if form.digest else STALE
    profile = printed(walk, form.by) if form.printed else STALE
    pks = {one: walk.sign_offs[one].pk for one in (form.against, form.cancels) if one}

    def act() -> SignOff:
        return workflow.sign_off(
            submission,
            by=walk.user(form.by),
            proof=password(form.password),
            digest=digest,
            profile=profile,
            against=pks.get(form.against) if form.against else None,
            scope=form.scope,
            cancels=pks.get(form.cancels) if form.cancels else None,
            read_elsewhere=form.read == "ticked",
            over=form.over,
            effective_at=form.effective,
            next_review_due=form.due,
        )

    made = walk.attempt(f"sign {form.scope}", why_not, act)
    count_wrong(walk, form.by, why_not)
    if made is None:
        return False
    signed = walk.clinic.sign(form)
    walk.clinic.end(edition, "signed")
    _signed(walk, form.page, signed, made)
    return True


def _signed(walk: Walk, page: Page, signed: Signed, made: SignOff) -> None:
    """Each thing that a signature says is what the oracle says of it."""
    walk.sign_offs[signed] = made
    walk.changed[page] = None
    full = walk.sign_offs[signed.full].pk if signed.full else None
    expected = {
        "signer": walk.users[signed.signer].pk,
        "at": signed.at,
        "day": local(signed.at),
        "effective": signed.effective,
        "due": signed.due,
        "full": full,
        "urgent": signed.urgent_on,
        "disclosed": signed.disclosed,
        "printed": signed.printed,
    }
    found = {
        "signer": made.signer_id,
        "at": made.signed_at,
        "day": made.signed_on,
        "effective": made.effective_at,
        "due": made.next_review_due,
        "full": made.rests_on_id,
        "urgent": made.urgent_on,
        "disclosed": made.disclosed,
        "printed": (made.printed_name, made.credentials, made.license_states, made.relationship),
    }
    if found != expected:
        raise Finding(f"A signature says {found} instead of {expected}.")
    said = (OWN_WORDS in made.attestation, SUGGESTED in made.attestation)
    if said != (signed.disclosed, signed.suggested):
        raise Finding(f"A signature affirms: {made.attestation}")
    _check_four_eyes(walk, page, signed)


def _check_four_eyes(walk: Walk, page: Page, signed: Signed) -> None:
    """I4 once more: by who typed a paragraph or offered a word first, not by authors' rule."""
    if signed.disclosed:
        return
    behind: set[str] = set()
    vouched_for: set[str] = set()
    for other in walk.clinic.pages.values():
        vouched = [one for one in other.vouched(signed.at) if one.n < signed.edition.n]
        for edition in vouched[-1:] if other is page else vouched:
            behind |= edition.words.pieces
            vouched_for |= edition.words.single
    if signed.again:
        return
    for piece in signed.edition.words.pieces - behind:
        if walk.clinic.first_typed.get(piece) == signed.signer:
            raise Finding(f"{signed.signer} signed words that they typed: {piece}")
    words, offered = signed.edition.words, walk.clinic.first_offered
    theirs = {one for one in words.single - vouched_for if offered.get(one) == signed.signer}
    if len(theirs) > words.total // 10:
        raise Finding(f"{signed.signer} signed words that they suggested: {sorted(theirs)}")


def reaffirm(walk: Walk) -> None:
    """Somebody signs what is in force again."""
    page = walk.random.choice(public_ones(walk))
    before = page.in_force(at_of(walk))
    by = walk.able(_signers(walk, before.edition if before else None), PHYSICIANS)
    reaffirm_by(walk, page, by)


def reaffirm_by(walk: Walk, page: Page, by: str) -> None:
    """One physician signs one page again."""
    clinic, at = walk.clinic, at_of(walk)
    before = page.in_force(at)
    form = Form(
        page,
        before.edition if before else None,
        by,
        "full",
        password=not walk.wrong(),
        digest=not walk.wrong(),
        printed=not walk.wrong(),
        read=_read(walk),
    )
    if walk.wrong(0.1):
        form.due = local(at) + timedelta(days=walk.random.choice([0, 1, 20, 45, 400]))
    why_not = clinic.why_not_reaffirm(form)
    if before:
        _open(walk, form)
    digest = walk.sign_offs[before].digest if before and form.digest else STALE
    profile = printed(walk, form.by) if form.printed else STALE

    def act() -> SignOff:
        return workflow.reaffirm(
            walk.subjects[page],
            by=walk.user(form.by),
            proof=password(form.password),
            digest=digest,
            profile=profile,
            next_review_due=form.due,
            read_elsewhere=form.read == "ticked",
        )

    made = walk.attempt("reaffirm", why_not, act)
    count_wrong(walk, form.by, why_not)
    if made is not None:
        _signed(walk, page, clinic.reaffirm(form), made)


def sign_on_an_old_form(walk: Walk) -> None:
    """A form is opened; before it is sent, something else happens."""
    form = _filled(walk)
    if form.edition is None:
        return
    form = replace(form, digest=True, printed=True, password=True)
    walk.random.choice([sign, cancel, withdraw, reaffirm])(walk)
    _sign(walk, form)


# --- Ending


def cancel(walk: Walk) -> None:
    """Somebody ends one sign-off."""
    pages = [page for page in walk.clinic.pages.values() if page.signed]
    if not pages:
        return
    page, at = walk.random.choice(public_ones(walk)), at_of(walk)
    if not page.signed:
        return
    likely = [one for one in (page.waiting(at), page.in_force(at)) if one]
    one = walk.random.choice(likely if likely and not walk.wrong(0.2) else page.signed)
    by, reason = walk.able([*_likely(walk, walk.clinic.withdraws), one.signer]), walk.inside()
    why_not = walk.clinic.why_not_cancel(page, one, by)

    def act() -> Withdrawal:
        return workflow.cancel(walk.sign_offs[one], by=walk.user(by), reason=reason)

    if walk.attempt("cancel", why_not, act):
        walk.clinic.cancel(one, reason)
        walk.changed[page] = None


def withdraw(walk: Walk) -> None:
    """Somebody takes a page off."""
    page, reason = walk.random.choice(public_ones(walk)), walk.inside()
    by = walk.able(_likely(walk, walk.clinic.withdraws))
    notice = walk.random.choice(NOTICES)
    why_not = walk.clinic.why_not_withdraw(page, by)

    def act() -> Withdrawal:
        return workflow.withdraw(
            walk.subjects[page], by=walk.user(by), reason=reason, notice=notice
        )

    if walk.attempt("withdraw", why_not, act):
        walk.clinic.withdraw(page, reason, notice)
        walk.changed[page] = None


# --- Laying over, and taking out


def flag(walk: Walk) -> None:
    """Somebody puts the notice above a page."""
    _lay(walk, "flag")


def hold(walk: Walk) -> None:
    """Somebody keeps a page off."""
    _lay(walk, "hold")


def release(walk: Walk) -> None:
    """Somebody gives a page back."""
    _lay(walk, "release")


def _lay(walk: Walk, kind: str) -> None:
    pages = [*walk.clinic.pages.values()]
    laid = [page for page in pages if page.laid_at(at_of(walk))]
    likely = laid if laid and not walk.wrong(0.2) else pages
    if kind != "release":
        likely = public_ones(walk)
    page, right = walk.random.choice(likely), not walk.wrong()
    by = walk.someone("edie", "doris", "mara", "dan", "robin")
    why_not = walk.clinic.why_not_lay(kind, page, by, password=right)
    reason = walk.inside()

    def act() -> Overlay:
        made: Overlay = getattr(workflow, kind)(
            walk.subjects[page], by=walk.user(by), proof=password(right), reason=reason
        )
        return made

    made = walk.attempt(kind, why_not, act)
    count_wrong(walk, by, why_not)
    if made is not None:
        walk.clinic.lay(kind, page, by)
        walk.changed[page] = None


def redact(walk: Walk) -> None:
    """Somebody takes the words of an edition out."""
    pages = [page for page in walk.clinic.pages.values() if page.editions]
    if not pages:
        return
    page = walk.random.choice(pages)
    signed = [one.edition for one in page.signed]
    edition: Edition = walk.random.choice(signed if signed else page.editions)
    by, right = walk.able(_likely(walk, walk.clinic.withdraws)), not walk.wrong()
    why_not = walk.clinic.why_not_redact(page, edition, by, password=right)
    row, reason, at = walk.submissions[edition].edition, walk.inside(), at_of(walk)

    def act() -> list[Redaction]:
        return workflow.redact(row, by=walk.user(by), proof=password(right), reason=reason)

    made = walk.attempt("redact", why_not, act)
    count_wrong(walk, by, why_not)
    if made is not None:
        walk.clinic.take_out(page, edition, at)
        walk.changed[page] = None
