"""Steps on people: accounts, addresses, passwords, profiles, licenses, confirmations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.db import transaction

from reviews import workflow
from reviews.mail import outbox
from reviews.models import Claim, Person, Reviewer
from reviews.workflow import LinkToken
from tests import cast
from tests.histories.trust import DAY, GATED, Human
from tests.histories.trust import Claim as Claimed
from tests.histories.walk import Finding, Walk

MOST_PEOPLE = 12
STATES = ("Ohio", "Texas", "Utah")


def managing(walk: Walk) -> str:
    """Mostly somebody who manages now."""
    return walk.able(managers(walk))


def learn_claims(walk: Walk) -> None:
    """Pair the claims that the product made with those of the oracle, in order."""
    made = list(Claim.objects.order_by("pk").select_related("person"))
    if len(made) != len(walk.clinic.claims):
        raise Finding(f"{len(made)} claims instead of {len(walk.clinic.claims)}.")
    for row, claim in zip(made, walk.clinic.claims, strict=True):
        found = (row.kind, row.person.username, row.waits)
        if found != (claim.kind, claim.person, claim.waits):
            raise Finding(f"A claim is {found}, not {claim}.")
        walk.claims[claim] = row.pk


def check_powers(walk: Walk) -> None:
    """Rights, and who may sign, are what the oracle says of everybody."""
    clinic, at = walk.clinic, walk.clinic.clock
    entitled = set(Reviewer.objects.entitled(at).values_list("user__username", flat=True))
    if entitled != {*clinic.physicians(at)}:
        raise Finding(f"May sign: {entitled}, not {[*clinic.physicians(at)]}.")
    for name in clinic.people:
        person = Person.objects.get(pk=walk.users[name].pk)
        for right, has in {
            "auth.change_user": clinic.manages(name, at),
            "reviews.add_claimanswer": clinic.manages(name, at),
            "reviews.add_withdrawal": clinic.withdraws(name, at),
            "reviews.add_submission": clinic.edits(name, at),
        }.items():
            if person.has_perm(right) != has:
                raise Finding(f"{name} has {right}: {not has}.")


def _saved(user: User, by: User, before: workflow.Account | None, old: str = "") -> bool:
    workflow.record_account(user, by=by, before=before, old=old)
    return True


def make_account(walk: Walk) -> None:
    """A manager makes an account; the person sets a password by the link, at once or never."""
    clinic, at = walk.clinic, walk.clinic.clock
    if len(clinic.people) >= MOST_PEOPLE:
        return change_groups(walk)
    name, by = f"new{len(clinic.people)}", managing(walk)
    groups = walk.random.choice([{"Staff"}, {"Physicians"}, {"Managers"}, {"Staff", "Physicians"}])

    def act() -> User:
        with transaction.atomic():
            user = User(username=name, email=f"{name}@example.com", is_staff=True)
            user.set_unusable_password()
            user.save()
            user.groups.set(Group.objects.filter(name__in=groups))
            _saved(user, walk.user(by), None)
            workflow.invite(user, by=walk.user(by))
            return user

    made = walk.attempt("make account", clinic.why_not_save("", by, at, rights=False), act)
    if made is None:
        return None
    walk.users[name] = made
    clinic.people[name] = Human(name, groups, made.email, has_password=False, linked=at)
    for group in sorted(groups & GATED):
        clinic.claim("group", name, by, at, waits=True, of=group)
    return learn_claims(walk)


def change_groups(walk: Walk) -> None:
    """A manager puts somebody into a group or out of one, or switches an account on or off."""
    clinic, at = walk.clinic, walk.clinic.clock
    who, by = walk.random.choice([*clinic.people]), managing(walk)
    human, user = clinic.people[who], User.objects.get(username=who)
    groups, active = set(human.groups), human.active
    if walk.random.random() < 0.6:
        groups ^= {walk.random.choice(["Staff", "Physicians", "Managers"])}
    else:
        active = not active
    why_not = clinic.why_not_save(who, by, at, rights=True)

    def act() -> bool:
        with transaction.atomic():
            before = workflow.account_of(user)
            user.is_active = active
            user.save()
            user.groups.set(Group.objects.filter(name__in=groups))
            return _saved(user, walk.user(by), before, user.email)

    if walk.attempt("change groups", why_not, act):
        for group in sorted((groups - human.groups) & GATED):
            clinic.claim("group", who, by, at, waits=True, of=group)
        if human.active and not active:
            clinic.claim("switched_off", who, by, at, waits=False)
        human.groups, human.active = groups, active
        learn_claims(walk)


def bring_back(walk: Walk) -> None:
    """A manager makes somebody active again who is not."""
    clinic, at, by = walk.clinic, walk.clinic.clock, managing(walk)
    off = [who for who, human in clinic.people.items() if not human.active]
    if not off:
        return
    who = walk.random.choice(off)
    user = User.objects.get(username=who)
    why_not = clinic.why_not_save(who, by, at, rights=True)

    def act() -> bool:
        with transaction.atomic():
            before = workflow.account_of(user)
            user.is_active = True
            user.save()
            return _saved(user, walk.user(by), before, user.email)

    if walk.attempt("bring back", why_not, act):
        clinic.people[who].active = True


def change_address(walk: Walk) -> None:
    """A manager changes somebody's mail address, or their own, or back to what it was."""
    clinic, at, by = walk.clinic, walk.clinic.clock, managing(walk)
    who = walk.random.choice([*clinic.people])
    human, user = clinic.people[who], User.objects.get(username=who)
    used = [one.before for one in clinic.claims if one.person == who and one.kind == "address"]
    address = f"{walk.word('m')}@example.com"
    if used and walk.random.random() < 0.5:
        address = used[-1]
    if address == human.address:
        return
    why_not = clinic.why_not_save(who, by, at, rights=False)

    def act() -> bool:
        with transaction.atomic():
            before, old = workflow.account_of(user), user.email
            user.email = address
            user.save()
            return _saved(user, walk.user(by), before, old)

    if walk.attempt("change address", why_not, act):
        clinic.move(who, by, at, address)
        learn_claims(walk)


def reset(walk: Walk) -> None:
    """A link is asked for by a manager or at log-in, and used: once, and no second time."""
    clinic, by = walk.clinic, managing(walk)
    who = walk.random.choice([*clinic.people])
    human, user = clinic.people[who], User.objects.get(username=who)
    if walk.random.random() < 0.5:
        return _forgotten(walk, who)
    at = clinic.instant()
    why_not = "clock" if at is None else clinic.why_not_save(who, by, at, rights=False)
    if not human.active:
        why_not = why_not or "inactive"
    if human.active is False and at is not None and not clinic.manages(by, at):
        why_not = "no manager"
    asked = walk.attempt("send link", why_not, lambda: workflow.send_link(user, by=walk.user(by)))
    if asked is None:
        return None
    human.linked = at
    return _set_by_link(walk, who, by, asked)


def _forgotten(walk: Walk, who: str) -> None:
    from reviews.models import Event

    clinic = walk.clinic
    human, user, at = clinic.people[who], User.objects.get(username=who), walk.clinic.clock
    goes = human.active and not (human.linked and human.linked > at - timedelta(minutes=15))
    before = Event.objects.count()
    workflow.forgot(user)
    if (Event.objects.count() > before) != goes:
        raise Finding(f"A link was written: {not goes}.")
    walk.sums.verbs["forgot", "accepted" if goes else "refused"] += 1
    if goes:
        human.linked = at
        asked = Event.objects.order_by("-seq")[0]
        _set_by_link(walk, who, who, asked)


def _set_by_link(walk: Walk, who: str, asker: str, asked: object) -> None:
    token = LinkToken(asked).make_token(User.objects.get(username=who))  # type: ignore[arg-type]
    for why_not in ("", "used already"):

        def act() -> bool:
            user = User.objects.get(username=who)
            workflow.set_password(user, password=cast.PASSWORD, asked=asked, token=token)  # type: ignore[arg-type]
            return True

        if walk.attempt("set password", why_not, act):
            walk.clinic.set_password(who, asker, walk.clinic.clock)
            learn_claims(walk)


def answer_claim(walk: Walk) -> None:
    """Somebody confirms or objects to something, mostly what waits."""
    clinic, claims = walk.clinic, walk.clinic.claims
    if not claims:
        return
    waiting = [one for one in claims if not one.counts(clinic.clock)]
    claim: Claimed = walk.random.choice(waiting if waiting and not walk.wrong(0.2) else claims)
    row = Claim.objects.get(pk=walk.claims[claim])
    if walk.random.random() < 0.75:
        by, at = managing(walk), clinic.instant()
        why_not = "clock" if at is None else clinic.why_not_confirm(claim, by, at)

        def confirm() -> bool:
            workflow.confirm(row, by=walk.user(by))
            return True

        if walk.attempt("confirm", why_not, confirm):
            claim.word = "confirmed"
        return
    by = walk.someone("doris", "dan", managing(walk), claim.person)
    person = Person.objects.get(pk=walk.users[by].pk)

    def object_to() -> bool:
        workflow.object_to(row, by=person)
        return True

    if walk.attempt("object", clinic.why_not_object(claim, by, clinic.clock), object_to):
        claim.word = "objected"


def managers(walk: Walk) -> Iterator[str]:
    clinic = walk.clinic
    return (who for who in clinic.people if clinic.manages(who, clinic.clock))


def run_due(walk: Walk) -> None:
    """Letters are written and sent, after which the time to object runs."""
    outbox.run()
    for human in walk.clinic.people.values():
        human.wrong = [one for one in human.wrong if one >= walk.clinic.clock - DAY]
    for claim in walk.clinic.claims:
        if claim.waits and claim.told is None:
            claim.told = walk.clinic.clock
    walk.sums.verbs["run due", "accepted"] += 1


def guess(walk: Walk) -> None:
    """Somebody tries many passwords in a row; signing is locked for an hour, or unlocked."""
    clinic, by = walk.clinic, walk.someone("doris", "dan")
    page = walk.page()
    for _ in range(20):
        why_not = clinic.why_not_lay("release", page, by, password=False)

        def act() -> object:
            return workflow.release(
                walk.subjects[page], by=walk.user(by), proof=cast.proof("wrong"), reason="Why."
            )

        walk.attempt("guess", why_not, act)
        if why_not == "wrong password":
            clinic.count_wrong(by)
    if walk.random.random() < 0.5:
        return
    who, at = managing(walk), clinic.instant()
    counted = clinic.people[by].wrong
    why_not = "clock" if at is None else "" if clinic.manages(who, at) else "no manager"
    why_not = why_not or ("own lock" if who == by else "" if counted else "nothing locked")

    def unlock() -> bool:
        workflow.unlock(walk.user(by), by=walk.user(who))
        return True

    if walk.attempt("unlock", why_not, unlock):
        clinic.people[by].wrong.clear()
