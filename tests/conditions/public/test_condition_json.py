"""A condition for programs: the signed document byte for byte, and who vouches for it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from conditions.models import Condition
from reviews import workflow
from reviews.text.canonical import digest_of
from reviews.workflow import ATTESTATIONS
from tests import cast
from tests.conditions.public.test_page_costs import at_most

# Noon in New York, where the clinic is.
MAY_31 = datetime(2027, 5, 31, 16, 0, tzinfo=UTC)
JULY_3 = datetime(2027, 7, 3, 16, 0, tzinfo=UTC)
ADDRESS = "/conditions/sample-condition.json"


def said(client: Client, address: str = ADDRESS) -> Any:
    return json.loads(client.get(address).content)


def test_anybody_can_recompute_the_digest_from_the_bytes(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.edit(condition, by=editor, headline='He said: "document":{}, “ü” & <no>.')
    signed = cast.publish(condition, by=editor, signer=physician)

    body = client.get(ADDRESS).content.decode()

    document = body[body.index('"document":') + len('"document":') : body.rindex("}")]
    assert document == signed.edition.text
    assert digest_of(document) == signed.digest == json.loads(body)["digest"]


def test_it_says_who_signed_what_and_when(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    with time_machine.travel(MAY_31, tick=False):
        submission = cast.submit(condition, by=editor, public_note="First edition.")
        signed = cast.sign(submission, by=physician)
        found = said(client)

    review = {
        "number": signed.pk,
        "scope": "full",
        "signed_by": "Pat Sample",
        "credentials": "MD",
        "licensed_in": "New York",
        "relationship": "A physician of the clinic, made up for tests.",
        "signed_on": "2027-05-31",
        "signed_at": "2027-05-31T16:00:00+00:00",
        "attestation": ATTESTATIONS["full"],
    }
    assert found == {
        "status": "in_force",
        "url": "http://localhost:8000/conditions/sample-condition/",
        "record": "http://localhost:8000/conditions/sample-condition/record/",
        "digest": signed.digest,
        "digest_covers": "SHA-256 of the value of document, byte for byte as it stands here",
        "sign_off": {
            **review,
            "edition": 1,
            "public_note": "First edition.",
            "effective_at": "2027-05-31T16:00:00+00:00",
            "same_physician": False,
            "full_review": review,
        },
        "next_review_due": "2028-05-31",
        "overdue": False,
        "changed_urgently_on": None,
        "full_review_pending": False,
        "notice": "",
        "original_changed_on": None,
        "document": signed.edition.document,
    }


def test_a_correction_names_the_full_review_that_it_rests_on(
    condition: Condition,
    editor: User,
    physician: User,
    second_physician: User,
    client: Client,
) -> None:
    with time_machine.travel(MAY_31, tick=False):
        cast.publish(condition, by=editor, signer=second_physician)
    with time_machine.travel(JULY_3, tick=False):
        cast.edit(condition, by=editor, definition="<p>Corrected.</p>")
        cast.publish(condition, by=editor, signer=physician, scope="correction")
        found = said(client)

    signed, full = found["sign_off"], found["sign_off"]["full_review"]
    assert (signed["scope"], signed["signed_by"], signed["signed_on"], signed["edition"]) == (
        *("correction", "Pat Sample", "2027-07-03"),
        2,
    )
    assert (full["scope"], full["signed_by"], full["credentials"], full["signed_on"]) == (
        *("full", "Alex Example", "DO", "2027-05-31"),
    )
    assert found["next_review_due"] == "2028-05-31"


def test_the_same_physician_is_said(author_physician: User, client: Client, settings: Any) -> None:
    settings.AUTHOR_MAY_SIGN = "disclosed"
    own = cast.make_condition(by=author_physician, slug="own-words")
    author_physician = User.objects.get(pk=author_physician.pk)
    cast.publish(own, by=author_physician, signer=author_physician)

    found = said(client, "/conditions/own-words.json")

    assert found["sign_off"]["same_physician"] is True


def test_headers_are_those_of_data_that_is_not_for_search_engines(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)

    response, head = client.get(ADDRESS), client.head(ADDRESS)

    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Cache-Control"] == "no-cache"
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.items()) == dict(response.items())


def test_a_program_that_has_it_is_told_so_until_the_due_day_is_over(
    editor: User, physician: User, client: Client
) -> None:
    with time_machine.travel(datetime(2027, 1, 15, 18, 0, tzinfo=UTC), tick=False):
        cast.publish(cast.make_condition(by=editor), by=editor, signer=physician)
        etag = client.get(ADDRESS)["ETag"]

    # Midnight in New York is 05:00 in UTC.
    with time_machine.travel(datetime(2028, 1, 16, 4, 59, 59, tzinfo=UTC), tick=False):
        on_the_day = client.get(ADDRESS, HTTP_IF_NONE_MATCH=etag)
    with time_machine.travel(datetime(2028, 1, 16, 5, 0, tzinfo=UTC), tick=False):
        after = client.get(ADDRESS, HTTP_IF_NONE_MATCH=etag)

    assert (on_the_day.status_code, on_the_day.content) == (304, b"")
    assert after.status_code == 200
    assert json.loads(after.content)["overdue"] is True


def test_what_was_never_public_is_not_found_and_says_nothing(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    nowhere = client.get("/conditions/no-such-page.json")
    later = timezone.now() + timedelta(days=1)
    cast.publish(condition, by=editor, signer=physician, effective_at=later)

    response = client.get(ADDRESS)

    assert (response.status_code, response.content) == (404, b'{"status":"not_found"}')
    assert response.content == nowhere.content
    assert dict(response.items()) == dict(nowhere.items())
    with time_machine.travel(later, tick=False):
        assert client.get(ADDRESS).status_code == 200


def test_a_withdrawn_page_is_gone_with_its_notice(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    with time_machine.travel(datetime(2027, 3, 4, 3, 0, tzinfo=UTC), tick=False):
        workflow.withdraw(condition.subject, by=physician, reason="Inside.", notice="out_of_date")
        response = client.get(ADDRESS)

    assert response.status_code == 410
    assert response["Cache-Control"] == "max-age=60"
    assert response["X-Robots-Tag"] == "noindex"
    assert json.loads(response.content) == {
        "status": "withdrawn",
        "url": "http://localhost:8000/conditions/sample-condition/",
        "withdrawn_on": "2027-03-03",
        "notice": "This page no longer reflects current medical knowledge and is being rewritten.",
        "now_part_of": None,
    }


def test_a_withdrawn_page_names_no_address_that_was_never_public(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, slug="quokka-address")
    later = timezone.now() + timedelta(days=1)
    cast.publish(condition, by=editor, signer=physician, effective_at=later)
    workflow.withdraw(condition.subject, by=physician, reason="Inside.", notice="safety")

    with time_machine.travel(later + timedelta(days=1), tick=False):
        gone = client.get(ADDRESS)
        assert client.get("/conditions/quokka-address.json").status_code == 404

    assert gone.status_code == 410
    assert b"quokka" not in gone.content


def test_an_old_address_leads_to_the_new_one(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, slug="new-address")
    cast.publish(condition, by=editor, signer=physician)

    response = client.get(ADDRESS)

    assert (response.status_code, response["Location"]) == (301, "/conditions/new-address.json")
    assert response["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("query", ["?", "?callback=alert", "?edition=1"])
def test_a_query_changes_nothing_and_four_queries_are_enough(
    condition: Condition, editor: User, physician: User, client: Client, query: str
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    plain = client.get(ADDRESS)

    with at_most(4):
        asked = client.get(ADDRESS + query)

    assert (asked.content, dict(asked.items())) == (plain.content, dict(plain.items()))
