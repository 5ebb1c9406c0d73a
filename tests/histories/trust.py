"""Who may do what, in plain Python: groups, claims, licenses, passwords. No word of the product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
THREE_DAYS, HOUR, DAY = timedelta(hours=72), timedelta(hours=1), timedelta(days=1)
GATED = {"Physicians", "Managers"}
PERSONAL = {"address", "password"}


def local(at: datetime) -> date:
    """The clinic's day."""
    return at.astimezone(ZONE).date()


@dataclass(eq=False)
class Claim:
    """Something about a person that may not count yet."""

    kind: str
    person: str
    by: str | None
    at: datetime
    waits: bool
    of: str = ""
    before: str = ""
    told: datetime | None = None
    word: str = ""

    def counts(self, at: datetime) -> bool:
        """Confirmed, or not in need of it, or nobody objected in 72 hours after all were told."""
        if self.word:
            return self.word == "confirmed"
        return not self.waits or (self.told is not None and self.told <= at - THREE_DAYS)


@dataclass(eq=False)
class License:
    """One state's license."""

    state: str
    until: date
    claim: Claim | None = None


@dataclass(eq=False)
class Profile:
    """What is printed under a signature, and what the physician confirmed of it."""

    name: str
    credentials: str
    relationship: str
    biography: str = ""
    active: bool = True
    licenses: list[License] = field(default_factory=list)
    confirmed: tuple[str, ...] | None = None
    gone: date | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """What their public page says once confirmed."""
        return self.name, self.credentials, self.relationship, self.biography


@dataclass(frozen=True)
class Away:
    """From when to when somebody is away, and who stands in."""

    first: date
    last: date
    stand_in: str


@dataclass(eq=False)
class Human:
    """An account and what hangs on it."""

    name: str
    groups: set[str]
    address: str
    active: bool = True
    has_password: bool = True
    profile: Profile | None = None
    wrong: list[datetime] = field(default_factory=list)
    linked: datetime | None = None
    away: Away | None = None

    def away_on(self, day: date) -> Away | None:
        """When they are away, if that is on a day or later."""
        return self.away if self.away and self.away.last >= day else None


class Trust:
    """The people of a clinic."""

    def __init__(self) -> None:
        self.people: dict[str, Human] = {}
        self.claims: list[Claim] = []

    def waiting(self, who: str, at: datetime, kinds: set[str] | None = None) -> list[Claim]:
        """What of somebody does not count."""
        return [
            one
            for one in self.claims
            if one.person == who and not one.counts(at) and (kinds is None or one.kind in kinds)
        ]

    def counting(self, who: str, at: datetime) -> set[str]:
        """The groups whose rights somebody has."""
        groups = self.people[who].groups - {one.of for one in self.waiting(who, at, {"group"})}
        return groups - GATED if self.waiting(who, at, PERSONAL) else groups

    def manages(self, who: str, at: datetime) -> bool:
        """Whether they look after people."""
        return self.people[who].active and "Managers" in self.counting(who, at)

    def withdraws(self, who: str, at: datetime) -> bool:
        """Whether they may take pages off."""
        return self.people[who].active and bool(GATED & self.counting(who, at))

    def edits(self, who: str, at: datetime) -> bool:
        """Whether they may put drafts forward."""
        return self.people[who].active and "Staff" in self.counting(who, at)

    def works(self, who: str, at: datetime) -> bool:
        """Whether they read what staff work at."""
        return self.people[who].active and bool(self.counting(who, at))

    def licenses(self, who: str, at: datetime) -> list[License]:
        """Those valid on the clinic's day; the last day counts."""
        profile = self.people[who].profile
        return [
            one
            for one in (profile.licenses if profile else [])
            if one.until >= local(at) and (one.claim is None or one.claim.counts(at))
        ]

    def entitled(self, who: str, at: datetime) -> bool:
        """Whether they may sign."""
        human = self.people[who]
        profile = human.profile
        return (
            profile is not None
            and profile.active
            and human.active
            and not self.waiting(who, at, {"profile", *PERSONAL})
            and bool(self.licenses(who, at))
        )

    def physicians(self, at: datetime) -> Iterator[str]:
        """All who may sign."""
        return (who for who in self.people if self.entitled(who, at))

    def printed(self, who: str, at: datetime) -> tuple[str, str, str, str]:
        """What is printed under their signature."""
        profile = self.people[who].profile
        assert profile is not None
        states = sorted({one.state for one in self.licenses(who, at)})
        return profile.name, profile.credentials, ", ".join(states), profile.relationship

    def locked(self, who: str, at: datetime) -> bool:
        """Twenty wrong passwords in a day end signing for an hour after the last one."""
        lately = sorted(one for one in self.people[who].wrong if one > at - DAY)
        return len(lately) >= 20 and lately[-1] > at - HOUR

    def powerful(self, who: str) -> bool:
        """Whose account decides something."""
        human = self.people[who]
        return bool(human.groups & GATED) or human.profile is not None

    def claim(
        self, kind: str, person: str, by: str | None, at: datetime, *, waits: bool, **more: str
    ) -> Claim:
        """Write down something that may wait."""
        self.claims.append(Claim(kind, person, by, at, waits, **more))
        return self.claims[-1]

    # --- What managers change

    def why_not_save(self, who: str, by: str, at: datetime, *, rights: bool) -> str:
        """Who may change an account."""
        if not self.manages(by, at):
            return "no manager"
        return "own rights" if rights and who == by else ""

    def move(self, who: str, by: str, at: datetime, address: str) -> None:
        """A changed mail address."""
        human = self.people[who]
        back = any(one.before == address for one in self.waiting(who, at, {"address"}))
        power = bool(human.groups & GATED)
        waits = not back and (human.profile is not None or (power and by != who))
        self.claim("address", who, by, at, waits=waits, of=address, before=human.address)
        human.address = address

    def set_password(self, who: str, asker: str, at: datetime) -> None:
        """A password set by a link."""
        human = self.people[who]
        moved = any(
            one.kind == "address" and one.person == who and one.at > at - THREE_DAYS
            for one in self.claims
        )
        known = any(one.kind == "password" and one.person == who for one in self.claims)
        first = not human.has_password and not known
        unsure = moved if asker == who else not first
        self.claim("password", who, asker, at, waits=unsure and self.powerful(who))
        human.has_password = True

    def why_not_confirm(self, claim: Claim, by: str, at: datetime) -> str:
        """A third person who manages."""
        if not self.manages(by, at):
            return "no manager"
        if by in (claim.by, claim.person):
            return "not a third person"
        return "counts already" if claim.counts(at) else ""

    def why_not_object(self, claim: Claim, by: str, at: datetime) -> str:
        """The person concerned always; physicians and managers in time."""
        if claim.word == "objected":
            return "objected already"
        if by == claim.person:
            return ""
        if not self.manages(by, at) and self.people[by].profile is None:
            return "no word in it"
        return "counts already" if claim.counts(at) else ""
