"""Steps of physicians who go or come back, stand by a page no longer, or are away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from reviews import workflow
from reviews.models import Reviewer
from tests.histories import deciding
from tests.histories.house import WAYS, Going
from tests.histories.staffing import learn_claims, managing
from tests.histories.trust import Away, local
from tests.histories.walk import Finding, Walk


def _reviewer(walk: Walk, who: str) -> Reviewer:
    return Reviewer.objects.get(pk=walk.reviewers[who].pk)


def _signers(walk: Walk) -> list[str]:
    """Those with a profile on whom a page rests now."""
    at = deciding.at_of(walk)
    return [who for who in walk.reviewers if walk.clinic.resting_on(who, at)]


def end_reviewer(walk: Walk) -> None:
    """A manager ends a physician as a reviewer; each page that rests on them is kept or held."""
    clinic, at, random = walk.clinic, deciding.at_of(walk), walk.random
    here = [who for who in walk.reviewers if not _gone(walk, who)]
    likely = [who for who in _signers(walk) if who in here]
    if random.random() < 0.4:
        ended = {end.who for page in clinic.pages.values() for end in page.ends}
        likely = [who for who in likely if who in ended] or likely
    who = random.choice(likely if likely and not walk.wrong(0.3) else [*walk.reviewers])
    seen = [*clinic.resting_on(who, at)]
    signed = [local(one.at) for some in clinic.resting_on(who, at).values() for one in some]
    today = local(at)
    going = Going(
        who,
        managing(walk),
        random.choice(WAYS),
        random.choice([today, today, max(signed, default=today - timedelta(days=5))]),
        seen,
        [page for page in seen if random.random() < 0.3],
        password=not walk.wrong(),
    )
    if walk.wrong(0.1):
        going.on = today + timedelta(days=random.choice([1, -3, -30]))
    if walk.wrong():
        going.step = "back"
    if walk.wrong(0.1):
        going.seen = [page for page in clinic.pages.values() if page not in seen]
        going.hold = random.choice([going.hold, going.seen])
    why_not = clinic.why_not_go(going)

    def act() -> Any:
        return workflow.end_reviewer(
            _reviewer(walk, who),
            by=walk.user(going.by),
            proof=deciding.password(going.password),
            step=going.step,
            on=going.on,
            hold=[walk.subjects[page].pk for page in going.hold],
            seen=[walk.subjects[page].pk for page in going.seen],
        )

    made = walk.attempt("end reviewer", why_not, act)
    deciding.count_wrong(walk, going.by, why_not)
    if made is not None:
        clinic.go(going)
        walk.changed |= dict.fromkeys(page for page in clinic.pages.values() if page.signed)
        learn_claims(walk)
        _check_may_not_sign(walk, who)


def _gone(walk: Walk, who: str) -> bool:
    profile = walk.clinic.people[who].profile
    return profile is not None and profile.gone is not None


def _check_may_not_sign(walk: Walk, who: str) -> None:
    at = walk.clinic.clock
    if Reviewer.objects.entitled(at).filter(user__username=who).exists():
        raise Finding(f"{who} may sign, but has gone or waits for a word.")


def bring_back(walk: Walk) -> None:
    """A manager records that a physician who went is back; they sign once that is confirmed."""
    gone = [who for who in walk.reviewers if _gone(walk, who)]
    if not gone and not walk.wrong(0.2):
        return
    who = walk.random.choice(gone if gone and not walk.wrong(0.1) else [*walk.reviewers])
    bring(walk, who, managing(walk), right=not walk.wrong())


def bring(walk: Walk, who: str, by: str, *, right: bool) -> None:
    """One manager brings one physician back."""
    why_not = walk.clinic.why_not_come_to_review(who, by, password=right)

    def act() -> Any:
        return workflow.bring_back(
            _reviewer(walk, who), by=walk.user(by), proof=deciding.password(right)
        )

    made = walk.attempt("bring back reviewer", why_not, act)
    deciding.count_wrong(walk, by, why_not)
    if made is not None:
        walk.clinic.come_to_review(who, by)
        walk.changed |= dict.fromkeys(page for page in walk.clinic.pages.values() if page.signed)
        learn_claims(walk)
        _check_may_not_sign(walk, who)


def end_reliance(walk: Walk) -> None:
    """A physician stands behind one page no longer, which is kept or held."""
    clinic, at = walk.clinic, deciding.at_of(walk)
    page, right = walk.random.choice(deciding.public_ones(walk)), not walk.wrong()
    signed = page.in_force(at)
    by = walk.able([signed.signer, signed.review.signer] if signed else [])
    reason, hold = "" if walk.wrong() else walk.inside(), walk.random.random() < 0.3
    why_not = clinic.why_not_end_reliance(page, by, password=right, because=bool(reason))

    def act() -> Any:
        return workflow.end_reliance(
            walk.subjects[page],
            by=walk.user(by),
            proof=deciding.password(right),
            reason=reason,
            hold=hold,
        )

    made = walk.attempt("end reliance", why_not, act)
    deciding.count_wrong(walk, by, why_not)
    if made is not None:
        clinic.end_reliance(page, by, hold=hold)
        walk.changed[page] = None
        if walk.random.random() < 0.4:
            deciding.reaffirm_by(walk, page, by)


def go_away(walk: Walk) -> None:
    """A physician or a manager says when a physician is away, and who stands in."""
    clinic, random = walk.clinic, walk.random
    who = random.choice([*walk.reviewers])
    by, today = walk.able([who, managing(walk)]), local(walk.clinic.clock)
    first = today + timedelta(days=random.choice([-3, 0, 0, 2, 10]))
    last = first + timedelta(days=random.choice([0, 7, 30, -1]))
    others = [one for one in walk.reviewers if one != who]
    stand_in = random.choice(others if not walk.wrong() else [who])
    away = Away(first, last, stand_in)
    why_not = clinic.why_not_go_away(who, by, away)

    def act() -> Any:
        return workflow.go_away(
            _reviewer(walk, who),
            by=walk.user(by),
            stand_in=_reviewer(walk, stand_in),
            first_on=first,
            last_on=last,
        )

    if walk.attempt("go away", why_not, act):
        clinic.people[who].away = away
    check_stand_ins(walk)


def come_back(walk: Walk) -> None:
    """A physician is not away, or no longer."""
    clinic, at = walk.clinic, walk.clinic.clock
    away = [who for who in walk.reviewers if clinic.people[who].away_on(local(at))]
    who = walk.random.choice(away if away and not walk.wrong(0.2) else [*walk.reviewers])
    by = walk.able([who, managing(walk)])
    why_not = clinic.why_not_come_back(who, by)

    def act() -> Any:
        return workflow.come_back(_reviewer(walk, who), by=walk.user(by))

    if walk.attempt("come back", why_not, act):
        clinic.people[who].away = None
    check_stand_ins(walk)


def check_stand_ins(walk: Walk) -> None:
    """Who stands in for whom today."""
    at = walk.clinic.clock
    found = {
        absence.reviewer.user.username: absence.stand_in.user.username
        for absence in workflow.stand_ins(at).values()
        if absence.stand_in
    }
    if found != walk.clinic.stand_ins(at):
        raise Finding(f"Stand-ins are {found}, not {walk.clinic.stand_ins(at)}.")
