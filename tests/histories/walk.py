"""Somebody who tries verbs at random, on two servers, and looks after each whether all holds."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Protocol, TypeVar

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from reviews.evidence import audit
from reviews.models import Event, License, Reviewer, SignOff, Subject, Submission
from reviews.workflow import NotAllowed
from tests import cast
from tests.histories.house import House
from tests.histories.oracle import EITHER, TICK, Comment, Edition, Page, Save, Signed, Words
from tests.histories.trust import THREE_DAYS, ZONE, Human, Profile
from tests.histories.trust import License as Licensed
from tests.traces import EVIDENCE

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
SLUGS = ("alder", "birch", "cedar", "dogwood", "elm")
PARAGRAPHS, LENGTH = 4, 10
BACKEND = "django.contrib.auth.backends.ModelBackend"
# No vowels and no letter twice in a row: no two of these words have one stem, nor a page another.
LETTERS = ("bcdfghjk", "lmnprtvw")
Done = TypeVar("Done")


class Hand(Protocol):
    """What moves the clock."""

    def move_to(self, destination: datetime, tick: bool | None = None) -> None:
        """Set the present."""


class Finding(AssertionError):
    """Product and oracle disagree."""


@dataclass
class Sums:
    """What was tried: steps, verbs by what became of them, and why the oracle refused."""

    steps: int = 0
    verbs: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)


class Walk:
    """One clinic, its oracle, and the random steps through both."""

    def __init__(self, seed: int, hand: Hand, *, policy: str, sums: Sums) -> None:
        self.random = Random(seed)  # noqa: S311
        self.hand, self.at = hand, START
        self.apart = timedelta(seconds=self.random.uniform(1, 10))
        self.behind = timedelta(0)
        self.clinic = House(policy)
        self.sums = sums
        self.log: list[str] = []
        self.words = 0
        self.client = Client()
        self.users: dict[str, User] = {}
        self.reviewers: dict[str, Reviewer] = {}
        self.licenses: dict[Licensed, License] = {}
        self.subjects: dict[Page, Subject] = {}
        self.documents: dict[Save, dict[str, Any]] = {}
        self.contributions: dict[Save, int] = {}
        self.submissions: dict[Edition, Submission] = {}
        self.sign_offs: dict[Signed, SignOff] = {}
        self.comments: dict[Comment, int] = {}
        self.claims: dict[Any, int] = {}
        self.known: list[tuple[datetime, Page, Signed | None]] = []
        self.changed: dict[Page, None] = {}
        self.head = (0, "0" * 64)
        self.steps = 0
        self.move()
        self._people()

    # --- The clock

    def move(self) -> None:
        """Let this server's clock show its time."""
        self.clinic.clock = self.at - self.behind
        self.hand.move_to(self.clinic.clock, tick=False)

    def pass_time(self) -> None:
        """A while passes, and whoever acts next is on one of the two servers."""
        kind = self.random.random()
        latest = self.at + timedelta(days=400)
        edges = sorted(one for one in self._edges() if self.at < one < latest)
        if edges and kind < 0.2:
            # The day on which a review is due, the one after it, the second from which it counts.
            self.at = self.random.choice(edges[:4])
        elif kind < 0.4:
            self.at += timedelta(seconds=self.random.choice([0.5, 2, 8]))
        elif kind < 0.65:
            self.at += timedelta(hours=self.random.choice([1, 9, 24]))
        elif kind < 0.94:
            self.at += timedelta(days=self.random.choice([3, 7]))
        else:
            self.at += timedelta(days=self.random.choice([14, 20, 30, 30, 150]))
        self.behind = self.random.choice([timedelta(0), self.apart])
        self.move()

    def _edges(self) -> Iterator[datetime]:
        """When something changes by itself, a moment before it, and a little after."""
        for page in self.clinic.pages.values():
            signed, waits = page.in_force(self.at), page.waiting(self.at)
            if signed:
                due = page.due(signed, self.at)
                yield from (noon(due), noon(due + timedelta(days=1)))
            if waits:
                yield from (waits.effective, waits.effective - TICK, waits.effective + self.apart)
        for human in self.clinic.people.values():
            for one in human.profile.licenses if human.profile else []:
                yield from (noon(one.until), noon(one.until + timedelta(days=1)))
        for claim in self.clinic.claims:
            if claim.told and not claim.word:
                yield from (claim.told + THREE_DAYS, claim.told + THREE_DAYS - TICK)

    # --- Words, each of them new

    def word(self, first: str = "q") -> str:
        """A word that stands nowhere yet: q in pages and notes, z inside, x in biographies."""
        self.words, number = self.words + 1, self.words
        return first + "".join(LETTERS[at % 2][number >> 3 * at & 7] for at in range(5))

    def paragraph(self) -> str:
        """New words."""
        return " ".join(self.word() for _ in range(LENGTH))

    def inside(self) -> str:
        """A reason or note that no patient may ever read."""
        return f"Because {self.word('z')}."

    # --- People

    def _people(self) -> None:
        """Two editors, three physicians of whom one edits, two managers."""
        for name, groups in {
            "edie": ["Staff"],
            "edgar": ["Staff"],
            "doris": ["Physicians"],
            "dan": ["Physicians"],
            "robin": ["Physicians", "Staff"],
            "mara": ["Managers"],
            "miles": ["Managers"],
        }.items():
            self.users[name] = cast.person(name, *groups)
            self.clinic.people[name] = Human(name, set(groups), f"{name}@example.com")
        for name, printed, until in (
            ("doris", "Pat Sample", date(2099, 12, 31)),
            ("dan", "Alex Example", date(2026, 9, 30)),
            ("robin", "Robin Both", date(2027, 6, 30)),
        ):
            row = cast.make_reviewer(self.users[name], printed, "MD", valid_to=until)
            self.reviewers[name] = row
            licensed = Licensed("New York", until)
            self.licenses[licensed] = row.licenses.get()
            profile = Profile(printed, "MD", row.relationship, licenses=[licensed])
            self.clinic.people[name].profile = profile

    def someone(self, *likely: str) -> str:
        """Mostly one of those who do such things."""
        if likely and self.random.random() < 0.85:
            return self.random.choice(likely)
        return self.random.choice([*self.clinic.people])

    def user(self, name: str) -> User:
        """An account as it stands now."""
        return User.objects.get(pk=self.users[name].pk)

    def able(self, likely: Iterable[str], others: Iterable[str] = ()) -> str:
        """Mostly one of those who may."""
        likely = sorted(likely)
        if likely and self.random.random() < 0.8:
            return self.random.choice(likely)
        return self.someone(*sorted(others))

    def logged_in(self, name: str) -> Client:
        """A browser in which somebody is logged in."""
        client = Client()
        client.force_login(self.user(name), BACKEND)
        return client

    def page(self) -> Page:
        """Any page."""
        return self.random.choice([*self.clinic.pages.values()])

    def wrong(self, share: float = 0.04) -> bool:
        """Now and then something of a form is not as it should be."""
        return self.random.random() < share

    # --- Trying

    def attempt(self, verb: str, why_not: str, act: Callable[[], Done]) -> Done | None:
        """Let the product do what the oracle allows or refuses, and see that it does the same.

        What is refused leaves no trace, save that of a wrong password.
        """
        before = self.trace()
        try:
            done = act()
        except NotAllowed as refusal:
            self.log.append(f"{self.steps} {self.clinic.clock} {verb}: refused, {refusal}")
            self.sums.verbs[verb, "refused"] += 1
            self.sums.reasons[verb, why_not] += 1
            if not why_not:
                raise Finding(f"{verb} should have been allowed: {refusal}") from refusal
            after = self.trace()
            if why_not != "wrong password" and before != after:
                raise Finding(f"{verb} was refused and left a trace: {before} {after}") from refusal
            return None
        self.log.append(f"{self.steps} {self.clinic.clock} {verb}: done, {done!r:.120}")
        self.sums.verbs[verb, "accepted"] += 1
        if why_not not in ("", EITHER):
            raise Finding(f"{verb} should have been refused: {why_not}")
        return done

    def trace(self) -> tuple[Any, ...]:
        """How many rows of each kind of evidence stand, and where submissions stand."""
        counts = ", ".join(f"(SELECT COUNT(*) FROM {one._meta.db_table})" for one in EVIDENCE)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {counts}")
            rows = cursor.fetchone()
            cursor.execute("SELECT status, COUNT(*) FROM reviews_submission GROUP BY status")
            return (*rows, *sorted(cursor.fetchall()))

    # --- What holds after every step

    def step(
        self,
        acts: list[tuple[int, Callable[[Walk], None]]],
        look: Callable[[Walk], None],
    ) -> None:
        """One step: time passes, somebody tries something, and everything is looked at."""
        self.steps += 1
        self.sums.steps += 1
        self.changed.clear()
        self.pass_time()
        act = self.random.choices([one for _, one in acts], [weight for weight, _ in acts])[0]
        self.log.append(f"{self.steps} {self.clinic.clock} {act.__name__}")
        try:
            act(self)
            self._check_evidence()
            look(self)
        except Exception as fault:
            told = "\n".join(self.log[-25:])
            raise Finding(f"after step {self.steps}: {fault}\n{told}") from fault

    def _check_evidence(self) -> None:
        """The chain only grows (I5), and holds; nobody signed but who the oracle saw sign (I8)."""
        seq, head = self.head
        new = list(Event.objects.filter(seq__gte=max(seq, 1)).order_by("seq"))
        if seq and (not new or new.pop(0).hash != head):
            raise Finding("The last event of the step before is no longer what it was.")
        for event in new:
            if event.prev != head or event.hash != hash_of(head, event.body):
                raise Finding(f"{event} does not follow.")
            head = event.hash
        self.head = (new[-1].seq, head) if new else self.head
        signed = sum(len(page.signed) for page in self.clinic.pages.values())
        if SignOff.objects.count() != signed:
            raise Finding("There is a signature that nobody made.")

    def remember(self) -> None:
        """What is in force now will always have been: nothing later counts from before this."""
        at = self.at - self.apart
        for page in self.clinic.pages.values():
            self.known.append((at, page, page.in_force(at)))

    def close(self) -> None:
        """At the end of a history: what was known then still holds, and so does the record."""
        for at, page, signed in self.random.sample(self.known, min(40, len(self.known))):
            found = SignOff.objects.in_force(at).filter(subject=self.subjects[page]).first()
            expected = self.sign_offs[signed].pk if signed else None
            if (found and found.pk) != expected or page.in_force(at) is not signed:
                raise Finding(f"What was in force on {at} is another: {found}, {signed}")
        for fault in audit.faults():
            raise Finding(f"The record does not hold: {fault}")


def noon(day: date) -> datetime:
    """The middle of a day at the clinic."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZONE).astimezone(UTC)


def hash_of(prev: str, body: str) -> str:
    """The hash of an event, as docs/tampering.md tells it."""
    return hashlib.sha256(f"{prev}\n{body}".encode()).hexdigest()


def first_words(walk: Walk, keys: int, slug: str) -> Words:
    """The first draft of a page."""
    return Words(
        keys,
        slug,
        f"Page {walk.word()}",
        tuple(walk.paragraph() for _ in range(PARAGRAPHS)),
        walk.paragraph(),
        walk.paragraph(),
        walk.random.choice([1, 6, 12, 12]),
        "",
    )
