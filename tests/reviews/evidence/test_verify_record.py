"""verify_record recomputes the whole record and names the first row that does not hold."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence import chain, triggers
from reviews.evidence.kinds import Kind
from reviews.models import (
    Event,
    SignOff,
    Submission,
)
from reviews.reading import memory
from tests import cast
from tests.reviews.every_verb import Record, made_by_every_verb, put, tampering, verify
from tests.reviews.evidence.tamperings import (
    BY_A_KEPT_HEAD,
    TAMPERINGS,
    as_table,
    beside_of,
    departures_of,
    hold_of,
    license_of,
    redaction_of,
    talk_of,
)
from tests.undoing import Case

pytestmark = pytest.mark.django_db


pytestmark = pytest.mark.django_db


@pytest.fixture
def record(
    editor: User,
    second_editor: User,
    physician: User,
    second_physician: User,
    manager: User,
    settings: Any,
) -> Record:
    return made_by_every_verb(editor, second_editor, physician, second_physician, manager, settings)


def test_a_record_made_by_every_verb_holds(record: Record) -> None:
    kinds = set(Event.objects.values_list("kind", flat=True))
    statuses = set(Submission.objects.values_list("status", flat=True))

    code, out, err = verify()

    assert (code, err) == (0, "")
    assert f"Head {record.last.seq}:{record.last.hash}" in out
    assert kinds >= {
        *(kind.value for kind in Kind if kind.row),
        "superseded",
        "changes_requested",
        "taken_back",
    }
    assert statuses >= {"open", "changes_requested", "taken_back", "superseded", "signed"}
    assert SignOff.objects.filter(disclosed=True).exists()


def test_an_empty_record_holds() -> None:
    code, out, err = verify()

    assert (code, err) == (0, "")
    assert f"0 events. Head 0:{chain.GENESIS}" in out


def test_a_record_holds_before_anything_was_signed(editor: User) -> None:
    cast.make_condition(by=editor)

    assert verify()[::2] == (0, "")


def test_a_record_holds_when_what_waited_counts(record: Record) -> None:
    with time_machine.travel(clock.now() + timedelta(days=400)):
        assert verify()[::2] == (0, "")


# What stands around the tables of docs/tampering.md.
BEGINS, ENDS = "<!-- tests/reviews/evidence/tamperings.py -->", "<!-- end -->"
# Each page of the record, old address, withdrawn page; and where all of them are listed.
PAGES = [
    f"/conditions/{slug}/"
    for slug in (
        *("renamed-condition", "sample-condition", "other-condition", "third-condition"),
        *("written-and-reviewed-by-one", "elsewhere"),
    )
]
LISTS = ["/", "/conditions/"]


def public(client: Client) -> dict[str, tuple[int, str, str]]:
    """What patients get at each address, from a process that remembers nothing."""
    memory.forget()
    answers = {address: client.get(address) for address in (*PAGES, *LISTS)}
    return {
        address: (one.status_code, one.headers.get("Location", ""), one.content.decode())
        for address, one in answers.items()
    }


def shows_nothing_new(now: tuple[int, str, str], before: tuple[int, str, str]) -> bool:
    """Whether an answer is the one of before, or one of which nothing was signed or dated.

    A link to a reviewer follows their address, and one to the page that a withdrawn one is part of
    falls silent where that does not hold: navigation is not signed.
    """
    status, at, body = now
    part_of = [line for line in before[2].splitlines() if line.startswith("<p>This subject is now")]
    if part_of and part_of[0] not in body:
        before = (*before[:2], before[2].replace(f"{part_of[0]}\n", ""))
    now = status, at, body.replace("/reviewers/famous/", "/reviewers/physician/")
    dated = "Last reviewed" in body or "reviewed in full" in body
    return now == before or (status in (404, 503) and not dated)


def lists_nothing_new(now: tuple[int, str, str], before: tuple[int, str, str]) -> bool:
    """Whether a list says what it said before, or less."""
    return now[0] == 200 and set(now[2].splitlines()) <= set(before[2].splitlines())


@pytest.mark.parametrize("half", [0, 1])  # so that two workers share what takes long
def test_a_row_that_was_tampered_with_is_named_and_nothing_forged_is_shown(
    record: Record, client: Client, subtests: pytest.Subtests, half: int
) -> None:
    client.raise_request_exception = False
    before = public(client)
    assert [before[address][0] for address in PAGES] == [200, 301, 200, 410, 200, 404]
    cases = {name: one for section in TAMPERINGS.values() for name, one in section.items()}
    assert len(cases) + len(BY_A_KEPT_HEAD) >= 70

    for name, (tamper, expected) in [*cases.items()][half::2]:
        named = expected.format(
            **vars(record),
            next=record.first.pk + 1,
            note_start=record.note.pk[:12],
            blanked_start=record.blanked.pk[:12],
            after_last=record.last.pk + 1,
            license=license_of(record).pk,
            confirmed=record.first.reviewer.confirmations.get().pk,
            hold=hold_of(record).pk,
            redaction=redaction_of(record).pk,
            **talk_of(record),
            **departures_of(record),
            **beside_of(record),
        )
        with subtests.test(name):
            with tampering():
                tamper(record)
                triggers.install(connection)
                code, out, err = verify()
                after = public(client)

            assert (code, out) == (1, "")
            assert named in err
            for address in PAGES:
                assert shows_nothing_new(after[address], before[address]), address
            for address in LISTS:
                assert lists_nothing_new(after[address], before[address]), address

    assert verify()[0] == 0, "some tampering was not undone"
    assert public(client) == before


def test_the_docs_name_every_tampering_that_is_tried() -> None:
    """Set WRITE_DOCS=1 to write the tables of the page anew."""
    page = Path(settings.BASE_DIR, "docs", "tampering.md")
    before, begins, rest = page.read_text().partition(BEGINS)
    _, ends, after = rest.partition(ENDS)
    if os.environ.get("WRITE_DOCS"):
        page.write_text(f"{before}{begins}\n{as_table()}\n{ends}{after}")

    assert f"{BEGINS}\n{as_table()}\n{ENDS}" in page.read_text()


def test_only_the_first_fault_is_printed(record: Record) -> None:
    with tampering():
        put(record.first, printed_name="Somebody Famous")
        put(record.correction, printed_name="Somebody Else")
        _, _, err = verify()

    assert err.count("DOES NOT HOLD") == 1
    assert f"SignOff {record.first.pk}" in err


def test_a_remark_blanked_whole_still_holds(record: Record, manager: User) -> None:
    workflow.blank(record.note, by=manager)

    assert verify()[::2] == (0, "")


# --- The head kept outside


def head() -> str:
    """The head as an earlier run printed it."""
    _, out, _ = verify()
    return out.split("Head ")[1].strip()


def test_only_a_head_kept_outside_shows_what_agrees_with_itself(
    record: Record, subtests: pytest.Subtests
) -> None:
    kept = head()

    for name, tamper in BY_A_KEPT_HEAD.items():
        with subtests.test(name):
            with tampering():
                tamper(record)
                without, with_head = verify(), verify("--head", kept)

            assert without[0] == 0, without
            assert with_head[0] == 1
            assert f"event {record.last.seq}: " in with_head[2]


def test_a_record_that_grew_holds_with_the_head_kept_before(record: Record, editor: User) -> None:
    kept = head()

    cast.edit(Condition.objects.get(subject=record.subject), by=editor, name="Once more")

    assert verify("--head", kept)[0] == 0
    assert head() != kept


def test_the_head_of_an_empty_record_holds_for_ever(record: Record) -> None:
    assert verify("--head", f"0:{chain.GENESIS}")[0] == 0


def test_a_head_that_is_not_of_this_record_is_refused(record: Record, case: Case) -> None:
    for kept in ("nonsense", "1", "1:", "999999:" + "0" * 64, ":", "-1:x", "0:x"):
        with case(kept=kept):
            code, _, err = verify(f"--head={kept}")

            assert code == 1
            assert "DOES NOT HOLD" in err
