"""Drafts that are put into the archive and taken back, and those that are erased for good."""

from __future__ import annotations

import reversion
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from reversion.models import Revision, Version

from conditions.models import Condition, KeyPoint
from reviews import workflow
from reviews.models import Contribution, DraftAhead, Erasure, Event
from tests import cast
from tests.reviews.every_verb import verify
from tests.traces import refused


def everywhere(words: str) -> list[str]:
    """The tables in which some words stand."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            if any(words in repr(row) for row in cursor.fetchall()):
                found.append(table)
    return found


def saved(condition: Condition, *, by: User, **fields: str) -> None:
    """A save as the admin does it: a version, a contribution, a line of the admin's log."""
    with reversion.create_revision():
        reversion.set_user(by)
        cast.edit(condition, by=by, **fields)
        entry = LogEntry.objects.create(
            user=by,
            content_type=ContentType.objects.get_for_model(Condition),
            object_id=str(condition.pk),
            object_repr=str(condition),
            action_flag=CHANGE,
            change_message=f"Changed {fields}",
        )
        reversion.set_comment(entry.change_message)


# --- The archive


def test_an_archived_draft_is_not_submitted_until_it_is_taken_back(
    condition: Condition, editor: User
) -> None:
    workflow.archive(condition.subject, by=editor)
    assert workflow.is_archived(condition.subject)
    with refused("in the archive"):
        cast.submit(condition, by=editor)
    with refused("in the archive already"):
        workflow.archive(condition.subject, by=editor)

    workflow.unarchive(condition.subject, by=editor)

    assert not workflow.is_archived(condition.subject)
    assert cast.submit(condition, by=editor).is_open
    with refused("is not in the archive"):
        workflow.unarchive(condition.subject, by=editor)


def test_what_is_public_or_in_review_is_not_archived_and_what_was_withdrawn_is(
    condition: Condition, editor: User, physician: User, reader: User
) -> None:
    with refused("Only staff who edit"):
        workflow.archive(condition.subject, by=reader)
    submission = cast.submit(condition, by=editor)
    with refused("in review"):
        workflow.archive(condition.subject, by=editor)
    cast.sign(submission, by=physician)
    with refused("Withdraw the page first"):
        workflow.archive(condition.subject, by=editor)
    workflow.withdraw(condition.subject, by=physician, reason="Old.", notice="out_of_date")

    assert workflow.archive(condition.subject, by=physician).archived


# --- Erasing


def test_an_erased_draft_leaves_no_word_in_any_table_and_an_event_with_a_digest(
    condition: Condition, editor: User
) -> None:
    saved(condition, by=editor, headline="Jo Doe was born in 1980.")
    subject, contributions = condition.subject, Contribution.objects.count()
    assert len(everywhere("Jo Doe")) >= 3

    erased = workflow.erase_draft(subject, by=editor, reason="A patient’s name.")

    assert everywhere("Jo Doe") == []
    assert everywhere("What helps is something else") == []
    assert not Condition.objects.exists()
    assert not KeyPoint.objects.exists()
    assert not Version.objects.exists()
    assert not Revision.objects.exists()
    assert not LogEntry.objects.exists()
    assert not DraftAhead.objects.exists()
    assert Contribution.objects.count() == contributions
    assert (erased.what, erased.by, len(erased.digest)) == ("draft", editor, 64)
    assert "patient" not in Event.objects.order_by("-seq")[0].body
    assert verify()[0] == 0
    with refused("no draft"):
        workflow.erase_draft(subject, by=editor, reason="Again.")


def test_an_erased_address_is_free_again(condition: Condition, editor: User) -> None:
    workflow.erase_draft(condition.subject, by=editor, reason="By mistake.")

    assert cast.submit(cast.make_condition(condition.slug, by=editor), by=editor).is_open


def test_what_was_submitted_is_not_erased_nor_by_whoever_may_not(
    condition: Condition, editor: User, physician: User
) -> None:
    with refused("Only staff who edit pages, or a manager"):
        workflow.erase_draft(condition.subject, by=physician, reason="Why.")
    with refused("Give a reason"):
        workflow.erase_draft(condition.subject, by=editor, reason="")
    workflow.take_back(cast.submit(condition, by=editor), by=editor)

    with refused("belongs to a record"):
        workflow.erase_draft(condition.subject, by=editor, reason="Why.")

    assert Version.objects.exists()


def test_one_version_is_erased_and_the_draft_and_its_other_versions_stay(
    condition: Condition, editor: User, manager: User
) -> None:
    other = cast.make_condition("other", by=editor)
    saved(condition, by=editor, headline="Jo Doe was born in 1980.")
    saved(condition, by=editor, headline="Nobody is named.")
    newest, named, first = condition.versions()
    others = [version.number for version in other.versions()]

    erased = workflow.erase_version(
        condition.subject, by=manager, number=named.number, reason="A patient’s name."
    )

    assert everywhere("Jo Doe") == []
    assert [one.number for one in condition.versions()] == [newest.number, first.number]
    assert [one.number for one in other.versions()] == others
    assert Condition.objects.get(pk=condition.pk).headline == "Nobody is named."
    assert (erased.what, erased.digest, erased.saved_at) == ("version", named.digest, named.at)
    assert verify()[0] == 0


def test_the_newest_version_stays_as_long_as_the_draft_says_it(
    condition: Condition, editor: User, manager: User
) -> None:
    newest = condition.versions()[0].number

    with refused("what the draft says now"):
        workflow.erase_version(condition.subject, by=manager, number=newest, reason="A name.")
    with refused("no such version"):
        workflow.erase_version(condition.subject, by=manager, number=newest + 1, reason="A name.")
    with refused("Only a manager"):
        workflow.erase_version(condition.subject, by=editor, number=newest, reason="A name.")

    assert not Erasure.objects.exists()
