"""Taking an edition's words out: nothing public says them, what vouched for them stays."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence import audit
from reviews.models import Redaction, SignOff
from reviews.reading import memory
from tests import cast
from tests.reviews.workflow.test_overlays import past_the_triggers  # noqa: F401
from tests.traces import refused

PAGE = "/conditions/sample-condition/"
RECORD = f"{PAGE}record/"


def everywhere() -> list[str]:
    """Every public address that could say a word of the page."""
    today = clock.today()
    return [
        *(PAGE, "/conditions/sample-condition.json", RECORD, f"{RECORD}?on={today}"),
        *(f"{RECORD}{number}/" for number in (1, 2, 3)),
        *("/", "/conditions/", "/feed.xml", "/sitemap.xml", "/search/?q=quokka"),
        "/reviewers/physician/",
    ]


@pytest.fixture
def three(condition: Condition, editor: User, physician: User) -> list[SignOff]:
    """Three signed editions, of which the second has a patient's name; the third is in force."""
    signed = [cast.publish(condition, by=editor, signer=physician)]
    cast.edit(condition, by=editor, name="Quokka disorder", summary="<p>Ms. Quokka said so.</p>")
    signed.append(cast.publish(condition, by=editor, signer=physician, public_note="Quokka note."))
    cast.edit(condition, by=editor, name="Sample condition", summary="<p>Last words.</p>")
    signed.append(cast.publish(condition, by=editor, signer=physician))
    return signed


def test_no_public_form_says_a_word_of_it(
    three: list[SignOff], manager: User, client: Client
) -> None:
    assert b"uokka" in client.get(RECORD).content
    assert b"uokka" in client.get("/feed.xml").content

    cast.redact(three[1], by=manager, reason="A patient’s name.")

    for path in everywhere():
        body = client.get(path).content
        if not path.startswith("/search"):
            assert b"uokka" not in body, path
        assert "A patient’s name" not in body.decode(), path
    on = f"{timezone.localdate():%B} "
    gone = client.get(f"{RECORD}2/")
    record = client.get(RECORD).content.decode()
    for response in (gone.content.decode(), record):
        assert "The words of edition 2 were taken out on" in response
        assert three[1].digest in response
        assert "Pat Sample, MD" in response
        assert on.strip()
    assert (gone.status_code, gone["X-Robots-Tag"]) == (410, "noindex")
    assert "Last words." in client.get(PAGE).content.decode()
    assert "What helps is something else." in client.get(f"{RECORD}1/").content.decode()
    assert "See what changed since" not in record


def test_the_record_holds_and_the_evidence_stays(three: list[SignOff], physician: User) -> None:
    text = three[1].edition.text

    (redaction,) = cast.redact(three[1], by=physician)

    assert redaction.edition == three[1].edition
    three[1].edition.refresh_from_db()
    assert three[1].edition.text == text
    assert next(audit.faults(), None) is None


def test_what_is_in_force_or_waits_or_never_was_public_is_not_taken_out(
    condition: Condition, three: list[SignOff], editor: User, physician: User, manager: User
) -> None:
    with refused("These words are in force. Withdraw the page first"):
        cast.redact(three[2], by=manager)
    with refused("Only a physician or a manager"):
        cast.redact(three[1], by=editor)
    cast.edit(condition, by=editor, summary="<p>Never public.</p>")
    never = cast.submit(condition, by=editor)
    with refused("This edition was never public"):
        workflow.redact(never.edition, by=manager, proof=cast.proof(), reason="Why.")
    cast.redact(three[1], by=manager)
    with refused("were taken out on"):
        cast.redact(three[1], by=manager)
    with pytest.raises(workflow.NotAllowed, match="The password is wrong"):
        workflow.redact(three[0].edition, by=manager, proof=cast.proof("no"), reason="Why.")


def test_no_cancellation_brings_words_back_that_were_taken_out(
    three: list[SignOff], manager: User, client: Client
) -> None:
    cast.redact(three[1], by=manager)

    with refused("The words of the edition before it were taken out. Withdraw the page instead."):
        workflow.cancel(three[2], by=manager, reason="Why.")


def test_withdrawing_for_harm_takes_the_words_out(
    condition: Condition, three: list[SignOff], physician: User, client: Client
) -> None:
    for notice, taken_out in (("out_of_date", False), ("safety", True)):
        if taken_out:
            cast.edit(condition, by=User.objects.get(username="editor"), summary="<p>More.</p>")
            cast.publish(condition, by=User.objects.get(username="editor"), signer=physician)
        workflow.withdraw(condition.subject, by=physician, reason="Why.", notice=notice)
        assert Redaction.objects.exists() is taken_out
    assert client.get(f"{RECORD}4/").status_code == 410
    for path in (PAGE, RECORD, "/feed.xml"):
        assert b"More." not in client.get(path).content, path
    assert next(audit.faults(), None) is None


def test_the_same_words_in_another_edition_go_with_it(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    first = cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Between.</p>")
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary=first.edition.document["summary"])
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>At last.</p>")
    cast.publish(condition, by=editor, signer=physician)

    assert len(cast.redact(first, by=physician)) == 2

    for path in everywhere():
        assert b"something else" not in client.get(path).content, path


@pytest.mark.usefixtures("past_the_triggers")
def test_a_redaction_whose_row_is_taken_away_shows_nothing(
    three: list[SignOff], manager: User, client: Client
) -> None:
    (redaction,) = cast.redact(three[1], by=manager)
    number = redaction.pk
    Redaction.objects.filter(pk=number)._raw_delete("default")
    memory.forget()

    assert [client.get(path).status_code for path in (PAGE, RECORD)] == [503, 503]
    assert b"uokka" not in client.get("/feed.xml").content
    assert f"Redaction {number}: the row of this event is missing" in list(audit.faults())
