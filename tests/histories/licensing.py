"""Steps on reviewers: profiles, licenses, and what physicians confirm of themselves."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from reviews import workflow
from reviews.models import License, Reviewer
from tests import cast
from tests.histories.staffing import STATES, learn_claims, managing
from tests.histories.trust import License as Licensed
from tests.histories.trust import Profile, local
from tests.histories.walk import Walk


def make_profile(walk: Walk) -> None:
    """A manager gives somebody a reviewer's profile with a first license."""
    clinic, at, by = walk.clinic, walk.clinic.clock, managing(walk)
    bare = [who for who, human in clinic.people.items() if human.profile is None]
    new = [who for who in bare if who.startswith("new")]
    if not bare:
        return
    who = walk.random.choice(new if new and not walk.wrong(0.2) else bare)
    until = local(at) + timedelta(days=walk.random.choice([90, 900]))
    why_not = "" if clinic.manages(by, at) else "no manager"
    why_not = why_not or ("own profile" if who == by else "")

    def act() -> Reviewer:
        with transaction.atomic():
            row = cast.make_reviewer(walk.user(who), f"Dr. {who}", "DO", valid_to=until)
            workflow.record_reviewer(row, by=walk.user(by), before=None)
            return row

    row = walk.attempt("make profile", why_not, act)
    if row is not None:
        licensed = Licensed("New York", until)
        walk.licenses[licensed] = row.licenses.get()
        walk.reviewers[who] = row
        profile = Profile(f"Dr. {who}", "DO", row.relationship, licenses=[licensed])
        clinic.people[who].profile = profile
        clinic.claim("profile", who, by, at, waits=True)
        learn_claims(walk)


def change_profile(walk: Walk) -> None:
    """A manager changes what is printed, adds a license, ends one, or switches a profile."""
    clinic, at, by = walk.clinic, walk.clinic.clock, managing(walk)
    who = walk.random.choice([*walk.reviewers])
    profile, kind = clinic.people[who].profile, walk.random.random()
    assert profile is not None
    why_not = "" if clinic.manages(by, at) else "no manager"
    why_not = why_not or ("own profile" if who == by else "")
    row = Reviewer.objects.get(pk=walk.reviewers[who].pk)
    free = sorted({*STATES} - {one.state for one in profile.licenses})
    state, until = walk.random.choice(free) if free else "", local(at) + timedelta(days=300)
    name, biography, active = profile.name, profile.biography, profile.active
    ends: Licensed | None = None
    if kind < 0.3:
        state, name = "", f"{profile.name.split(',')[0].split(' the ')[0]} the {len(walk.log)}th"
    elif kind < 0.5:
        state, biography = "", f"Born in {walk.word('x')}."
    elif kind < 0.6:
        state, active = "", not active
        if profile.gone:
            why_not = why_not or "went, and was not brought back"
    elif kind < 0.7:
        state, ends = "", walk.random.choice(profile.licenses)
    elif not state:
        return

    def act() -> bool:
        with transaction.atomic():
            before = workflow.standing_of(row)
            row.printed_name, row.biography, row.is_active = name, biography, active
            row.save()
            if state:
                License.objects.create(reviewer=row, state=state, number="2", expires_on=until)
            if ends:
                License.objects.filter(pk=walk.licenses[ends].pk).update(
                    expires_on=local(at) + timedelta(days=2)
                )
            workflow.record_reviewer(row, by=walk.user(by), before=before)
            return True

    if not walk.attempt("change profile", why_not, act):
        return
    if profile.active and not active:
        clinic.claim("switched_off", who, by, at, waits=False)
    profile.name, profile.biography, profile.active = name, biography, active
    if state:
        claim = clinic.claim("license", who, by, at, waits=True, of="")
        licensed = Licensed(state, until, claim)
        profile.licenses.append(licensed)
        walk.licenses[licensed] = License.objects.get(reviewer=row, state=state)
    if ends:
        ends.until = local(at) + timedelta(days=2)
    learn_claims(walk)


def renew(walk: Walk) -> None:
    """A physician or a manager enters that a license is valid longer."""
    clinic = walk.clinic
    who = walk.random.choice([*walk.reviewers])
    profile, by = clinic.people[who].profile, walk.able([who, managing(walk)])
    assert profile is not None
    licensed, at = walk.random.choice(profile.licenses), clinic.instant()
    until = local(clinic.clock) + timedelta(days=walk.random.choice([100, 400]))
    why_not = ""
    if at is None or not clinic.people[by].active:
        why_not = "clock or inactive"
    elif by != who and not clinic.manages(by, at):
        why_not = "no right"
    elif not profile.active:
        why_not = "inactive profile"
    elif until <= licensed.until:
        why_not = "no later day"

    def act() -> bool:
        workflow.renew(walk.licenses[licensed], by=walk.user(by), expires_on=until)
        return True

    if walk.attempt("renew", why_not, act):
        licensed.until = until


def confirm_profile(walk: Walk) -> None:
    """A physician vouches for their own profile; or somebody else tries."""
    clinic = walk.clinic
    who = walk.random.choice([*walk.reviewers])
    profile, by, at = clinic.people[who].profile, walk.someone(who), clinic.instant()
    assert profile is not None
    stale, row = walk.wrong(0.1), Reviewer.objects.get(pk=walk.reviewers[who].pk)
    why_not = ""
    if at is None or not clinic.people[by].active:
        why_not = "clock or inactive"
    elif by != who:
        why_not = "somebody else"
    elif not profile.active:
        why_not = "inactive profile"
    elif clinic.waiting(by, at, {"address", "password"}):
        why_not = "must first show who they are"
    elif profile.confirmed == profile.words:
        why_not = "confirmed already"
    elif stale:
        why_not = "stale"

    def act() -> bool:
        digest = "0" * 64 if stale else workflow.profile_digest(row)
        workflow.confirm_profile(row, by=walk.user(by), digest=digest)
        return True

    if walk.attempt("confirm profile", why_not, act):
        profile.confirmed = profile.words
