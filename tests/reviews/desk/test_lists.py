"""The lists of the desk: what is open first, and how each page stands in true words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from time_machine import TimeMachineFixture

from conditions.models import Condition
from reviews import clock, workflow
from reviews.models import Reviewer
from tests import cast

DESK = "/admin/reviews/submission/"
RECORDS = "/admin/reviews/subject/"
DRAFTS = "/admin/conditions/condition/"
MAY_31 = datetime(2026, 5, 31, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_may(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(MAY_31, tick=False)


def rows(user: User, address: str) -> dict[str, list[str]]:
    """The rows of a list, in order: by their first cell, the words of the others."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    response = client.get(address)
    assert response.status_code == 200, address
    _, _, table = response.content.decode().partition("<tbody>")
    body = table.partition("</tbody>")[0]
    found = {}
    for row in body.split("<tr>")[1:]:
        cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
        first, *others = (" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in cells)
        found[first] = others
    return found


def test_the_review_desk_shows_what_can_be_signed_unless_asked_for_more(
    editor: User, physician: User, second_physician: User
) -> None:
    asked = Reviewer.objects.get(user=physician)
    for slug in ("open", "signed", "sent-back", "taken-back"):
        cast.make_condition(slug, by=editor)
    submissions = {
        one.slug: cast.submit(one, by=editor, reviewer=asked) for one in Condition.objects.all()
    }
    cast.sign(submissions["signed"], by=second_physician)
    workflow.request_changes(submissions["sent-back"], by=physician, reason="Say more.")
    workflow.take_back(submissions["taken-back"], by=editor)

    assert list(rows(physician, DESK)) == ["Open, edition 1"]
    everything = rows(physician, f"{DESK}?standing=all")
    assert {name.partition(",")[0]: row[0] for name, row in everything.items()} == {
        "Open": "in review",
        "Signed": "signed by Alex Example on May 31, 2026",
        "Sent back": "sent back on May 31, 2026",
        "Taken back": "taken back on May 31, 2026",
    }
    assert list(rows(physician, f"{DESK}?standing=back")) == ["Sent back, edition 1"]
    assert list(rows(physician, f"{DESK}?standing=signed")) == ["Signed, edition 1"]


def test_a_signature_that_waits_or_was_cancelled_is_called_so(
    condition: Condition, editor: User, physician: User
) -> None:
    later = clock.now() + timedelta(days=7)
    waiting = cast.publish(condition, by=editor, signer=physician, effective_at=later)
    signed = f"{DESK}?standing=signed"

    (words, *_), *_ = rows(editor, signed).values()
    assert (
        words == "signed by Pat Sample on May 31, 2026; takes effect on June 7, 2026, 11:00 AM EDT"
    )
    (words, *_), *_ = rows(editor, RECORDS).values()
    assert words == "not public; takes effect on June 7, 2026, 11:00 AM EDT"

    workflow.cancel(waiting, by=physician, reason="Too early.")

    (words, *_), *_ = rows(editor, signed).values()
    assert words == "signed by Pat Sample on May 31, 2026; cancelled on May 31, 2026"
    (words, *_), *_ = rows(editor, RECORDS).values()
    assert words == "not public; last signature cancelled on May 31, 2026"


def test_the_review_desk_is_searched_by_page_and_by_person_and_sorted_by_what_is_due(
    editor: User, second_editor: User, physician: User, time_machine: TimeMachineFixture
) -> None:
    changed = cast.make_condition("changed", by=editor)
    cast.publish(changed, by=editor, signer=physician)
    cast.submit(cast.make_condition("first", by=editor), by=editor)
    cast.submit(cast.edit(changed, by=second_editor, headline="More."), by=second_editor)
    taken = cast.submit(cast.make_condition("taken", by=editor), by=editor)
    workflow.take_on(taken, by=physician)

    found = rows(physician, DESK)
    assert list(found) == ["Changed, edition 2", "First, edition 1", "Taken, edition 1"]
    assert found["Changed, edition 2"][1:] == [
        "any physician",
        "by Ed Second, today",
        "due May 31, 2027",
    ]
    assert found["Taken, edition 1"][1] == "any physician; taken on by physician"
    assert list(rows(physician, f"{DESK}?q=first")) == ["First, edition 1"]
    assert list(rows(physician, f"{DESK}?q=second")) == ["Changed, edition 2"]
    assert list(rows(physician, f"{DESK}?whose=taken")) == ["Taken, edition 1"]
    yours = f"{DESK}?whose=yours"
    assert list(rows(editor, yours)) == ["First, edition 1", "Taken, edition 1"]
    assert list(rows(second_editor, yours)) == ["Changed, edition 2"]
    assert not rows(physician, f"{DESK}?whose=asked")
    time_machine.move_to(MAY_31 + timedelta(days=380), tick=False)
    assert rows(physician, DESK)["Changed, edition 2"][3] == "overdue since June 1, 2027"


def test_a_page_is_public_since_the_day_it_first_was_and_signed_by_who_signed(
    condition: Condition,
    editor: User,
    physician: User,
    second_physician: User,
    time_machine: TimeMachineFixture,
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    time_machine.move_to(MAY_31 + timedelta(days=40), tick=False)
    cast.edit(condition, by=editor, headline="More.")
    cast.publish(condition, by=editor, signer=second_physician)
    cast.edit(condition, by=editor, headline="Yet more.", summary="<p>Other words.</p>")

    words = "public since May 31, 2026"
    ahead = "draft ahead in 2 parts"
    signed, due = "Alex Example on July 10, 2026", "due July 10, 2027"
    assert rows(editor, RECORDS) == {"Sample condition": [words, signed, due, ahead]}
    assert rows(editor, DRAFTS)["Sample condition"][1:] == [f"{words}; {ahead}", due]

    workflow.withdraw(condition.subject, by=physician, reason="Old.", notice="out_of_date")
    assert rows(editor, RECORDS)["Sample condition"][0] == "withdrawn on July 10, 2026"

    time_machine.move_to(MAY_31 + timedelta(days=50), tick=False)
    cast.publish(condition, by=editor, signer=physician)
    assert rows(editor, RECORDS)["Sample condition"][0] == "public since July 20, 2026"


def test_what_lies_over_a_page_is_said_and_found(
    editor: User, physician: User, second_physician: User
) -> None:
    pages = {slug: cast.make_condition(slug, by=editor) for slug in ("flagged", "held", "plain")}
    for page in pages.values():
        cast.publish(page, by=editor, signer=physician)
    cast.make_condition("never", by=editor)
    cast.lay_over("flag", pages["flagged"], by=editor)
    cast.lay_over("hold", pages["held"], by=physician)
    cast.submit(cast.edit(pages["plain"], by=editor, headline="More."), by=editor)

    found = rows(editor, RECORDS)
    assert [found[name][0] for name in ("Flagged", "Held", "Plain")] == [
        "public since May 31, 2026; flagged since May 31, 2026",
        "held since May 31, 2026",
        "public since May 31, 2026",
    ]
    assert found["Plain"][3] == "in review with any physician since May 31, 2026"
    standing = {
        "public": {"Flagged", "Plain"},
        "off": {"Flagged", "Held"},
        "due": set(),
        "overdue": set(),
        "later": set(),
        "ahead": set(),
        "none": set(),
    }
    for word, names in standing.items():
        assert set(rows(editor, f"{RECORDS}?standing={word}")) == names, word
    assert set(rows(editor, f"{DRAFTS}?standing=none")) == {"Never"}
    assert set(rows(editor, f"{RECORDS}?q=plain")) == {"Plain"}
    assert set(rows(editor, f"{RECORDS}?q=Sample")) == {"Flagged", "Held", "Plain"}
    cast.lay_over("release", pages["held"], by=second_physician)
    assert rows(editor, RECORDS)["Held"][0] == "public since May 31, 2026"


def test_a_physician_finds_a_button_at_each_page_that_is_due_and_nobody_else(
    editor: User, physician: User, manager: User, time_machine: TimeMachineFixture
) -> None:
    for slug in ("one", "two"):
        cast.publish(cast.make_condition(slug, by=editor), by=editor, signer=physician)
    later = cast.make_condition("later", by=editor, review_interval_months=24)
    cast.publish(later, by=editor, signer=physician)
    time_machine.move_to(MAY_31 + timedelta(days=320), tick=False)

    assert {name: row[-1] for name, row in rows(physician, RECORDS).items()} == {
        "One": "Reaffirm : One",
        "Two": "Reaffirm : Two",
        "Later": "–",
    }
    assert all("Reaffirm" not in row[-1] for row in rows(manager, RECORDS).values())
    assert list(rows(manager, f"{RECORDS}?standing=due")) == ["One", "Two"]


def test_each_list_has_one_name_everywhere(condition: Condition, root: User) -> None:
    client = Client()
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
    index = client.get("/admin/").content.decode()
    for address, name in ((DESK, "Review desk"), (RECORDS, "Page records"), (DRAFTS, "Drafts")):
        html = client.get(address).content.decode()

        assert f"<h1>{name}</h1>" in html
        assert f"<title>{name} | " in html
        assert f'<a href="/admin/">Your work</a> &rsaquo;\n{name}</div>' in html
        assert re.search(rf'<a href="{address}"[^>]*>{name}</a>', index), name
