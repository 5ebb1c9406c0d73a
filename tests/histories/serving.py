"""What whoever has the server does where too few people are left."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import Group
from django.db import transaction

from reviews import workflow
from reviews.models import Reviewer
from tests.histories.leaving import bring
from tests.histories.staffing import learn_claims, managers
from tests.histories.trust import local
from tests.histories.walk import Walk


def on_the_server(walk: Walk) -> None:
    """Whoever has the server brings people back where too few are left, at once and said so."""
    clinic, at = walk.clinic, walk.clinic.clock
    if len([*clinic.physicians(at)]) > 1 and len([*managers(walk)]) > 1:
        return
    for who in ("mara", "miles", "doris", "dan"):
        human, user = clinic.people[who], walk.user(who)
        with transaction.atomic():
            before = workflow.account_of(user)
            user.is_active = True
            user.save()
            group = "Managers" if who.startswith("m") else "Physicians"
            user.groups.add(Group.objects.get(name=group))
            workflow.record_account(user, by=None, before=before, old=user.email)
        if group not in human.groups:
            clinic.claim("group", who, None, at, waits=False, of=group)
        human.active = True
        human.groups.add(group)
        if human.profile and human.profile.gone:
            bring(walk, who, "mara", right=True)
        workflow.confirm_all(user)
        for claim in clinic.waiting(who, at):
            claim.word = "confirmed"
        _renew_on_the_server(walk, who)
    walk.sums.verbs["on the server", "accepted"] += 1
    learn_claims(walk)


def _renew_on_the_server(walk: Walk, who: str) -> None:
    profile, until = walk.clinic.people[who].profile, local(walk.clinic.clock) + timedelta(500)
    if profile is None or profile.gone:
        return
    row = Reviewer.objects.get(pk=walk.reviewers[who].pk)
    with transaction.atomic():
        before = workflow.standing_of(row)
        row.is_active = profile.active = True
        row.save()
        row.licenses.filter(state="New York").update(expires_on=until)
        workflow.record_reviewer(row, by=None, before=before)
    profile.licenses[0].until = until
