"""Events in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from conditions.models import Condition
from reviews import clock, workflow
from reviews.desk.sentences import SENTENCES, told
from reviews.evidence.kinds import Kind
from reviews.models import Event
from reviews.workflow import Export
from tests import cast
from tests.reviews.every_verb import Record, made_by_every_verb, rewrite, tampering


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


def sentences(kind: Kind) -> list[str]:
    return [one.sentence for one in told(Event.objects.filter(kind=kind))]


def test_every_kind_of_event_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Kind)


def test_every_event_is_told_by_name_and_page_in_five_queries(
    record: Record, django_assert_max_num_queries: Callable[..., Any], editor: User
) -> None:
    events = list(Event.objects.all())
    with django_assert_max_num_queries(5):
        found = told(events)

    for one in found:
        # None fell back to its bare kind, and nothing that was meant to be named is missing.
        assert not one.sentence.startswith(one.kind.capitalize()), one.sentence
        for gap in ("{", "None", "somebody", "an edition", "a claim"):
            assert gap not in one.sentence, one.sentence
        assert one.at is not None
        subject = one.event.subject
        assert bool(one.page) == (subject is not None and subject.editions.exists())


def test_what_was_done_is_said_in_one_plain_sentence(record: Record) -> None:
    assert "Edie Editor submitted edition 1 of Not yet submitted." not in sentences(Kind.SUBMITTED)
    assert "Edie Editor submitted edition 1 of A sample condition." in sentences(Kind.SUBMITTED)
    assert any(
        one.endswith(" sent edition 2 of A sample condition back and asked for changes.")
        for one in sentences(Kind.CHANGES_REQUESTED)
    )
    signed = sentences(Kind.SIGNED)
    assert any("signed edition 4 of A sample condition (full review)." in one for one in signed)
    assert any("signed edition 5 of A sample condition (correction)." in one for one in signed)
    assert any("reaffirmed edition 1 of More." in one for one in signed)
    assert any(" It takes effect on " in one for one in signed)
    (withdrawn,) = sentences(Kind.PAGE_WITHDRAWN)
    assert "withdrew Third condition. Patients read: “This page no longer reflects" in withdrawn
    assert any("edition 2 of More" in one for one in sentences(Kind.SIGN_OFF_CANCELLED))


def test_the_reason_written_inside_is_never_told(record: Record) -> None:
    every = " ".join(one.sentence for one in told(Event.objects.all()))

    for reason in ("Too early", "A fault", "Say more", "Please read the name"):
        assert reason not in every


def test_an_export_says_what_was_taken_out(manager: User) -> None:
    workflow.export(
        Export.RECORD,
        by=manager,
        first=clock.today().replace(month=1, day=1),
        last=clock.today().replace(month=12, day=31),
        texts=False,
    )
    workflow.export(Export.DUE, by=manager, texts=False)
    year = clock.today().year

    one, two = sentences(Kind.RECORD_EXPORTED)
    assert (
        f"took out the whole record as a file from January 1, {year} to December 31, {year}, "
        in one
    )
    assert "without the reasons and notes" in one
    assert "took out the due list as a file, without" in two


def test_a_damaged_event_is_told_without_what_cannot_be_read(
    condition: Condition, editor: User, physician: User
) -> None:
    signed = cast.publish(condition, by=editor, signer=physician).event
    bodies = ["{", "[]", "{}", "null", '{"row":7}', '{"by":"x","row":{"scope":"none"}}']
    for body in [*bodies, '{"by":' + "9" * 30 + "}", '{"row":{"edition_id":true}}']:
        with tampering():
            rewrite(signed, body)
            (found,) = told(Event.objects.filter(pk=signed.pk))

        assert found.sentence == "Signed.", body
        assert found.at is None


def test_what_nobody_did_is_told_of_the_site_and_what_cannot_be_read_of_somebody(
    condition: Condition, editor: User
) -> None:
    saved = Event.objects.get(kind="draft_saved")
    found = {}
    for body in ('{"by":null}', '{"by":"x"}', "{", f'{{"by":{editor.pk}}}'):
        with tampering():
            rewrite(saved, body)
            (one,) = told(Event.objects.filter(pk=saved.pk))
        found[body] = one.sentence.partition(" saved ")[0]

    assert list(found.values()) == ["The site", "Somebody", "Somebody", "Edie Editor"]
