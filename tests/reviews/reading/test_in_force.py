"""What is in force: a table of stories, a random walk, and what changes no public byte."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from random import Random
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from reversion.models import Version
from time_machine import TimeMachineFixture

from conditions.models import KIND, Condition, KeyPoint
from reviews import clock, workflow
from reviews.evidence import audit, listing
from reviews.models import Listing, Overlay, Redaction, SignOff, Subject, Submission, Withdrawal
from reviews.reading import at_address, memory, proved
from reviews.workflow import NotAllowed
from tests import cast
from tests.traces import refused, traces
from tests.undoing import Case

START = datetime(2026, 3, 2, 15, tzinfo=UTC)


def on(day: float) -> datetime:
    return START + timedelta(days=day)


def page(client: Client, slug: str) -> HttpResponse:
    response: HttpResponse = client.get(f"/conditions/{slug}/")
    return response


# --- Stories: what was done on which day, and what then stands at each address


class Story:
    """One page, first at the address "a", and the verbs, each taken on a day."""

    def __init__(
        self, people: dict[str, User], clock_hand: TimeMachineFixture, words: str = "Words"
    ) -> None:
        self.people, self.clock_hand, self.words = people, clock_hand, words
        self.clock_hand.move_to(on(0), tick=False)
        self.condition = cast.make_condition("a", by=people["editor"])
        self.signed: list[SignOff] = []

    @property
    def subject(self) -> Subject:
        return self.condition.subject

    def sign(
        self, day: float, slug: str = "a", *, scope: str = "full", later: float | None = None
    ) -> None:
        """Edit, submit and sign the next edition, whose words name its number."""
        self.clock_hand.move_to(on(day), tick=False)
        number = len(self.signed) + 1
        words = f"<p>{self.words} {number}.</p>"
        cast.edit(self.condition, by=self.people["editor"], slug=slug, summary=words)
        submission = cast.submit(self.condition, by=self.people["editor"])
        self.signed.append(
            cast.sign(
                submission,
                by=self.people["physician"],
                scope=scope,
                effective_at=None if later is None else on(later),
            )
        )

    def correct(self, day: float, slug: str = "a", *, later: float | None = None) -> None:
        self.sign(day, slug, scope="correction", later=later)

    def reaffirm(self, day: float) -> None:
        self.clock_hand.move_to(on(day), tick=False)
        before = workflow.in_force(self.subject, clock.now())
        assert before is not None
        self.signed.append(
            cast.reaffirm(
                self.subject,
                by=self.people["physician"],
                proof=cast.proof(),
                digest=before.digest,
            )
        )

    def cancel(self, day: float, number: int) -> None:
        self.clock_hand.move_to(on(day), tick=False)
        workflow.cancel(self.signed[number - 1], by=self.people["manager"], reason="Why.")

    def withdraw(self, day: float) -> None:
        self.clock_hand.move_to(on(day), tick=False)
        workflow.withdraw(
            self.subject, by=self.people["manager"], reason="Why.", notice="out_of_date"
        )


class Scenario(NamedTuple):
    """Steps as (verb, arguments); then, for a day, the number of the sign-off in force and what
    each address answers: 200, 404, 410 or the address that it leads to."""

    steps: list[tuple[Any, ...]]
    then: dict[float, tuple[int | None, dict[str, int | str]]]


def step(verb: str, *arguments: Any, **more: Any) -> tuple[Any, ...]:
    return (verb, arguments, more)


SCENARIOS: dict[str, Scenario] = {
    "never signed": Scenario([], {0: (None, {"a": 404}), 99: (None, {"a": 404})}),
    "signed": Scenario(
        [step("sign", 1)],
        {0.9: (None, {"a": 404}), 1: (1, {"a": 200}), 99: (1, {"a": 200})},
    ),
    "scheduled": Scenario(
        [step("sign", 1, later=5)],
        {1: (None, {"a": 404}), 4.9: (None, {"a": 404}), 5: (1, {"a": 200})},
    ),
    "scheduled on top": Scenario(
        [step("sign", 1), step("sign", 2, later=5)],
        {2: (1, {"a": 200}), 4.9: (1, {"a": 200}), 5: (2, {"a": 200})},
    ),
    "fixed before a scheduled one": Scenario(
        [
            *[step("sign", 1), step("sign", 2, later=9), step("cancel", 3, 2)],
            step("correct", 4),
        ],
        {3.5: (1, {"a": 200}), 4: (3, {"a": 200}), 9: (3, {"a": 200}), 20: (3, {"a": 200})},
    ),
    "a scheduled correction": Scenario(
        [step("sign", 1), step("correct", 2, later=5)],
        {4.9: (1, {"a": 200}), 5: (2, {"a": 200})},
    ),
    "the first one cancelled while it waited": Scenario(
        [step("sign", 1, later=5), step("cancel", 3, 1)],
        {4: (None, {"a": 404}), 5: (None, {"a": 404}), 20: (None, {"a": 404})},
    ),
    "cancelled live": Scenario(
        [step("sign", 1), step("sign", 2), step("cancel", 3, 2)],
        {1.5: (1, {"a": 200}), 2.5: (2, {"a": 200}), 3: (1, {"a": 200})},
    ),
    "a scheduled one cancelled live": Scenario(
        [step("sign", 1), step("sign", 2, later=5), step("cancel", 6, 2)],
        {4.9: (1, {"a": 200}), 5: (2, {"a": 200}), 6: (1, {"a": 200})},
    ),
    "cancelled live, then signed": Scenario(
        [step("sign", 1), step("sign", 2), step("cancel", 3, 2), step("sign", 4)],
        {2.5: (2, {"a": 200}), 3.5: (1, {"a": 200}), 4: (3, {"a": 200})},
    ),
    "cancelled twice in a row": Scenario(
        [
            *[step("sign", 1), step("sign", 2), step("sign", 3)],
            *[step("cancel", 4, 3), step("cancel", 5, 2)],
        ],
        {3.5: (3, {"a": 200}), 4: (2, {"a": 200}), 5: (1, {"a": 200})},
    ),
    "withdrawn": Scenario(
        [step("sign", 1), step("withdraw", 2)],
        {0.5: (None, {"a": 404}), 1.5: (1, {"a": 200}), 2: (None, {"a": 410})},
    ),
    "withdrawn while one waits": Scenario(
        [step("sign", 1), step("sign", 2, later=6), step("withdraw", 3)],
        {2.5: (1, {"a": 200}), 3: (None, {"a": 410}), 6.5: (None, {"a": 410})},
    ),
    "withdrawn before it was ever public": Scenario(
        [step("sign", 1, later=6), step("withdraw", 3)],
        {2: (None, {"a": 404}), 4: (None, {"a": 404}), 6.5: (None, {"a": 404})},
    ),
    "signed again after a withdrawal": Scenario(
        [step("sign", 1), step("withdraw", 2), step("sign", 3)],
        {1.5: (1, {"a": 200}), 2.5: (None, {"a": 410}), 3: (2, {"a": 200})},
    ),
    "signed again for later after a withdrawal": Scenario(
        [step("sign", 1), step("withdraw", 2), step("sign", 3, later=8)],
        {2.5: (None, {"a": 410}), 7.9: (None, {"a": 410}), 8: (2, {"a": 200})},
    ),
    "that return cancelled while it waited": Scenario(
        [
            *[step("sign", 1), step("withdraw", 2), step("sign", 3, later=8)],
            step("cancel", 4, 2),
        ],
        {3.5: (None, {"a": 410}), 8: (None, {"a": 410}), 20: (None, {"a": 410})},
    ),
    "withdrawn twice": Scenario(
        [
            *[step("sign", 1), step("withdraw", 2), step("sign", 3), step("withdraw", 4)],
            step("sign", 5),
        ],
        {
            **{1.5: (1, {"a": 200}), 2.5: (None, {"a": 410}), 3.5: (2, {"a": 200})},
            **{4.5: (None, {"a": 410}), 5: (3, {"a": 200})},
        },
    ),
    "withdrawn while one waits, then signed": Scenario(
        [
            *[step("sign", 1), step("sign", 2, "b", later=6), step("withdraw", 3)],
            step("sign", 4, "a"),
        ],
        {
            3.5: (None, {"a": 410, "b": 404}),
            4: (3, {"a": 200, "b": 404}),
            7: (3, {"a": 200, "b": 404}),
        },
    ),
    "a chain of corrections": Scenario(
        [step("sign", 1), step("correct", 2), step("correct", 3), step("cancel", 4, 3)],
        {1.5: (1, {"a": 200}), 2.5: (2, {"a": 200}), 3.5: (3, {"a": 200}), 4: (2, {"a": 200})},
    ),
    "a correction, then a full review, cancelled": Scenario(
        [step("sign", 1), step("correct", 2), step("sign", 3), step("cancel", 4, 3)],
        {2.5: (2, {"a": 200}), 3.5: (3, {"a": 200}), 4: (2, {"a": 200})},
    ),
    "reaffirmed": Scenario(
        [step("sign", 1), step("reaffirm", 40)],
        {39: (1, {"a": 200}), 40: (2, {"a": 200})},
    ),
    "reaffirmed, then cancelled": Scenario(
        [step("sign", 1), step("reaffirm", 40), step("cancel", 41, 2)],
        {39: (1, {"a": 200}), 40.5: (2, {"a": 200}), 41: (1, {"a": 200})},
    ),
    "renamed": Scenario(
        [step("sign", 1), step("sign", 2, "b")],
        {1.5: (1, {"a": 200, "b": 404}), 2: (2, {"a": "b", "b": 200})},
    ),
    "renamed by a correction": Scenario(
        [step("sign", 1), step("correct", 2, "b")],
        {1.5: (1, {"a": 200, "b": 404}), 2: (2, {"a": "b", "b": 200})},
    ),
    "renamed for later": Scenario(
        [step("sign", 1), step("sign", 2, "b", later=6)],
        {
            2.5: (1, {"a": 200, "b": 404}),
            5.9: (1, {"a": 200, "b": 404}),
            6: (2, {"a": "b", "b": 200}),
        },
    ),
    "a rename cancelled while it waited": Scenario(
        [step("sign", 1), step("sign", 2, "b", later=6), step("cancel", 3, 2)],
        {2.5: (1, {"a": 200, "b": 404}), 9: (1, {"a": 200, "b": 404})},
    ),
    "a rename cancelled live": Scenario(
        [step("sign", 1), step("sign", 2, "b"), step("cancel", 3, 2)],
        {2.5: (2, {"a": "b", "b": 200}), 3: (1, {"a": 200, "b": "a"})},
    ),
    "renamed and back": Scenario(
        [step("sign", 1), step("sign", 2, "b"), step("sign", 3, "a")],
        {2.5: (2, {"a": "b", "b": 200}), 3: (3, {"a": 200, "b": "a"})},
    ),
    "renamed twice": Scenario(
        [step("sign", 1), step("sign", 2, "b"), step("sign", 3, "c")],
        {
            2.5: (2, {"a": "b", "b": 200, "c": 404}),
            3: (3, {"a": "c", "b": "c", "c": 200}),
        },
    ),
    "renamed and withdrawn": Scenario(
        [step("sign", 1), step("sign", 2, "b"), step("withdraw", 3)],
        {2.5: (2, {"a": "b", "b": 200}), 3: (None, {"a": 410, "b": 410})},
    ),
    "renamed, withdrawn, back under a third address": Scenario(
        [step("sign", 1), step("sign", 2, "b"), step("withdraw", 3), step("sign", 4, "c")],
        {
            3.5: (None, {"a": 410, "b": 410, "c": 404}),
            4: (3, {"a": "c", "b": "c", "c": 200}),
        },
    ),
    "a rename withdrawn while it waited": Scenario(
        [step("sign", 1), step("sign", 2, "b", later=6), step("withdraw", 3)],
        {3.5: (None, {"a": 410, "b": 404}), 9: (None, {"a": 410, "b": 404})},
    ),
    "back for later under another address": Scenario(
        [step("sign", 1), step("withdraw", 2), step("sign", 3, "b", later=8)],
        {5: (None, {"a": 410, "b": 404}), 8: (2, {"a": "b", "b": 200})},
    ),
}


@pytest.fixture
def people(editor: User, physician: User, manager: User) -> dict[str, User]:
    return {"editor": editor, "physician": physician, "manager": manager}


@pytest.fixture
def story(people: dict[str, User], time_machine: TimeMachineFixture) -> Story:
    return Story(people, time_machine)


def tell(story: Story, scenario: Scenario) -> None:
    for verb, arguments, more in scenario.steps:
        getattr(story, verb)(*arguments, **more)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_story_ends_as_it_should(
    story: Story, name: str, client: Client, subtests: pytest.Subtests
) -> None:
    """Told once, and looked at from four sides."""
    scenario = SCENARIOS[name]
    tell(story, scenario)

    with subtests.test("what is in force at each instant"):
        _check_in_force(story, scenario)
    with subtests.test("the listing agrees with it"):
        _check_listing(story, scenario)
    with subtests.test("each address is found as it stood"):
        _check_addresses(story, scenario)
    with subtests.test("patients read what stood then"):
        _check_what_patients_read(story, scenario, client)


def _check_in_force(story: Story, scenario: Scenario) -> None:
    for day, (number, _) in scenario.then.items():
        expected = story.signed[number - 1] if number else None
        assert workflow.in_force(story.subject, on(day)) == expected, day
        in_force = SignOff.objects.in_force(on(day)).filter(subject=story.subject)
        assert list(in_force) == ([expected] if expected else []), day


def _check_listing(story: Story, scenario: Scenario) -> None:
    recorded = listing.recorded(story.subject)
    assert recorded == listing.spans(story.subject)
    assert [(one.sign_off_id, one.from_at, one.until_at) for one in recorded] == Rows(
        story.subject
    ).spans()
    for day, (number, _) in scenario.then.items():
        expected = [story.signed[number - 1].pk] if number else []
        current = Listing.objects.current(KIND, on(day))
        assert list(current.values_list("sign_off", flat=True)) == expected, day
    assert next(audit.faults(), None) is None


def _check_addresses(story: Story, scenario: Scenario) -> None:
    for day, (number, answers) in scenario.then.items():
        for slug, answer in answers.items():
            found = at_address.find_afresh(KIND, slug, on(day))
            if answer == 404:
                assert found is None or not found.was_here, (day, slug)
                continue
            assert found is not None, (day, slug)
            assert found.was_here, (day, slug)
            if answer == 410:
                assert found.withdrawn_on is not None
                assert proved.decisions_of(found).withdrawal.notice == "out_of_date"
                continue
            assert found.withdrawn_on is None, (day, slug)
            assert number is not None
            assert found.sign_off == story.signed[number - 1].pk, (day, slug)
            assert found.slug == (slug if answer == 200 else answer), (day, slug)


def _check_what_patients_read(story: Story, scenario: Scenario, client: Client) -> None:
    for day, (number, answers) in scenario.then.items():
        story.clock_hand.move_to(on(day), tick=False)
        signed = story.signed[number - 1] if number else None
        for slug, answer in answers.items():
            _check_answer(page(client, slug), answer, signed)
        for overview in ("/", "/conditions/"):
            html = client.get(overview).content.decode()
            links = {slug for slug in "abc" if f'href="/conditions/{slug}/"' in html}
            assert links == ({signed.edition.slug} if signed else set()), (day, overview)


def _check_answer(response: HttpResponse, answer: int | str, signed: SignOff | None) -> None:
    html = response.content.decode()
    if isinstance(answer, str):
        assert (response.status_code, response["Location"]) == (301, f"/conditions/{answer}/")
        assert response["Cache-Control"] == "no-cache"
        assert "Words" not in html
        return
    assert response.status_code == answer
    if answer != 200:
        assert "Words" not in html
        return
    assert signed is not None
    day = signed.full_review.signed_on
    assert signed.edition.document["summary"] in html
    assert html.count("Words ") == signed.edition.text.count("Words ")
    assert f">{day:%B} {day.day}, {day.year}</time>" in html


def test_the_date_steps_back_with_the_words(story: Story, client: Client) -> None:
    story.sign(1)
    story.sign(31)
    assert ">April 2, 2026</time>" in page(client, "a").content.decode()

    story.cancel(32, 2)

    html = page(client, "a").content.decode()
    assert ">March 3, 2026</time>" in html
    assert "April" not in html


def test_a_correction_cancelled_leaves_the_full_review(story: Story, client: Client) -> None:
    story.sign(1)
    before = page(client, "a").content
    story.correct(2)
    assert b"Last reviewed in full" in page(client, "a").content

    story.cancel(3, 2)

    assert page(client, "a").content == before


def test_the_table_has_every_verb() -> None:
    verbs = {one[0] for scenario in SCENARIOS.values() for one in scenario.steps}

    assert verbs == {"sign", "correct", "reaffirm", "cancel", "withdraw"}


# --- Addresses


def test_an_address_stays_with_the_page_that_signed_it_first(
    story: Story, editor: User, client: Client
) -> None:
    story.sign(1, "a")
    story.sign(2, "b")
    other = cast.make_condition("a", by=editor, name="Other")

    with refused("“a” belongs to another page for ever"):
        cast.submit(other, by=editor)

    assert page(client, "a")["Location"] == "/conditions/b/"


@pytest.mark.parametrize("end", ["cancel", "withdraw"])
def test_an_address_that_was_only_scheduled_is_kept_too(
    story: Story, editor: User, client: Client, end: str
) -> None:
    story.sign(1, "a")
    story.sign(2, "b", later=6)
    if end == "cancel":
        story.cancel(3, 2)
    else:
        story.withdraw(3)
    cast.edit(story.condition, by=editor, slug="a")
    other = cast.make_condition("b", by=editor, name="Other")

    with refused("“b” belongs to another page for ever"):
        cast.submit(other, by=editor)

    assert page(client, "b").status_code == 404


def test_an_address_that_was_only_submitted_belongs_to_nobody(
    story: Story, editor: User, physician: User
) -> None:
    cast.submit(story.condition, by=editor)
    cast.edit(story.condition, by=editor, slug="moved")
    other = cast.make_condition("a", by=editor, name="Other")

    assert cast.publish(other, by=editor, signer=physician).edition.slug == "a"


def test_links_follow_the_state_of_the_other_page(
    story: Story, people: dict[str, User], client: Client
) -> None:
    """Words are signed; navigation is not."""
    story.sign(1)
    naming = cast.make_condition("naming", by=people["editor"])
    cast.name_target(naming, "a", by=people["editor"])
    cast.publish(naming, by=people["editor"], signer=people["physician"])
    link = b'<a href="/conditions/a/">'
    assert link in page(client, "naming").content

    story.withdraw(2)

    assert link not in page(client, "naming").content


# --- A random walk, against the same rule written once more from the rows


class Row(NamedTuple):
    """A sign-off as plain values."""

    pk: int
    slug: str
    effective_at: datetime
    signed_at: datetime


class Rows:
    """The evidence of one page as plain values, and the rule of DESIGN §2 in plain Python."""

    def __init__(self, subject: Subject) -> None:
        self.signed = [
            Row(one.pk, one.edition.slug, one.effective_at, one.signed_at)
            for one in SignOff.objects.filter(subject=subject).select_related("edition")
        ]
        ends = Withdrawal.objects.filter(subject=subject).values_list("pk", "sign_off", "at")
        self.cancelled = {sign_off: at for _, sign_off, at in ends if sign_off}
        self.withdrawn = [(pk, at) for pk, sign_off, at in ends if not sign_off]
        self.laid = list(
            Overlay.objects.filter(subject=subject).order_by("pk").values_list("pk", "kind", "at")
        )

    def is_held(self, at: datetime) -> bool:
        newest = max(((pk, kind) for pk, kind, when in self.laid if when <= at), default=None)
        return newest is not None and newest[1] == "hold"

    def public(self, at: datetime) -> Row | None:
        """What patients read: a hold takes it off and ends nothing."""
        return None if self.is_held(at) else self.in_force(at)

    def in_force(self, at: datetime) -> Row | None:
        counting = [
            row
            for row in self.signed
            if row.effective_at <= at
            and not (row.pk in self.cancelled and self.cancelled[row.pk] <= at)
        ]
        top = max(counting, default=None)
        if top and any(pk > top.pk and when <= at for pk, when in self.withdrawn):
            return None
        return top

    def instants(self) -> list[datetime]:
        changes = {row.effective_at for row in self.signed}
        changes |= {*self.cancelled.values(), *(at for _, at in self.withdrawn)}
        return sorted(changes | {at for _, _, at in self.laid})

    def spans(self) -> list[tuple[int, datetime, datetime | None]]:
        """(sign-off, from, until) of every stretch, neighbours of one sign-off joined."""
        found: list[tuple[int, datetime, datetime | None]] = []
        for at, until in pairwise([*self.instants(), None]):
            assert at is not None
            row = self.public(at)
            if row and found and found[-1][0] == row.pk and found[-1][2] == at:
                found[-1] = (row.pk, found[-1][1], until)
            elif row:
                found.append((row.pk, at, until))
        return found

    def present(self, clock_shows: datetime) -> datetime:
        """The instant at which a reader stands: what was done is done, whatever a clock shows."""
        done = {*(one.signed_at for one in self.signed), *(at for _, at in self.withdrawn)}
        done |= {at for _, _, at in self.laid}
        return max(clock_shows, *done, *self.cancelled.values())

    def answer(self, slug: str, at: datetime) -> int | str:
        """What the public gets at an address of this page."""
        past = [one for one in map(self.in_force, (i for i in self.instants() if i <= at)) if one]
        if slug not in {one.slug for one in past}:
            return 404
        now = self.public(at)
        if now is None:
            return 410
        return 200 if now.slug == slug else now.slug


class Walk:
    """Somebody who tries verbs on two pages at random and notes which were allowed.

    Each step is taken on one of two servers; the clock of the second is 1 to 10 seconds behind.
    """

    SLUGS = ("a", "b", "c")

    def __init__(self, random: Random, people: dict[str, User], hand: TimeMachineFixture) -> None:
        self.random, self.people, self.hand, self.at = random, people, hand, START
        self.apart = timedelta(seconds=random.uniform(1, 10))
        hand.move_to(self.at, tick=False)
        self.pages = [cast.make_condition(slug, by=people["editor"]) for slug in ("a", "b")]
        self.allowed: list[str] = []
        self.was_public: set[str] = set()
        self.past: list[tuple[datetime, Subject, SignOff | None]] = []
        self.edits = 0

    def step(self) -> None:
        """Try one verb a while later; what is refused leaves no trace."""
        hours = self.random.choice([1, 9, 24, 24 * 7])
        seconds = self.random.choice([0.5, 2, 8])
        self.at += self.random.choice([timedelta(hours=hours), timedelta(seconds=seconds)])
        behind = self.random.choice([timedelta(0), self.apart])
        self.hand.move_to(self.at - behind, tick=False)
        verb = self.random.choice(
            [self.put_forward] * 6
            + [self.sign] * 8
            + [self.cancel] * 4
            + [self.edit, self.reaffirm, self.withdraw, self.send_back]
            + [self.flag, self.hold, self.release, self.release, self.redact]
        )
        before, why = traces(), ""
        try:
            verb(self.random.choice(self.pages))
        except NotAllowed as refusal:
            why = str(refusal)
        if why:
            assert why.endswith(".")
            assert traces() == before
        else:
            self.allowed.append(verb.__name__)
        self.hand.move_to(self.at, tick=False)
        # Nothing that is done later, on the server whose clock is behind, counts from before this.
        known = self.at - self.apart
        self.past += [
            (known, one.subject, workflow.in_force(one.subject, known)) for one in self.pages
        ]

    def edit(self, condition: Condition) -> None:
        self.edits += 1
        others = Condition.objects.exclude(pk=condition.pk).values_list("slug", flat=True)
        free = sorted({*self.SLUGS} - {*others})
        cast.edit(
            condition,
            by=self.people["editor"],
            slug=self.random.choice([condition.slug] * 3 + free),
            summary=f"<p>Edit {self.edits}.</p>",
        )

    def put_forward(self, condition: Condition) -> None:
        self.edit(condition)
        with suppress(NotAllowed):  # one may wait, or its address belong to the other page
            urgent = self.random.choice([True, False])
            cast.submit(condition, by=self.people["editor"], urgent=urgent)

    def sign(self, condition: Condition) -> None:
        is_open = Submission.objects.filter(status="open").first()
        submission = is_open or self._newest(condition)
        in_force = workflow.in_force(submission.subject, clock.now())
        ahead = self.random.choice([None, None, None, timedelta(hours=30)])
        waits = SignOff.objects.waiting(clock.now()).filter(subject=submission.subject).first()
        scopes = ["full", "correction", "urgent"]
        cast.sign(
            submission,
            by=self.people["physician"],
            scope=self.random.choice(scopes) if in_force else "full",
            cancels=waits and waits.pk,
            effective_at=ahead and clock.now() + ahead,
        )

    def reaffirm(self, condition: Condition) -> None:
        before = workflow.in_force(condition.subject, clock.now())
        digest = before.digest if before else ""
        cast.reaffirm(
            condition.subject, by=self.people["physician"], proof=cast.proof(), digest=digest
        )

    def cancel(self, condition: Condition) -> None:
        standing = condition.subject.sign_offs.standing(clock.now()).order_by("-pk")
        if not standing:
            raise NotAllowed("There is none.")
        chosen = self.random.choice([standing[0], standing[0], *standing])
        workflow.cancel(chosen, by=self.people["manager"], reason="Why.")

    def withdraw(self, condition: Condition) -> None:
        workflow.withdraw(
            condition.subject, by=self.people["manager"], reason="Why.", notice="safety"
        )

    def flag(self, condition: Condition) -> None:
        cast.lay_over("flag", condition, by=self.people["editor"])

    def hold(self, condition: Condition) -> None:
        by = self.random.choice(["editor", "physician"])
        cast.lay_over("hold", condition, by=self.people[by])

    def release(self, condition: Condition) -> None:
        by = self.random.choice(["editor", "manager", "physician"])
        cast.lay_over("release", condition, by=self.people[by])

    def redact(self, condition: Condition) -> None:
        signed = list(condition.subject.sign_offs.order_by("pk"))
        if not signed:
            raise NotAllowed("There is none.")
        cast.redact(self.random.choice(signed), by=self.people["manager"])

    def send_back(self, condition: Condition) -> None:
        workflow.request_changes(
            self._newest(condition), by=self.people["physician"], reason="Why."
        )

    def _newest(self, condition: Condition) -> Submission:
        submission = condition.subject.submissions.first()
        if submission is None:
            raise NotAllowed("There is none.")
        return submission


def _check_page(subject: Subject, at: datetime) -> None:
    rows = Rows(subject)
    recorded = listing.recorded(subject)
    assert [(one.sign_off_id, one.from_at, one.until_at) for one in recorded] == rows.spans()
    for instant in _around([*rows.instants()[-2:], at]):
        expected = rows.in_force(instant)
        found = SignOff.objects.in_force(instant).filter(subject=subject)
        assert [one.pk for one in found] == ([expected.pk] if expected else [])
    assert Submission.objects.filter(subject=subject, status="open").count() <= 1


def _around(instants: Iterable[datetime]) -> set[datetime]:
    moment = timedelta(microseconds=1)
    return {at + shift for at in instants for shift in (-moment, timedelta(0), moment)}


def _check_public(walk: Walk, client: Client) -> None:
    owners = {
        slug: Rows(condition.subject)
        for condition in walk.pages
        for slug in condition.subject.addresses.values_list("slug", flat=True)
    }
    for slug, behind in product(walk.SLUGS, (walk.apart, timedelta(0))):
        walk.hand.move_to(walk.at - behind, tick=False)
        at = owners[slug].present(walk.at - behind) if slug in owners else walk.at
        answer = owners[slug].answer(slug, at) if slug in owners else 404
        assert answer != 404 or slug not in walk.was_public
        walk.was_public |= {slug} if answer != 404 else set()
        response = page(client, slug)
        if isinstance(answer, str):
            assert response["Location"] == f"/conditions/{answer}/"
        else:
            assert response.status_code == answer
        if answer == 200:
            row = owners[slug].public(at)
            assert row is not None
            words = SignOff.objects.get(pk=row.pk).edition.document["summary"]
            assert words in response.content.decode()
    _check_taken_out(walk, client)


def _check_taken_out(walk: Walk, client: Client) -> None:
    """No word of an edition that was taken out, or is held, stands in the record."""
    for condition in walk.pages:
        hidden = [row.edition for row in Redaction.objects.filter(subject=condition.subject)]
        in_force = workflow.in_force(condition.subject, walk.at)
        if in_force is not None and Rows(condition.subject).is_held(walk.at):
            hidden.append(in_force.edition)
        for slug in condition.subject.addresses.values_list("slug", flat=True):
            response = client.get(f"/conditions/{slug}/record/", follow=True)
            assert response.status_code in (200, 404)
            record = re.sub("<[^>]+>", "", response.content.decode())
            for edition in hidden:
                words = re.sub("<[^>]+>", "", edition.document["summary"])
                assert words not in record
                number = re.sub(r"\D", "", words)
                assert not number or not re.search(rf"(added|removed): {number}\b", record)
                path = f"/conditions/{slug}/record/{edition.number}/"
                assert client.get(path, follow=True).status_code in (404, 410)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_tried_the_rule_holds(
    people: dict[str, User], time_machine: TimeMachineFixture, client: Client, seed: int
) -> None:
    walk = Walk(Random(seed), people, time_machine)  # noqa: S311

    for _ in range(50):
        walk.step()
        for condition in walk.pages:
            _check_page(condition.subject, walk.at)
        _check_public(walk, client)

    assert walk.allowed.count("sign") >= 3  # or the walk went nowhere
    assert {"cancel", "withdraw"} & {*walk.allowed}
    assert next(audit.faults(), None) is None
    for at, subject, in_force in walk.past:  # what was in force then still was
        assert workflow.in_force(subject, at) == in_force


# --- What is done to a draft changes no public byte


def _in_a_shell(condition: Condition) -> None:
    condition.summary = "<p>Unsigned.</p>"
    condition.name = "Unsigned"
    condition.save()


def _deleted(condition: Condition) -> None:
    condition.delete()


def _reverted(condition: Condition) -> None:
    first = Version.objects.get_for_object(condition).last()
    assert first is not None
    condition.slug = "unsigned"
    condition.save()
    first.revision.revert(delete=True)


DRAFT: dict[str, Callable[[Condition, User], Any]] = {
    "edited": lambda condition, editor: cast.edit(
        condition, by=editor, name="Unsigned", summary="<p>Unsigned.</p>"
    ),
    "renamed": lambda condition, editor: cast.edit(condition, by=editor, slug="unsigned"),
    "submitted": lambda condition, editor: cast.submit(
        cast.edit(condition, by=editor, summary="<p>Unsigned.</p>"),
        by=editor,
        public_note="Unsigned.",
    ),
    "saved in a shell": lambda condition, editor: _in_a_shell(condition),
    "bulk-updated": lambda condition, editor: Condition.objects.update(
        name="Unsigned", headline="Unsigned.", summary="<p>Unsigned.</p>"
    ),
    "its rows bulk-updated": lambda condition, editor: KeyPoint.objects.update(
        text="<p>Unsigned.</p>"
    ),
    "deleted": lambda condition, editor: _deleted(condition),
    "deleted in bulk": lambda condition, editor: Condition.objects.all().delete(),
    "reverted": lambda condition, editor: _reverted(condition),
    "another one written": lambda condition, editor: cast.make_condition(
        "unsigned", by=editor, name="Unsigned"
    ),
    "another one submitted": lambda condition, editor: cast.submit(
        cast.make_condition("unsigned", by=editor, name="Unsigned"), by=editor
    ),
    "changes requested": lambda condition, editor: workflow.request_changes(
        cast.submit(cast.edit(condition, by=editor, summary="<p>Unsigned.</p>"), by=editor),
        by=User.objects.get(username="physician"),
        reason="Unsigned.",
    ),
}
PUBLIC = ("/", "/conditions/", "/conditions/a/", "/conditions/b/", "/conditions/unsigned/")


def _public(client: Client) -> list[tuple[int, bytes, dict[str, str]]]:
    answers = [client.get(path) for path in PUBLIC]
    return [(one.status_code, one.content, dict(one.headers)) for one in answers]


def test_what_is_done_to_a_draft_changes_no_public_byte(
    story: Story, editor: User, client: Client, case: Case
) -> None:
    story.sign(1, "a")
    story.sign(2, "b")
    before = _public(client)
    assert [status for status, _, _ in before] == [200, 200, 301, 200, 404]

    for how, change in DRAFT.items():
        with case(how=how):
            change(Condition.objects.get(), editor)
            memory.forget()

            after = _public(client)
            assert after == before
            assert not any(b"Unsigned" in content for _, content, _ in after)


def test_a_revert_did_change_the_draft(story: Story, editor: User) -> None:
    """Guards the table above: a revert that did nothing would prove nothing."""
    story.sign(1, "a")
    edited = Condition.objects.get()

    _reverted(story.condition)

    draft = Condition.objects.get()
    assert (draft.slug, draft.summary != edited.summary) == ("a", True)
    with refused("changed outside its form"):
        cast.submit(draft, by=editor)
