"""What is in force: a table of stories, and what changes no public byte.

Random histories, against a rule of their own: tests/histories.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from reversion.errors import RevertError
from reversion.models import Version
from time_machine import TimeMachineFixture

from conditions.models import KIND, Condition, KeyPoint
from reviews import clock, workflow
from reviews.evidence import audit, listing
from reviews.models import Listing, SignOff, Subject
from reviews.reading import at_address, memory, proved
from tests import cast
from tests.traces import refused
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
    assert listing.recorded(story.subject) == listing.spans(story.subject)
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
    with pytest.raises(RevertError):
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
    "reverted past the studio, which is refused": lambda condition, editor: _reverted(condition),
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


def test_what_was_written_past_the_form_before_a_refused_revert_is_not_submitted(
    story: Story, editor: User
) -> None:
    story.sign(1, "a")

    _reverted(story.condition)

    draft = Condition.objects.get()
    assert draft.slug == "unsigned"
    with refused("changed outside its form"):
        cast.submit(draft, by=editor)
