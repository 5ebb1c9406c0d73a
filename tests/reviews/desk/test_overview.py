"""The overview for managers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from time_machine import TimeMachineFixture

from conditions.models import Condition
from reviews import workflow
from reviews.reading import windows
from tests import cast, crowd

BACKEND = "django.contrib.auth.backends.ModelBackend"
OVERVIEW = "/admin/overview/"
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.fixture
def clock_hand(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def client(manager: User) -> Client:
    client = Client()
    client.force_login(manager, backend=BACKEND)
    return client


@pytest.fixture
def pages(
    clock_hand: TimeMachineFixture, editor: User, physician: User, manager: User
) -> dict[str, Condition]:
    """A page in each state, on March 2, 2026."""
    made = {}
    for slug, ago in [
        ("late-page", 400),
        ("soon-page", 330),
        ("gone-page", 30),
        ("held-page", 20),
        ("fresh-page", 10),
    ]:
        clock_hand.move_to(NOW - timedelta(days=ago), tick=False)
        made[slug] = cast.make_condition(slug, by=editor)
        cast.publish(made[slug], by=editor, signer=physician)
    clock_hand.move_to(NOW - timedelta(days=2), tick=False)
    cast.lay_over("hold", made["held-page"], by=physician)
    cast.lay_over("flag", made["fresh-page"], by=physician)
    workflow.withdraw(made["gone-page"].subject, by=manager, reason="Old.", notice="safety")
    clock_hand.move_to(NOW, tick=False)
    return made


def rows(client: Client, address: str = OVERVIEW) -> list[str]:
    """The table of pages, row by row, in words."""
    html = client.get(address).content.decode()
    table = re.search('<table class="desk-table">.*?<tbody>(.*?)</tbody>', html, re.DOTALL)
    return (
        [words(row) for row in re.findall("<tr>(.*?)</tr>", table[1], re.DOTALL)] if table else []
    )


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split()).replace(" ,", ",")


def test_every_page_stands_in_the_table_the_most_pressing_first(
    client: Client, pages: dict[str, Condition]
) -> None:
    late, soon, held, fresh, gone = rows(client)

    assert late.startswith("Late page Overdue since January 27, 2026 January 26, 2026")
    assert soon.startswith("Soon page Due within 60 days April 6, 2026")
    assert held.startswith("Held page Held since February 28, 2026")
    assert fresh.startswith("Fresh page In date, flagged February 20, 2027")
    assert fresh.endswith("February 20, 2026, Pat Sample, MD")
    assert gone.startswith("Gone page Withdrawn on February 28, 2026 not while it is off")


def test_a_state_is_counted_and_its_pages_are_one_click_away(
    client: Client, pages: dict[str, Condition]
) -> None:
    html = client.get(OVERVIEW).content.decode()

    for show, label, title in [
        ("overdue", "1 Overdue", "Late page"),
        ("due", "1 Due within 60 days", "Soon page"),
        ("held", "1 Held", "Held page"),
        ("flagged", "1 Flagged", "Fresh page"),
        ("withdrawn", "1 Withdrawn", "Gone page"),
    ]:
        (link,) = re.findall(rf'href="\?show={show}"[^>]*>(.*?)</a>', html)
        assert words(link) == label
        (row,) = rows(client, f"{OVERVIEW}?show={show}")
        assert row.startswith(title)
    assert len(rows(client, f"{OVERVIEW}?show=gossip")) == 5


def test_the_picture_draws_what_the_table_says(client: Client, pages: dict[str, Condition]) -> None:
    html = client.get(f"{OVERVIEW}?show=overdue").content.decode()
    (drawn,) = re.findall(r'<div class="window"><span.*?</svg></div>', html, re.DOTALL)[:1]

    for kind in ("in-date", "overdue"):
        assert f'class="bar {kind}"' in drawn
    assert 'class="mark due"' in drawn
    assert 'class="bar held"' not in drawn
    assert "Review windows of 1 page from March 1, 2025 to April 1, 2027" in words_of_labels(html)
    assert "<script" not in html.partition('<div class="desk overview">')[2].partition("</main>")[0]


def words_of_labels(html: str) -> str:
    return " ".join(" ".join(re.findall('aria-label="([^"]+)"', html)).split())


def test_each_month_counts_what_was_signed_is_due_and_is_late(
    client: Client, pages: dict[str, Condition]
) -> None:
    html = client.get(OVERVIEW).content.decode()
    found = re.findall(r'<tr><th scope="row">(\w{3} \d{4})</th>(.*?)</tr>', html, re.DOTALL)
    months = {month: re.findall(r"<td>(\d*\.?\d*)</td>", cells) for month, cells in found}

    assert len(months) == 25
    # Signed, overdue, due; then days, rounds and what waited longest.
    assert months["Jan 2026"] == ["1", "1", "0", "0", "1", ""]
    assert months["Feb 2026"] == ["2", "0", "0", "0", "1", ""]
    assert months["Apr 2026"] == ["0", "0", "1", "", "", ""]
    assert months["Feb 2027"] == ["0", "0", "2", "", "", ""]


def test_two_thousand_pages_cost_twelve_queries_and_fifty_are_drawn_at_a_time(
    client: Client,
    editor: User,
    physician: User,
    condition: Condition,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    document = condition.freeze()
    crowd.publish(
        [{**document, "slug": f"page-{n}", "name": f"Page {n}"} for n in range(2000)],
        by=editor,
        signer=physician,
    )

    with django_assert_max_num_queries(12):
        html = client.get(OVERVIEW).content.decode()

    assert "<strong>2000</strong> All pages" in html
    assert html.count('<div class="window"><span') == 50
    assert len(rows(client, f"{OVERVIEW}?p=40")) == 50


def test_an_empty_house_says_what_comes_next(client: Client) -> None:
    html = client.get(OVERVIEW).content.decode()

    assert "No page is signed yet." in html


def test_only_who_may_read_the_record_sees_the_overview(
    pages: dict[str, Condition], editor: User, physician: User
) -> None:
    for person in (editor, physician):
        client = Client()
        client.force_login(person, backend=BACKEND)
        assert client.get(OVERVIEW).status_code == 403
        assert OVERVIEW not in client.get("/admin/").content.decode()


def test_the_overview_is_one_click_from_the_start_page(client: Client) -> None:
    assert f'href="{OVERVIEW}"' in client.get("/admin/").content.decode()


def test_a_load_counts_a_late_page_in_the_month_in_which_it_was_due(
    pages: dict[str, Condition],
) -> None:
    found = windows.windows(NOW)
    january, april = windows.loads(found, NOW, [date(2026, 1, 1), date(2026, 4, 1)])

    assert (january.overdue, january.due) == (1, 0)
    assert (april.overdue, april.due) == (0, 1)
