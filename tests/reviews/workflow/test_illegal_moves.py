"""What is refused: every status of a submission, and every state of a page, against every verb."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from conditions.models import Condition
from reviews import clock, workflow
from reviews.models import (
    SignOff,
    Submission,
)
from reviews.workflow import NotAllowed
from tests import cast
from tests.traces import refused, traces
from tests.undoing import Case, undone

pytestmark = pytest.mark.both_engines


class Desk:
    """Everybody around one page, and the steps that bring a submission into each status."""

    def __init__(self, condition: Condition, **people: User) -> None:
        self.condition, self.subject = condition, condition.subject
        self.__dict__.update(people)

    editor: User
    physician: User
    manager: User

    def put_forward(self, words: str) -> Submission:
        """A new submission of new words."""
        cast.edit(self.condition, by=self.editor, summary=f"<p>What helps: {words}</p>")
        return cast.submit(self.condition, by=self.editor)

    def bring(self, status: str) -> Submission:
        """A submission in a status, on top of a signed edition so that every verb has a chance."""
        cast.publish(self.condition, by=self.editor, signer=self.physician)
        submission = self.put_forward("Put forward.")
        MOVES[status](self, submission)
        submission.refresh_from_db()
        assert submission.status == status
        return submission


def _withdraw(desk: Desk, submission: Submission) -> None:
    workflow.withdraw(desk.subject, by=desk.manager, reason="Why.", notice="safety")


MOVES: dict[str, Callable[[Desk, Submission], Any]] = {
    "open": lambda desk, submission: None,
    "changes_requested": lambda desk, submission: workflow.request_changes(
        submission, by=desk.physician, reason="Why."
    ),
    "taken_back": lambda desk, submission: workflow.take_back(submission, by=desk.editor),
    "superseded": lambda desk, submission: desk.put_forward("Newer."),
    "ended_by_withdrawal": _withdraw,
    "signed": lambda desk, submission: cast.sign(submission, by=desk.physician),
}

VERBS: dict[str, Callable[[Desk, Submission], Any]] = {
    "sign in full": lambda desk, submission: cast.sign(submission, by=desk.physician),
    "sign as a correction": lambda desk, submission: cast.sign(
        submission, by=desk.physician, scope="correction"
    ),
    "sign among others": lambda desk, submission: cast.sign_together(
        [submission], by=desk.physician
    ),
    "request changes": lambda desk, submission: workflow.request_changes(
        submission, by=desk.physician, reason="Why."
    ),
    "take back": lambda desk, submission: workflow.take_back(submission, by=desk.editor),
}


@pytest.fixture
def desk(condition: Condition, editor: User, physician: User, manager: User) -> Desk:
    return Desk(condition, editor=editor, physician=physician, manager=manager)


def test_the_table_has_every_status() -> None:
    assert set(MOVES) == set(Submission.Status.values)


def test_a_submission_that_ended_stays_as_it_is(desk: Desk, case: Case) -> None:
    for status in set(MOVES) - {"open"}:
        with undone():
            submission = desk.bring(status)
            for name, verb in VERBS.items():
                with case(status=status, verb=name):
                    submission.refresh_from_db()

                    with refused("no longer open"):
                        verb(desk, submission)

                    submission.refresh_from_db()
                    assert submission.status == status


def test_a_stale_object_moves_nothing(desk: Desk, case: Case) -> None:
    for status in set(MOVES) - {"open"}:
        with undone():
            submission = desk.bring(status)
            for name, verb in VERBS.items():
                with case(status=status, verb=name):
                    submission.status = Submission.Status.OPEN

                    with refused("no longer open"):
                        verb(desk, submission)


def test_nobody_takes_on_or_passes_on_a_submission_that_ended(desk: Desk, case: Case) -> None:
    verbs: dict[str, Callable[[Submission], Any]] = {
        "take on": lambda one: workflow.take_on(one, by=desk.physician),
        "let go": lambda one: workflow.let_go(one, by=desk.physician),
        "hand over": lambda one: workflow.hand_over(one, by=desk.physician, to=desk.editor),
    }
    for status in set(MOVES) - {"open"}:
        with undone():
            submission = desk.bring(status)
            for name, verb in verbs.items():
                with case(status=status, verb=name), refused("no longer open"):
                    verb(submission)


@pytest.mark.parametrize("verb", VERBS)
def test_an_open_submission_takes_each_verb_once(desk: Desk, verb: str) -> None:
    submission = desk.bring("open")

    VERBS[verb](desk, submission)

    submission.refresh_from_db()
    assert submission.status in ("signed", "changes_requested", "taken_back")
    for again in VERBS.values():
        with refused("no longer open"):
            again(desk, submission)


WRONG_PEOPLE = [
    ("editor", "sign in full", "Only a physician with a reviewer’s profile"),
    ("editor", "sign as a correction", "Only a physician with a reviewer’s profile"),
    ("editor", "sign among others", "Only a physician with a reviewer’s profile"),
    ("root", "sign among others", "Only a physician with a reviewer’s profile"),
    ("editor", "request changes", "Only a physician with a reviewer’s profile"),
    ("manager", "sign in full", "Only a physician with a reviewer’s profile"),
    ("manager", "sign as a correction", "Only a physician with a reviewer’s profile"),
    ("manager", "request changes", "Only a physician with a reviewer’s profile"),
    ("manager", "take back", "Only staff who edit pages"),
    ("physician", "take back", "Only staff who edit pages"),
    ("reader", "sign in full", "Only a physician with a reviewer’s profile"),
    ("reader", "sign as a correction", "Only a physician with a reviewer’s profile"),
    ("reader", "request changes", "Only a physician with a reviewer’s profile"),
    ("reader", "take back", "Only staff who edit pages"),
    ("root", "sign in full", "Only a physician with a reviewer’s profile"),
    ("root", "sign as a correction", "Only a physician with a reviewer’s profile"),
    ("root", "request changes", "Only a physician with a reviewer’s profile"),
    ("root", "take back", "Only its authors"),
    ("second_editor", "take back", "Only its authors"),
]


def test_the_wrong_person_moves_nothing(
    desk: Desk, request: pytest.FixtureRequest, case: Case
) -> None:
    submission = desk.bring("open")
    for who, verb, sentence in WRONG_PEOPLE:
        person = request.getfixturevalue(who)
        with case(who=who, verb=verb):
            wrong = Desk(desk.condition, editor=person, physician=person, manager=desk.manager)

            with refused(sentence):
                VERBS[verb](wrong, submission)

            submission.refresh_from_db()
            assert submission.status == "open"


# --- A page in each of its states, against every verb on a page


def _never_signed(desk: Desk) -> SignOff | None:
    return None


def _signed(desk: Desk) -> SignOff:
    return cast.publish(desk.condition, by=desk.editor, signer=desk.physician)


def _signed_twice(desk: Desk) -> SignOff:
    _signed(desk)
    return cast.sign(desk.put_forward("Second."), by=desk.physician)


def _scheduled(desk: Desk) -> SignOff:
    later = clock.now() + timedelta(days=30)
    return cast.publish(desk.condition, by=desk.editor, signer=desk.physician, effective_at=later)


def _scheduled_on_top(desk: Desk) -> SignOff:
    _signed(desk)
    later = clock.now() + timedelta(days=30)
    return cast.sign(desk.put_forward("Second."), by=desk.physician, effective_at=later)


def _withdrawn(desk: Desk) -> SignOff:
    signed = _signed(desk)
    workflow.withdraw(desk.subject, by=desk.manager, reason="Why.", notice="safety")
    return signed


def _signed_after_withdrawal(desk: Desk) -> SignOff:
    _withdrawn(desk)
    return cast.sign(desk.put_forward("Again."), by=desk.physician)


def _cancelled(desk: Desk) -> SignOff:
    signed = _signed_twice(desk)
    workflow.cancel(signed, by=desk.manager, reason="Why.")
    return signed


def _cancelled_waiting(desk: Desk) -> SignOff:
    signed = _scheduled(desk)
    workflow.cancel(signed, by=desk.manager, reason="Why.")
    return signed


STATES: dict[str, Callable[[Desk], SignOff | None]] = {
    "never signed": _never_signed,
    "signed": _signed,
    "signed twice": _signed_twice,
    "scheduled": _scheduled,
    "scheduled on top": _scheduled_on_top,
    "withdrawn": _withdrawn,
    "signed after a withdrawal": _signed_after_withdrawal,
    "cancelled": _cancelled,
    "cancelled while it waited": _cancelled_waiting,
}


# Those in which something is or will be public.
PUBLIC_STATES = set(STATES) - {"never signed", "withdrawn", "cancelled while it waited"}


def _reaffirm(desk: Desk, signed: SignOff | None) -> Any:
    digest = signed.edition.digest if signed else ""
    return cast.reaffirm(desk.subject, by=desk.physician, proof=cast.proof(), digest=digest)


PAGE_VERBS: dict[str, Callable[[Desk, SignOff | None], Any]] = {
    "submit": lambda desk, signed: cast.submit(desk.condition, by=desk.editor),
    "reaffirm": _reaffirm,
    "cancel": lambda desk, signed: (
        signed and workflow.cancel(signed, by=desk.manager, reason="Why.")
    ),
    "withdraw": lambda desk, signed: workflow.withdraw(
        desk.subject, by=desk.manager, reason="Why.", notice="safety"
    ),
    "log a concern": lambda desk, signed: workflow.log_concern(
        desk.subject, by=desk.editor, part="", text="A dose looks wrong."
    ),
    "archive": lambda desk, signed: workflow.archive(desk.subject, by=desk.editor),
    "take back from the archive": lambda desk, signed: workflow.unarchive(
        desk.subject, by=desk.editor
    ),
    "erase": lambda desk, signed: workflow.erase_draft(
        desk.subject, by=desk.editor, reason="By mistake."
    ),
}

ILLEGAL = [
    ("never signed", "reaffirm", "submit the draft instead"),
    ("never signed", "withdraw", "nothing to withdraw"),
    ("never signed", "log a concern", "never public"),
    ("scheduled", "log a concern", "never public"),
    ("cancelled while it waited", "log a concern", "never public"),
    *((state, "archive", "Withdraw the page first") for state in PUBLIC_STATES),
    *((state, "take back from the archive", "is not in the archive") for state in STATES),
    *((state, "erase", "belongs to a record") for state in STATES if state != "never signed"),
    ("signed", "submit", "reaffirm"),
    ("signed", "cancel", "Withdraw the page instead"),
    ("signed twice", "submit", "reaffirm"),
    ("scheduled", "submit", "takes effect on"),
    ("scheduled", "reaffirm", "takes effect on"),
    ("scheduled on top", "submit", "takes effect on"),
    ("scheduled on top", "reaffirm", "takes effect on"),
    ("withdrawn", "reaffirm", "submit the draft instead"),
    ("withdrawn", "cancel", "Only a sign-off that is in force, or one that waits"),
    ("withdrawn", "withdraw", "nothing to withdraw"),
    ("signed after a withdrawal", "submit", "reaffirm"),
    ("signed after a withdrawal", "cancel", "Withdraw the page instead"),
    ("cancelled", "cancel", "cancelled already"),
    ("cancelled", "reaffirm", "not those of the edition"),
    ("cancelled while it waited", "cancel", "cancelled already"),
    ("cancelled while it waited", "reaffirm", "submit the draft instead"),
    ("cancelled while it waited", "withdraw", "nothing to withdraw"),
]
LEGAL = [
    (state, verb)
    for state in STATES
    for verb in PAGE_VERBS
    if (state, verb) not in {(one, other) for one, other, _ in ILLEGAL}
    and (state, verb) != ("never signed", "cancel")  # there is no sign-off to name
]


def test_a_page_refuses_what_its_state_does_not_allow_and_takes_every_other_verb(
    desk: Desk, case: Case
) -> None:
    refusals = {(state, verb): sentence for state, verb, sentence in ILLEGAL}
    for state, bring in STATES.items():
        with undone():
            signed = bring(desk)
            for name, verb in PAGE_VERBS.items():
                with case(state=state, verb=name):
                    if (state, name) in refusals:
                        with refused(refusals[state, name]):
                            verb(desk, signed)
                    elif (state, name) in LEGAL:
                        before = traces()

                        verb(desk, signed)

                        assert traces() != before


@pytest.mark.parametrize("who", ["editor", "second_editor", "reader"])
@pytest.mark.parametrize("verb", ["cancel", "withdraw"])
def test_only_a_physician_or_a_manager_takes_a_page_off(
    desk: Desk, request: pytest.FixtureRequest, who: str, verb: str
) -> None:
    signed = _signed_twice(desk)
    desk.manager = request.getfixturevalue(who)

    with refused("Only a physician or a manager"):
        PAGE_VERBS[verb](desk, signed)


@pytest.mark.parametrize("verb", ["submit", "withdraw", "cancel", "reaffirm"])
def test_an_account_switched_off_meanwhile_does_nothing(desk: Desk, verb: str) -> None:
    """The person object was loaded before; the database knows better."""
    signed = _signed_twice(desk)
    cast.edit(desk.condition, by=desk.editor, summary="<p>New.</p>")
    for person in (desk.editor, desk.manager, desk.physician):
        User.objects.filter(pk=person.pk).update(is_active=False)
    before = traces()

    with pytest.raises(NotAllowed):
        PAGE_VERBS[verb](desk, signed)

    after = traces()
    assert after["SignOff"] == before["SignOff"]
    assert after["Withdrawal"] == before["Withdrawal"]
    assert after["Submission"] == before["Submission"]
    assert after["listed"] == before["listed"]


GUARDS = {
    "sign in full": workflow.may_sign_off,
    "sign as a correction": workflow.may_correct,
    "sign among others": workflow.may_sign_together,
    "request changes": workflow.may_request_changes,
    "take back": workflow.may_take_back,
}


def test_a_button_gives_the_reason_that_the_verb_gives(
    desk: Desk, request: pytest.FixtureRequest
) -> None:
    submission = desk.bring("open")
    for who, verb, sentence in WRONG_PEOPLE:
        person = request.getfixturevalue(who)

        said = workflow.why_not(GUARDS[verb], submission, by=person)

        assert sentence in said, (who, verb)


@pytest.mark.parametrize("verb", VERBS)
def test_a_button_is_open_where_the_verb_is(desk: Desk, verb: str) -> None:
    submission = desk.bring("open")
    person = desk.editor if verb == "take back" else desk.physician

    assert workflow.why_not(GUARDS[verb], submission, by=person) == ""
