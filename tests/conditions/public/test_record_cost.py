"""However long a page's history and its editions are, a record answers with bounded work."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from conditions.models import Condition
from reviews.diff import comparison
from reviews.reading import memory, record
from tests.conditions.public.test_record import AUGUST_1, MAY_31, RECORD, Past

LINK = re.compile(r'<a href="[^"]*(\?entry=\d+)">See what changed since edition (\d)</a>')
SHOWN = re.compile(r"<summary>See what changed since edition (\d)</summary>")


@pytest.fixture
def four(condition: Condition, editor: User, physician: User, second_physician: User) -> None:
    """Four editions, one after another."""
    past = Past(condition, {"editor": editor, "first": physician, "second": second_physician})
    for at, words in enumerate(["one", "two", "three", "four"]):
        past.publish(MAY_31 + timedelta(days=at), f"Take {words} a day.")


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A number for each comparison that was made."""
    made: list[int] = []
    compare = comparison.compare

    def counted(*documents: Any, **how: Any) -> comparison.Diff:
        made.append(len(made))
        return compare(*documents, **how)

    monkeypatch.setattr(comparison, "compare", counted)
    return made


def _get(client: Client, query: str = "", status: int = 200) -> str:
    with time_machine.travel(AUGUST_1, tick=False):
        response = client.get(RECORD + query)
    assert response.status_code == status
    return response.content.decode()


def test_short_comparisons_all_stand_on_the_record(
    four: None, client: Client, compared: list[int]
) -> None:
    html = _get(client)

    assert (SHOWN.findall(html), LINK.findall(html)) == (["3", "2", "1"], [])
    assert len(compared) == 3


def test_once_the_patience_is_at_its_end_a_comparison_is_one_click_away(
    four: None, client: Client, compared: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "PUBLIC_LOOKS", 1)
    monkeypatch.setattr(record, "LONGEST_KEPT", 0)

    html = _get(client)

    # The first one is always made, and what it took is no longer there for the others.
    assert SHOWN.findall(html) == ["3"]
    assert LINK.findall(html) == [("?entry=3", "2"), ("?entry=2", "1")]
    assert len(compared) == 1
    alone = _get(client, "?entry=2")
    assert (SHOWN.findall(alone), LINK.findall(alone)) == (["1"], [])
    assert len(re.findall("<h2>[^<]*<span class=.edition", alone)) == 1
    assert len(compared) == 2


def test_what_is_remembered_takes_no_patience(
    four: None, client: Client, compared: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "PUBLIC_LOOKS", 1)

    found = [SHOWN.findall(_get(client)) for _ in range(3)]

    assert found == [["3"], ["3", "2"], ["3", "2", "1"]]
    assert len(compared) == 3


def test_long_html_is_not_remembered(
    four: None, client: Client, compared: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "LONGEST_KEPT", 10)

    _get(client)
    _get(client)

    assert len(compared) == 6


def test_an_entry_that_is_not_there_is_not_found(four: None, client: Client) -> None:
    for query in ("?entry=9", "?entry=0", "?entry=x", "?entry=1&page=7"):
        _get(client, query, status=200 if "page" in query else 404)


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    memory.forget()
