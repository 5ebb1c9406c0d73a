"""The demonstration: fictional people and five sample pages in different states, by the verbs."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest

from conditions import exchange
from conditions.demo import people
from conditions.demo.past import set_back
from conditions.demo.people import PASSWORDS, Say, make_people, person
from conditions.models import Condition
from reviews import clock, workflow
from reviews.models import Event, Reviewer, SignOff, Submission
from reviews.workflow import Credentials

SAMPLES = Path(__file__).parent / "samples"
# Long enough ago that a page reviewed every twelve months is overdue.
LONG_AGO = timedelta(days=400)
# When a first change was made to what was signed then.
LATER = timedelta(days=150)


class NotADemonstration(Exception):
    """The database is somebody's real one."""


def build(say: Say) -> None:
    """Make whatever of the demonstration does not stand yet. Never touches a draft that does.

    Raises NotADemonstration on a database that somebody else has used: passwords that everybody
    knows must not enter it.
    """
    if not people.stand() and (User.objects.exists() or Event.objects.exists()):
        raise NotADemonstration(
            "This database has people or events that are not the demonstration's. "
            "Name another one in DATABASE_URL."
        )
    fresh = not Event.objects.exists()
    if fresh:
        with set_back(LONG_AGO) as move_on:
            make_people(say)
            _page("complex-ptsd", "overdue", _signed, say)
            bpd = _first_edition()
            move_on(LATER)
            _corrected(bpd)
        _read_again(bpd)
        say(f"  {bpd.slug}: signed, with a past")
    else:
        make_people(say)
        stands = Condition.objects.filter(slug="complex-ptsd").exists()
        why = "stands already, left alone" if stands else "left out: only a fresh one has a past"
        say(f"  complex-ptsd: {why}")
        _page("borderline-personality-disorder", "signed", _signed, say)
    _page(
        "treatment-resistant-depression", "in review, on top of a signed edition", _in_review, say
    )
    _page("bipolar-2-depression", "changes requested", _changes_requested, say)
    _page("emotional-dysregulation", "draft only", lambda condition: None, say)


def _page(slug: str, state: str, bring: Callable[[Condition], Any], say: Say) -> None:
    if Condition.objects.filter(slug=slug).exists():
        say(f"  {slug}: stands already, left alone")
        return
    condition, _ = exchange.load(sample(slug), by=person("editor"))
    bring(condition)
    say(f"  {slug}: {state}")


def sample(slug: str) -> dict[str, Any]:
    """One sample document."""
    words: dict[str, Any] = json.loads((SAMPLES / f"{slug}.json").read_text(encoding="utf-8"))
    return words


def _submit(condition: Condition, public_note: str) -> Submission:
    return workflow.submit(
        condition.subject,
        by=person("editor"),
        note="A sample, to show how a submission looks.",
        public_note=public_note,
        reviewer=Reviewer.objects.get(user__username="physician"),
    )


def _signed(
    condition: Condition,
    public_note: str = "First edition.",
    *,
    by: str = "physician",
    scope: SignOff.Scope = SignOff.Scope.FULL,
) -> SignOff:
    submission = _submit(condition, public_note)
    before = workflow.in_force(condition.subject, clock.now())
    workflow.show_all(submission.edition, to=person(by))
    return workflow.sign_off(
        submission,
        by=person(by),
        proof=Credentials(_request(), PASSWORDS[by]),
        digest=submission.edition.digest,
        profile=workflow.printed_digest(person(by), clock.now()),
        against=before.pk if before else None,
        scope=scope,
    )


def _first_edition() -> Condition:
    """The full page as it first stood: one treatment and one question fewer."""
    words = sample("borderline-personality-disorder")
    words["treatments"].pop()
    words["questions"].pop()
    condition, _ = exchange.load(words, by=person("editor"))
    _signed(condition)
    return condition


def _corrected(condition: Condition) -> None:
    words = sample(condition.slug)
    words["questions"].pop()
    exchange.load(words, by=person("editor"))
    note = "Said what to know about medication."
    _signed(condition, note, by="second-physician", scope=SignOff.Scope.CORRECTION)


def _read_again(condition: Condition) -> None:
    exchange.load(sample(condition.slug), by=person("editor"))
    _signed(condition, "Answered one more question, and read the whole page again.")


def _in_review(condition: Condition) -> None:
    _signed(condition)
    words = condition.document()
    words["next_steps"] += "<p>You may bring someone you trust to the first visit.</p>"
    exchange.load(words, by=person("editor"))
    _submit(condition, "Said that you may bring someone to the first visit.")


def _changes_requested(condition: Condition) -> None:
    workflow.request_changes(
        _submit(condition, "First edition."),
        by=person("physician"),
        reason="Please say more plainly when ketamine is not an option in bipolar 2 depression.",
    )


def _request() -> HttpRequest:
    """A request of this machine, since the password is checked as on any other signing."""
    request = HttpRequest()
    request.method = "POST"
    request.META["REMOTE_ADDR"] = "127.0.0.1"
    return request
