"""What is typed inside stands beside the chain, and can be blanked without breaking it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import Edition, Event, Remark, SignOff, Withdrawal
from reviews.text.canonical import digest_of
from reviews.workflow import NotAllowed
from tests import cast
from tests.undoing import Case

WORDS = "Maria Gonzalez, born 1980, asked for this."


@pytest.fixture
def remark(condition: Condition, editor: User) -> Remark:
    """A note into which a patient's detail was typed by mistake."""
    submission = cast.submit(condition, by=editor, note=WORDS)
    assert submission.note is not None
    return submission.note


def execute(sql: str, *values: str) -> None:
    """Run one statement in a savepoint."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_a_notes_words_are_not_in_the_chain_and_their_hash_is(remark: Remark) -> None:
    bodies = " ".join(Event.objects.values_list("body", flat=True))

    assert "Maria" not in bodies
    assert digest_of(WORDS) not in bodies
    assert remark.digest in bodies


@pytest.mark.parametrize("verb", ["request_changes", "withdraw", "cancel"])
def test_a_reasons_words_are_not_in_the_chain_and_their_hash_is(
    verb: str, condition: Condition, editor: User, physician: User
) -> None:
    signed = cast.publish(condition, by=editor, signer=physician)
    submission = cast.submit(cast.edit(condition, by=editor, name="New"), by=editor)
    if verb == "request_changes":
        workflow.request_changes(submission, by=physician, reason=WORDS)
    elif verb == "withdraw":
        workflow.withdraw(signed.subject, by=physician, reason=WORDS, notice="safety")
    else:
        workflow.cancel(cast.sign(submission, by=physician), by=physician, reason=WORDS)

    remark = Remark.objects.get(text=WORDS)
    bodies = " ".join(Event.objects.values_list("body", flat=True))
    assert remark.digest in bodies
    assert "Maria" not in bodies
    assert digest_of(WORDS) not in bodies  # a bare hash could be guessed back


def test_a_remark_is_not_changed_by_sql(remark: Remark, case: Case) -> None:
    for change in (
        "text = 'Something else.'",
        "text = text || '.'",
        "text = ''",
        "salt = ''",
        "salt = 'another'",
        "salt = '', digest = 'another'",
        "text = 'Something else.', salt = ''",
        "text = '', salt = 'another'",
        "text = '', salt = '', digest = 'another'",
        "text = ' ', salt = ''",
        "text = NULL, salt = ''",
        "digest = 'another'",
        "text = text",
        "text = '', salt = ''",
    ):
        with case(change=change):
            with pytest.raises(DatabaseError):
                execute(f"UPDATE reviews_remark SET {change}")

            remark.refresh_from_db()
            assert remark.text == WORDS
            assert remark.holds


@pytest.mark.parametrize(
    "attempt", ["save", "update", "blank", "bulk_update", "delete", "_raw_delete"]
)
def test_a_remark_is_not_changed_by_the_orm(attempt: str, remark: Remark) -> None:
    remark.text = "Something else."
    rows = Remark.objects.filter(pk=remark.pk)

    with pytest.raises(DatabaseError), transaction.atomic():
        {
            "save": remark.save,
            "update": lambda: rows.update(text="Something else."),
            "blank": lambda: rows.update(text="", salt=""),
            "bulk_update": lambda: Remark.objects.bulk_update([remark], ["text"]),
            "delete": rows.delete,
            "_raw_delete": lambda: rows._raw_delete(rows.db),
        }[attempt]()

    assert rows.get().text == WORDS


def test_an_unused_remark_is_not_deleted_either(db: None) -> None:
    Remark.objects.create(digest="a" * 64, salt="b", text="Nobody points here.")

    with pytest.raises(DatabaseError, match="append-only"):
        execute("DELETE FROM reviews_remark")

    assert Remark.objects.count() == 1


def test_a_manager_blanks_a_remark_for_ever(remark: Remark, manager: User) -> None:
    workflow.blank(remark, by=manager)

    remark.refresh_from_db()
    assert (remark.text, remark.salt) == ("", "")
    assert str(remark) == "(blanked)"
    event = Event.objects.order_by("-seq")[0]
    assert event.kind == "remark_blanked"
    assert (event.said["remark"], event.said["by"]) == (remark.pk, manager.pk)
    call_command("verify_record")


def test_the_event_of_another_remark_lets_none_be_blanked(
    remark: Remark, condition: Condition, editor: User, manager: User
) -> None:
    other = cast.submit(condition, by=editor, note="Something else.").note
    assert other is not None
    workflow.blank(other, by=manager)

    with pytest.raises(DatabaseError, match="its event"):
        execute("UPDATE reviews_remark SET text = '', salt = '' WHERE digest = %s", remark.pk)

    remark.refresh_from_db()
    assert remark.text == WORDS


def test_an_event_that_only_names_a_remark_lets_it_not_be_blanked(
    remark: Remark, manager: User
) -> None:
    with transaction.atomic():
        chain.append(Kind.REVIEWER_SAVED, at=clock.now(), by=manager, remark=remark.pk)
        chain.append(Kind.REMARK_BLANKED, at=clock.now(), by=manager, other=remark.pk)

    with pytest.raises(DatabaseError, match="its event"):
        execute("UPDATE reviews_remark SET text = '', salt = ''")

    remark.refresh_from_db()
    assert remark.text == WORDS


def test_a_blanked_remark_is_not_filled_again(remark: Remark, manager: User) -> None:
    salt = remark.salt
    workflow.blank(remark, by=manager)

    with pytest.raises(DatabaseError, match="only ever blanked"):
        execute("UPDATE reviews_remark SET text = %s, salt = %s", WORDS, salt)

    remark.refresh_from_db()
    assert remark.is_blanked


def test_a_blanked_remark_is_not_blanked_twice(remark: Remark, manager: User) -> None:
    stale = Remark.objects.get(pk=remark.pk)
    workflow.blank(remark, by=manager)

    with pytest.raises(NotAllowed, match="blanked already"):
        workflow.blank(stale, by=manager)

    assert Event.objects.filter(kind="remark_blanked").count() == 1


@pytest.mark.parametrize("who", ["editor", "physician", "reader"])
def test_only_a_manager_blanks_a_remark(
    who: str, remark: Remark, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(NotAllowed, match="Only a manager"):
        workflow.blank(remark, by=request.getfixturevalue(who))

    remark.refresh_from_db()
    assert remark.text == WORDS
    assert not Event.objects.filter(kind="remark_blanked").exists()


def test_blanking_changes_nothing_else(
    condition: Condition, editor: User, physician: User, manager: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    withdrawal = workflow.withdraw(
        condition.subject, by=physician, reason=WORDS, notice="out_of_date"
    )
    before = [list(model.objects.values()) for model in (Edition, SignOff, Withdrawal)]

    workflow.blank(withdrawal.reason, by=manager)

    assert [list(model.objects.values()) for model in (Edition, SignOff, Withdrawal)] == before
    assert not Remark.objects.filter(text__contains="Maria").exists()
