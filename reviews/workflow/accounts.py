"""Accounts: who changed what of whom, and how passwords come to be set."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.utils.crypto import salted_hmac

from reviews import clock
from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import (
    GATED_GROUPS,
    TIME_TO_OBJECT,
    Claim,
    Event,
    Letter,
    Person,
    Reviewer,
    WrongPassword,
)
from reviews.workflow.claims import make_claim
from reviews.workflow.credentials import DAY
from reviews.workflow.refusals import NotAllowed, Refusals, require
from reviews.workflow.verbs import verb

# Whoever forgot a password is written to once in this time, however often somebody asks.
BETWEEN_LINKS = timedelta(minutes=15)


@dataclass(frozen=True)
class Account:
    """What decides what somebody may do, as it stands. The address is kept as its digest."""

    groups: tuple[str, ...]
    is_superuser: bool
    is_active: bool
    address: str

    @property
    def has_power(self) -> bool:
        """Whether this is the account of somebody who manages, or withdraws pages."""
        return self.is_superuser or bool({*self.groups} & {*GATED_GROUPS})


def account_of(user: User) -> Account:
    """An account as the database has it now; take it under the lock before changing it."""
    chain.lock()
    stored = User.objects.get(pk=user.pk)
    return Account(
        groups=tuple(stored.groups.order_by("name").values_list("name", flat=True)),
        is_superuser=stored.is_superuser,
        is_active=stored.is_active,
        address=address_digest(stored.email),
    )


def address_digest(address: str) -> str:
    """What the chain says of a mail address: nobody guesses it back without the site's secret."""
    return salted_hmac("reviews.address", address.strip().lower(), algorithm="sha256").hexdigest()


def may_save_account(
    user: User,
    *,
    by: User,
    at: datetime,
    before: Account | None = None,
    after: Account | None = None,
) -> Refusals:
    """Who may change an account, and what of it."""
    if not by.has_perm("auth.change_user"):
        yield "Only a manager can change an account."
    if user.is_superuser and not _is_superuser(by):
        yield "Only a superuser can change a superuser’s account."
    if before == after:
        return
    was, becomes = before or NOBODY, after or NOBODY
    if by.pk == user.pk and (was.groups, was.is_superuser, was.is_active) != (
        (becomes.groups, becomes.is_superuser, becomes.is_active)
    ):
        yield "Nobody changes their own groups or rights. Ask another manager."
    if was.is_superuser != becomes.is_superuser and not _is_superuser(by):
        yield "Only a superuser can make or unmake a superuser."


NOBODY = Account(groups=(), is_superuser=False, is_active=True, address="")


def _is_superuser(by: User) -> bool:
    return Person.of(by).counts_as_superuser


@transaction.atomic
def record_account(user: User, *, by: User | None, before: Account | None, old: str = "") -> None:
    """Write the evidence that an account was made or changed, as it now stands.

    `before` is how it stood, None for a new one; `old` its mail address then. `by` is None on the
    server's command line. Belongs into the transaction that saved it. Raises NotAllowed.
    """
    after, at = account_of(user), clock.now()
    if by is not None:
        by = Person.of(by)
        require(may_save_account(user, by=by, at=at, before=before, after=after))
    if before == after:
        return
    chain.append(
        Kind.ACCOUNT_SAVED,
        at=at,
        by=by,
        person=user.pk,
        account={**asdict(after), "groups": list(after.groups)},
    )
    waits, was = by is not None, before or NOBODY
    for group in sorted({*after.groups} & {*GATED_GROUPS} - {*was.groups}):
        make_claim(Claim.Kind.GROUP, user, by=by, at=at, waits=waits, of=group)
    if after.is_superuser and not was.is_superuser:
        make_claim(Claim.Kind.SUPERUSER, user, by=by, at=at, waits=waits)
    if before is not None and before.address != after.address:
        _address_changed(user, before, after, by=by, at=at, old=old)
    if was.is_active and not after.is_active:
        make_claim(Claim.Kind.SWITCHED_OFF, user, by=by, at=at, waits=False)


def _address_changed(
    user: User, before: Account, after: Account, *, by: User | None, at: datetime, old: str
) -> None:
    """Whoever reads somebody's mail can set their password."""
    reviews = Reviewer.objects.filter(user=user).exists()
    has_power = before.has_power or after.has_power
    unsure = Claim.objects.not_counting(at).filter(person=user, kind=Claim.Kind.ADDRESS)
    restored = unsure.filter(before=after.address).exists()
    waits = by is not None and not restored and (reviews or (has_power and by.pk != user.pk))
    claim = make_claim(
        Claim.Kind.ADDRESS,
        user,
        by=by,
        at=at,
        waits=waits,
        of=after.address,
        before=before.address,
    )
    # The old address stands nowhere else.
    if old:
        Letter.write(claim.event, Letter.Kind.OLD_ADDRESS, user, at, to=old)
    Letter.write(claim.event, Letter.Kind.NEW_ADDRESS, user, at)


# --- Passwords


class LinkToken(PasswordResetTokenGenerator):
    """Django's own one-time token, good for one asking alone, which says who asked."""

    def __init__(self, asked: Event) -> None:
        super().__init__()
        self.asked = asked

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{self.asked.hash}"


def asked_link(number: int, user: User) -> Event | None:
    """The event by which a link to set this person's password was asked for."""
    event = Event.objects.filter(pk=number, kind=Kind.LINK_ASKED).first()
    return event if event is not None and event.said["person"] == user.pk else None


def may_send_link(user: User, *, by: User, at: datetime) -> Refusals:
    """Who may have a link sent to somebody: nobody sets another person's password."""
    yield from may_save_account(user, by=by, at=at)
    if not user.is_active:
        yield "This account is not active. Make it active first."
    if not user.email:
        yield "This person has no mail address. Enter one first."


def send_link(user: User, *, by: User) -> Event:
    """A manager has a one-time link mailed, by which the person sets a password."""
    with verb(by) as (by, at):
        user = User.objects.get(pk=user.pk)
        require(may_send_link(user, by=by, at=at))
        return _ask_link(user, by=by, at=at)


@transaction.atomic
def invite(user: User, *, by: User | None) -> Event:
    """The same for an account just made, in the transaction that makes it."""
    return _ask_link(user, by=by, at=clock.now())


def forgot(user: User) -> None:
    """Somebody at log-in says that they are this person and forgot the password."""
    with transaction.atomic(durable=True):
        chain.lock()
        at = clock.now()
        recent = Letter.objects.filter(
            person=user, kind=Letter.Kind.LINK, made_at__gt=at - BETWEEN_LINKS
        )
        if user.is_active and user.email and not recent.exists():
            _ask_link(user, by=user, at=at)


def _ask_link(user: User, *, by: User | None, at: datetime) -> Event:
    event = chain.append(Kind.LINK_ASKED, at=at, by=by, person=user.pk)
    Letter.write(event, Letter.Kind.LINK, user, at)
    return event


def set_password(user: User, *, password: str, asked: Event, token: str) -> None:
    """A person sets a password by a link. Raises NotAllowed where it was used already.

    It waits for a confirmation where somebody else asked for the link, or where the address it was
    mailed to is newer than the time to object.
    """
    with transaction.atomic(durable=True):
        chain.lock()
        user, at = User.objects.get(pk=user.pk), clock.now()
        if not user.is_active or not LinkToken(asked).check_token(user, token):
            raise NotAllowed("This link was used already or is too old. Ask for another one.")
        asker = asked.said["by"]
        passwords = Claim.objects.filter(person=user, kind=Claim.Kind.PASSWORD)
        first = not user.has_usable_password() and not passwords.exists()
        moved = Claim.objects.filter(
            person=user, kind=Claim.Kind.ADDRESS, at__gt=at - TIME_TO_OBJECT
        )
        unsure = moved.exists() if asker == user.pk else asker is not None and not first
        make_claim(
            Claim.Kind.PASSWORD,
            user,
            by=User.objects.filter(pk=asker).first(),
            at=at,
            waits=unsure and _has_power(user),
            of="first" if first else "forgotten" if asker == user.pk else "asked for by another",
        )
        user.set_password(password)
        user.save(update_fields=["password"])


def change_password(user: User, *, password: str) -> None:
    """Somebody logged in changes their own password, having typed the old one."""
    with verb(user) as (person, at):
        make_claim(Claim.Kind.PASSWORD, person, by=person, at=at, waits=False, of="own change")
        user.set_password(password)
        user.save(update_fields=["password"])


def _has_power(user: User) -> bool:
    return account_of(user).has_power or Reviewer.objects.filter(user=user).exists()


# --- Guesses


@transaction.atomic
def log_in_locked(user: User) -> None:
    """Write down, once a day at most, that somebody tried too many passwords at log-in."""
    chain.lock()
    at = clock.now()
    kind = Letter.Kind.WRONG_PASSWORDS
    if not Letter.objects.filter(person=user, kind=kind, made_at__gt=at - DAY).exists():
        event = chain.append(Kind.LOG_IN_LOCKED, at=at, by=None, person=user.pk)
        Letter.write(event, kind, user, at)


def may_unlock(user: User, *, by: User, at: datetime) -> Refusals:
    """Who may let somebody sign again after too many wrong passwords: another manager."""
    if not by.has_perm("auth.change_user"):
        yield "Only a manager can do this."
    if by.pk == user.pk:
        yield "Nobody clears a lock of their own. Ask another manager, or wait an hour."
    if not WrongPassword.objects.filter(user=user).exists():
        yield "Nothing is locked: no wrong passwords are counted."


def unlock(user: User, *, by: User) -> None:
    """Forget the wrong passwords of a day, so that the person can sign again."""
    with verb(by) as (by, at):
        require(may_unlock(user, by=by, at=at))
        WrongPassword.objects.filter(user=user).delete()
        chain.append(Kind.SIGNING_UNLOCKED, at=at, by=by, person=user.pk)
