"""The list of drafts: how each page stands, what is found in it, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviews import workflow
from reviews.evidence import ahead
from reviews.models import DraftAhead, Reviewer
from tests import cast, crowd

DRAFTS = "/admin/conditions/condition/"
BACKEND = "django.contrib.auth.backends.ModelBackend"
MAY_31 = datetime(2026, 5, 31, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def moment() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MAY_31, tick=False) as traveller:
        yield traveller


@pytest.fixture
def client(editor: User) -> Client:
    client = Client()
    client.force_login(editor, backend=BACKEND)
    return client


def listed(client: Client, **asked: str) -> dict[str, str]:
    """How each page of the list stands, by its name."""
    response = client.get(DRAFTS, asked)
    assert response.status_code == 200, asked
    found = re.findall(
        r'<th class="field-name"><a [^>]*>(.*?)</a></th>.*?field-where_it_stands">(.*?)</td>',
        response.content.decode(),
        re.DOTALL,
    )
    return dict(found)


def test_each_page_is_told_in_true_words_and_found_by_them(
    client: Client,
    editor: User,
    physician: User,
    second_physician: User,
    moment: time_machine.Traveller,
) -> None:
    asked = Reviewer.objects.get(user=physician)
    second_physician.first_name, second_physician.last_name = "Alex", "Example"
    second_physician.save()
    pages = {
        slug: cast.make_condition(slug, by=editor)
        for slug in ("never", "in-review", "taken-on", "sent-back", "taken-back", "ahead", "moved")
    }
    cast.submit(pages["in-review"], by=editor, reviewer=asked)
    workflow.take_on(cast.submit(pages["taken-on"], by=editor), by=second_physician)
    back = cast.submit(pages["sent-back"], by=editor)
    own = cast.submit(pages["taken-back"], by=editor)
    cast.submit(pages["moved"], by=editor)
    cast.publish(pages["ahead"], by=editor, signer=physician)
    moment.shift(timedelta(days=1))
    client.force_login(editor, backend=BACKEND)  # the log-in of yesterday has ended
    workflow.request_changes(back, by=physician, reason="Why.")
    workflow.take_back(own, by=editor)
    cast.edit(pages["ahead"], by=editor, headline="More.", summary="<p>More.</p>")
    cast.edit(pages["moved"], by=editor, headline="More.")

    words = {
        "Never": "never signed",
        "In review": "never signed; in review with Pat Sample since May 31, 2026",
        "Taken on": "never signed; in review with Alex Example since May 31, 2026",
        "Sent back": "never signed; sent back on June 1, 2026",
        "Taken back": "never signed; taken back on June 1, 2026",
        "Ahead": "public since May 31, 2026; draft ahead in 2 parts",
        "Moved": "never signed; in review with any physician since May 31, 2026; "
        "draft changed since",
    }
    assert listed(client) == words
    filters = {
        "review": {"In review", "Taken on", "Moved"},
        "back": {"Sent back"},
        "never": set(words) - {"Ahead"},
        "ahead": set(words) - {"In review", "Taken on"},
    }
    for standing, names in filters.items():
        assert set(listed(client, standing=standing)) == names, standing
    assert set(listed(client, stance__exact="treated")) == set()


def test_a_search_finds_the_words_of_drafts_and_not_those_of_what_is_public(
    client: Client, editor: User, physician: User
) -> None:
    page = cast.make_condition(
        "first", by=editor, summary="<p>Pick a <strong>Depres</strong>sion scale &amp; rest.</p>"
    )
    cast.publish(page, by=editor, signer=physician)
    cast.edit(page, by=editor, definition="<p>Anhédonie stands here.</p>")
    cast.make_condition("second", by=editor, summary="<p>Rest on a scale.</p>")

    asked = {
        "anhedonie": {"First"},
        "DEPRESSION scale": {"First"},
        "scale rest": {"First", "Second"},
        '"scale rest"': {"First"},
        "“on a scale”": {"Second"},
        "ressed": set(),
        "second": {"Second"},
        "one point": {"First", "Second"},
        "!!": set(),
        "strong": set(),
    }
    for words, names in asked.items():
        assert set(listed(client, q=words)) == names, words
    cast.edit(page, by=editor, definition="<p>Other words.</p>")
    assert listed(client, q="anhedonie") == {}
    assert ahead.holds(page.subject)
    DraftAhead.objects.filter(subject=page.subject).update(words=" forged")
    assert not ahead.holds(page.subject)


def test_a_long_list_costs_few_queries_whatever_its_filters_and_search(
    client: Client, editor: User, physician: User
) -> None:
    document = cast.make_condition("model", by=editor).document()
    many = [{**document, "slug": f"p-{n}", "name": f"P {n}"} for n in range(120)]
    crowd.publish(many, by=editor, signer=physician)
    drafts = crowd.drafts()
    assert len(drafts) == len(many)

    for asked in ({}, {"q": "what helps"}, {"standing": "public"}, {"standing": "never"}):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            listed(client, **asked)
        assert len(queries) <= 8, asked
    assert len(listed(client, q="what helps", standing="public")) == 100
