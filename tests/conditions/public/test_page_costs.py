"""How many queries a public page costs, and that what a worker remembers is never too old."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conditions.models import KIND, Condition
from reviews import clock, workflow
from reviews.reading import at_address, memory, page_cache
from tests import cast

PAGE = "/conditions/sample-condition/"


@contextmanager
def at_most(most: int) -> Iterator[CaptureQueriesContext]:
    """Fail for more than so many queries, naming them."""
    with CaptureQueriesContext(connection) as queries:
        yield queries
    assert len(queries) <= most, "\n\n".join(query["sql"] for query in queries)


def status(client: Client, address: str) -> int:
    return client.get(address).status_code


@pytest.fixture
def signed(condition: Condition, editor: User, physician: User) -> Condition:
    """A page in force that names two others, one of them in force, corrected once."""
    other = cast.make_condition("other-page", by=editor)
    cast.publish(other, by=editor, signer=physician)
    cast.name_target(condition, "other-page", by=editor)
    cast.name_target(condition, "nowhere", by=editor)
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, definition="<p>Corrected.</p>")
    cast.publish(condition, by=editor, signer=physician, scope="correction")
    memory.forget()
    return condition


def test_a_page_costs_four_queries_cold_and_one_warm(signed: Condition, client: Client) -> None:
    # What is there, its evidence with that of related pages, and all decisions about it.
    with at_most(4) as cold:
        assert status(client, PAGE) == 200
    with at_most(1) as warm:
        assert status(client, PAGE) == 200

    # Without a memory each request asks afresh what is in force: never none at all.
    assert len(cold) > len(warm) == 1


def test_not_modified_costs_one_query(signed: Condition, client: Client) -> None:
    etag = client.get(PAGE)["ETag"]

    with at_most(1):
        assert client.get(PAGE, HTTP_IF_NONE_MATCH=etag).status_code == 304


def test_a_remembered_page_costs_no_query(signed: Condition, client: Client, settings: Any) -> None:
    settings.READ_MEMORY_SECONDS = 60
    first = client.get(PAGE)

    with at_most(0):
        again = client.get(PAGE)

    assert (again.status_code, again.content) == (200, first.content)


@pytest.mark.parametrize("address", ["/conditions/nowhere-at-all/", "/conditions/only-a-draft/"])
def test_a_miss_costs_two_queries_at_most(
    signed: Condition, editor: User, client: Client, address: str
) -> None:
    cast.make_condition("only-a-draft", by=editor)

    for _ in range(2):
        with at_most(2):
            assert status(client, address) == 404


def test_an_address_outside_the_pages_costs_no_query(client: Client, db: None) -> None:
    with at_most(0):
        assert status(client, "/wp-login.php") == 404


def test_a_withdrawn_page_costs_four_queries(
    signed: Condition, physician: User, client: Client
) -> None:
    workflow.withdraw(signed.subject, by=physician, reason="Because.", notice="safety")

    for _ in range(2):
        with at_most(4):
            assert status(client, PAGE) == 410


def test_an_old_address_costs_what_its_page_costs(
    signed: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.edit(signed, by=editor, slug="new-address")
    cast.publish(signed, by=editor, signer=physician)

    for most in (4, 1):
        with at_most(most):
            assert status(client, PAGE) == 301


def test_many_editions_and_targets_cost_no_more(
    signed: Condition, editor: User, physician: User, client: Client
) -> None:
    for number in range(8):
        other = cast.make_condition(f"target-{number}", by=editor)
        cast.publish(other, by=editor, signer=physician)
        cast.name_target(signed, f"target-{number}", by=editor)
        cast.publish(signed, by=editor, signer=physician)

    with at_most(4):
        page = client.get(PAGE).content.decode()
    with at_most(1):
        client.get(PAGE)

    # Each stands where the page names it and among the related pages.
    assert page.count('href="/conditions/target-') == 16


def test_a_list_of_thirty_pages_costs_three_queries_cold_and_two_warm(
    editor: User, physician: User, client: Client
) -> None:
    for number in range(30):
        page = cast.make_condition(f"page-{number}", by=editor)
        cast.publish(page, by=editor, signer=physician)

    for address in ("/conditions/", "/"):
        memory.forget()
        with at_most(3):
            cold = client.get(address)
        with at_most(2):
            warm = client.get(address)

        assert cold.content.count(b'href="/conditions/page-') == 30, address
        assert warm.content == cold.content, address


# --- Memory


def change_in_the_back(condition: Condition, physician: User) -> None:
    """A change by another worker, which this one's memory cannot know of."""
    workflow.withdraw(condition.subject, by=physician, reason="Because.", notice="safety")


def test_without_a_memory_a_change_is_seen_at_once(
    signed: Condition, physician: User, client: Client
) -> None:
    assert status(client, PAGE) == 200

    change_in_the_back(signed, physician)

    assert status(client, PAGE) == 410


def test_a_memory_ends_after_its_seconds(
    signed: Condition,
    physician: User,
    client: Client,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.READ_MEMORY_SECONDS = 5
    passed = 1000.0
    monkeypatch.setattr(at_address.time, "monotonic", lambda: passed)
    client.get(PAGE)
    change_in_the_back(signed, physician)

    passed = 1004.9
    assert status(client, PAGE) == 200
    passed = 1005.1
    assert status(client, PAGE) == 410


def test_a_memory_is_never_kept_past_the_instant_at_which_a_signature_counts(
    signed: Condition, editor: User, physician: User, client: Client, settings: Any
) -> None:
    settings.READ_MEMORY_SECONDS = 3600
    soon = timezone.now() + timedelta(seconds=30)
    cast.edit(signed, by=editor, headline="Words that wait.")
    cast.publish(signed, by=editor, signer=physician, effective_at=soon)
    before = client.get(PAGE)

    with time_machine.travel(soon - timedelta(milliseconds=1), tick=False), at_most(0):
        assert client.get(PAGE).content == before.content
    with time_machine.travel(soon, tick=False):
        after = client.get(PAGE)

    assert b"Words that wait." not in before.content
    assert b"Words that wait." in after.content


def test_a_remembered_miss_is_not_kept_past_the_instant_at_which_a_page_begins(
    condition: Condition, editor: User, physician: User, client: Client, settings: Any
) -> None:
    settings.READ_MEMORY_SECONDS = 3600
    soon = timezone.now() + timedelta(seconds=30)
    cast.publish(condition, by=editor, signer=physician, effective_at=soon)
    assert status(client, PAGE) == 404

    with time_machine.travel(soon, tick=False):
        assert status(client, PAGE) == 200


def test_a_remembered_page_turns_overdue_at_midnight(
    signed: Condition, client: Client, settings: Any
) -> None:
    settings.READ_MEMORY_SECONDS = 10**9
    assert b"Next review due" in client.get(PAGE).content

    with time_machine.travel(timezone.now() + timedelta(days=367), tick=False):
        page = client.get(PAGE).content

    assert b"has not been done yet" in page
    assert b"Next review due" not in page


def test_a_miss_is_remembered_too(client: Client, db: None, settings: Any) -> None:
    settings.READ_MEMORY_SECONDS = 60

    with at_most(2) as first:
        assert status(client, "/conditions/nowhere/") == 404
    with at_most(0):
        assert status(client, "/conditions/nowhere/") == 404

    assert len(first) > 0


def test_a_flood_of_addresses_pushes_the_oldest_out_of_memory(
    signed: Condition, client: Client, settings: Any
) -> None:
    settings.READ_MEMORY_SECONDS = 3600
    client.get(PAGE)
    with at_most(0):
        client.get(PAGE)

    # As many misses as a scanner asks for in a minute, put where a miss is put.
    for number in range(20_000):
        at_address._found.put((KIND, f"flood-{number}"), (float("inf"), None, None))

    with at_most(1) as queries:
        assert status(client, PAGE) == 200
    assert len(queries) == 1
    with at_most(0):
        assert at_address.find(KIND, "flood-19999", clock.now()) is None


def test_a_page_in_use_stays_in_memory_while_others_go(
    signed: Condition, client: Client, settings: Any
) -> None:
    settings.READ_MEMORY_SECONDS = 3600
    client.get(PAGE)

    for number in range(20_000):
        at_address._found.put((KIND, f"flood-{number}"), (float("inf"), None, None))
        if number % 1000 == 0:
            at_address.find(KIND, "sample-condition", clock.now())

    with at_most(0):
        assert status(client, PAGE) == 200


def test_rendered_pages_are_bounded_too(signed: Condition, client: Client) -> None:
    client.get(PAGE)
    for number in range(5000):
        page_cache._pages.put((f"flood-{number}",), page_cache.Page(b"", '""'))

    with at_most(4) as queries:
        assert status(client, PAGE) == 200

    assert len(queries) == 4


def test_pages_of_one_address_do_not_mix_in_memory(
    signed: Condition, client: Client, settings: Any
) -> None:
    settings.READ_MEMORY_SECONDS = 60

    for _ in range(2):
        assert b"<h1>Sample condition</h1>" in client.get(PAGE).content
        assert b"<h1>Other page</h1>" in client.get("/conditions/other-page/").content
        assert status(client, "/conditions/nowhere/") == 404
