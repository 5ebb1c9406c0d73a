"""The list of events in words, and the page of one with its hash."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from conditions.models import Condition
from reviews import workflow
from reviews.models import Event
from tests import cast
from tests.reviews.every_verb import put, tampering

BACKEND = "django.contrib.auth.backends.ModelBackend"
LIST = "/admin/reviews/event/"
# 10 in the evening of May 31 in New York, which is June 1 in UTC.
EVENING = datetime(2026, 6, 1, 2, tzinfo=UTC)


@pytest.fixture
def client(manager: User) -> Client:
    client = Client()
    client.force_login(manager, backend=BACKEND)
    return client


@pytest.fixture
def told(
    condition: Condition, editor: User, second_editor: User, physician: User, manager: User
) -> None:
    """A page signed on the evening of May 31; another one submitted on June 1."""
    with time_machine.travel(EVENING, tick=False):
        cast.publish(condition, by=editor, signer=physician)
    with time_machine.travel(EVENING + timedelta(hours=12), tick=False):
        other = cast.make_condition("other-page", by=second_editor)
        cast.submit(other, by=second_editor, note="Nobody else reads this.")
        workflow.send_link(editor, by=manager)


def found(client: Client, **asked: Any) -> list[str]:
    html = client.get(f"{LIST}?{urlencode(asked)}").content.decode()
    return re.findall(r"</td>\s*<td>([^<]+)</td>", html)


def test_events_are_told_in_sentences_the_newest_first(client: Client, told: None) -> None:
    sentences = found(client)

    assert sentences[0].endswith("asked for a link by which Edie Editor can set a password.")
    assert "Pat Sample, MD signed edition 1 of Sample condition (full review)." in sentences
    assert len(sentences) == Event.objects.count()
    html = client.get(LIST).content.decode()
    assert "May 31, 2026, 10:00 PM EDT" in html
    assert "Nobody else reads this." not in html


def test_events_are_found_by_page_kind_person_and_day(
    client: Client, told: None, second_editor: User, editor: User
) -> None:
    assert all("Other page" in one for one in found(client, page="OTHER"))
    assert len(found(client, page="other")) == 2
    assert found(client, kind="signed") == [
        "Pat Sample, MD signed edition 1 of Sample condition (full review)."
    ]
    theirs = found(client, person=second_editor.pk)
    assert len(theirs) == 2
    assert all("Other page" in one for one in theirs)
    # Of whom it is about, too, whoever did it.
    assert any("asked for a link" in one for one in found(client, person=editor.pk))
    assert found(client, page="nothing like it") == []


def test_a_day_is_the_clinics_and_both_ends_count(client: Client, told: None) -> None:
    evening = found(client, first="2026-05-31", last="2026-05-31")
    morning = found(client, first="2026-06-01", last="2026-06-01")

    assert any("signed edition 1" in one for one in evening)
    assert not any("Other page" in one for one in evening)
    assert any("Other page" in one for one in morning)
    assert not any("signed edition 1" in one for one in morning)
    assert set(found(client, first="2026-05-31", last="2026-06-01")) == set(evening + morning)


def test_what_is_typed_wrong_is_said_and_finds_nothing(client: Client, told: None) -> None:
    for asked in ({"first": "never"}, {"person": "x"}, {"kind": "gossip"}, {"page": "a\x00"}):
        response = client.get(f"{LIST}?{urlencode(asked)}")
        assert response.status_code == 200
        assert "errornote" in response.content.decode(), asked
        assert found(client, **asked) == []


def test_a_person_is_not_found_by_a_number_that_begins_like_theirs_or_by_quoted_words(
    client: Client, condition: Condition, editor: User, second_editor: User
) -> None:
    cast.submit(condition, by=editor, public_note=f'He wrote "by":{second_editor.pk}, there.')
    tenfold = cast.person("tenfold", "Staff", pk=second_editor.pk * 10)
    cast.submit(cast.make_condition("theirs", by=tenfold), by=tenfold)

    assert not any("submitted" in one for one in found(client, person=second_editor.pk))
    assert any("submitted" in one for one in found(client, person=editor.pk))


def test_the_hash_is_one_click_away_and_its_page_says_whether_it_holds(
    client: Client, told: None
) -> None:
    event = Event.objects.get(kind="signed")
    assert f'href="{LIST}{event.seq}/change/"' in client.get(LIST).content.decode()

    html = client.get(f"{LIST}{event.seq}/change/").content.decode()
    assert event.hash in html
    assert event.prev in html
    assert "Yes: it is the hash" in html
    with tampering():
        put(event, body=event.body.replace("2026", "2025", 1))
        changed = client.get(f"{LIST}{event.seq}/change/").content.decode()
    assert "No: the words below" in changed


def test_only_who_may_read_every_event_reads_the_list(
    told: None, editor: User, physician: User
) -> None:
    for person in (editor, physician):
        client = Client()
        client.force_login(person, backend=BACKEND)
        assert client.get(LIST).status_code == 403
        assert client.post(LIST).status_code == 403


def test_a_page_of_the_list_costs_as_many_queries_whatever_it_shows(
    client: Client, told: None, editor: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(30):
        cast.submit(cast.make_condition(f"page-{number}", by=editor), by=editor)

    with django_assert_max_num_queries(12):
        client.get(LIST)
    html = client.get(f"{LIST}?kind=submitted&p=1").content.decode()
    assert "32 events" in html
