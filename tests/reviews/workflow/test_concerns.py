"""Concerns from outside: logged once, settled once, by whom it is for."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from conditions.models import Condition
from reviews import workflow
from reviews.evidence.kinds import Kind
from reviews.models import Concern, Event, Remark
from tests import cast
from tests.traces import refused
from tests.undoing import Case


@pytest.fixture
def page(condition: Condition, editor: User, physician: User) -> Condition:
    cast.publish(condition, by=editor, signer=physician)
    return condition


def test_a_concern_is_logged_with_its_part_and_settled_with_a_sentence(
    page: Condition, editor: User, physician: User, manager: User
) -> None:
    part = workflow.places_of(page.subject)[0].anchor

    logged = workflow.log_concern(
        page.subject, by=editor, part=part, text="A dose looks wrong.", to=physician
    )

    assert list(Concern.objects.open()) == [logged]
    settled = workflow.settle(logged, by=manager, how="We wrote back.", answered_by=physician)
    assert not Concern.objects.open().exists()
    assert (settled.answered_by, settled.by) == (physician, manager)
    kinds = Event.objects.order_by("-seq").values_list("kind", flat=True)[:2]
    assert list(kinds) == [Kind.CONCERN_SETTLED, Kind.CONCERN_LOGGED]
    bodies = "".join(Event.objects.values_list("body", flat=True))
    assert "dose looks wrong" not in bodies
    assert "wrote back" not in bodies


def test_what_was_said_can_be_blanked(page: Condition, editor: User, manager: User) -> None:
    logged = workflow.log_concern(page.subject, by=editor, part="", text="Jo Doe, born in 1980.")

    workflow.blank(logged.text, by=manager)

    assert Concern.objects.get().text.text == ""
    assert not Remark.objects.filter(text__contains="Jo Doe").exists()


def test_a_concern_is_refused_where_it_says_nothing_that_can_be_settled(
    page: Condition, editor: User, physician: User, reader: User, case: Case
) -> None:
    gone = cast.person("gone", "Staff", is_active=False)
    never = cast.make_condition("never-public", by=editor)
    visitor = User.objects.create_user("visitor")
    wrong = [
        ({"text": "  "}, "Write down what was said"),
        ({"part": "no-such-part"}, "no such part"),
        ({"to": gone}, "Choose somebody who works here"),
        ({"by": visitor}, "Only staff"),
    ]
    for given, sentence in wrong:
        with case(given=sentence), refused(sentence):
            workflow.log_concern(
                page.subject, **{"by": editor, "part": "", "text": "Words.", **given}
            )
    with refused("never public"):
        workflow.log_concern(never.subject, by=editor, part="", text="Words.")


def test_it_is_settled_by_whom_it_is_for_a_physician_or_a_manager_and_once(
    page: Condition, editor: User, second_editor: User, physician: User
) -> None:
    logged = workflow.log_concern(page.subject, by=editor, part="", text="Words.", to=second_editor)

    with refused("Only whoever is to answer"):
        workflow.settle(logged, by=editor, how="It was none.")
    with refused("Say in a sentence"):
        workflow.settle(logged, by=physician, how="")
    workflow.settle(logged, by=second_editor, how="It was none.")

    with refused("settled already"):
        workflow.settle(logged, by=physician, how="Again.")
