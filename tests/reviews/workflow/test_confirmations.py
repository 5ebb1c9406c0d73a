"""Confirmations (DESIGN §5): what lets somebody sign or manage counts after a second look."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence import audit
from reviews.mail import outbox
from reviews.models import Claim, ClaimAnswer, Event, License, Person, Reviewer
from tests import cast
from tests.traces import refused

HOURS = timedelta(hours=1)
NOT_YET = "it counts once another manager confirms it"


@pytest.fixture
def second_manager(db: None) -> User:
    return cast.person("second-manager", "Managers")


def into(group: str, user: User, by: User | None) -> Claim | None:
    """Put somebody into a group, as the account's form does."""
    before = workflow.account_of(user)
    user.groups.add(Group.objects.get(name=group))
    workflow.record_account(user, by=by, before=before)
    return Claim.objects.filter(person=user, kind="group", of=group).order_by("-pk").first()


def profiled(user: User, by: User | None) -> Reviewer:
    """Give somebody a first profile with a license, as the profile's form does."""
    reviewer = cast.make_reviewer(user, "New Physician", "MD")
    workflow.record_reviewer(reviewer, by=by, before=None)
    return reviewer


def licensed(reviewer: Reviewer, by: User, **fields: Any) -> License:
    before = workflow.standing_of(reviewer)
    values = {"state": "Ohio", "number": "7", "expires_on": date(2099, 1, 1), **fields}
    license, _ = License.objects.update_or_create(
        reviewer=reviewer, pk=values.pop("pk", None), defaults=values
    )
    workflow.record_reviewer(reviewer, by=by, before=before)
    return license


def moved(user: User, address: str, by: User | None) -> Claim:
    before, old = workflow.account_of(user), user.email
    user.email = address
    user.save()
    workflow.record_account(user, by=by, before=before, old=old)
    return Claim.objects.filter(person=user, kind="address").latest("pk")


def may(user: User, right: str) -> bool:
    return Person.objects.get(pk=user.pk).has_perm(right)


def may_sign(user: User) -> str:
    """Nothing, or why not, asked of a page that this person did not write."""
    return next(workflow.refusals.is_entitled(user, clock.now()), "")


def last() -> Claim:
    return Claim.objects.latest("pk")


# --- A profile, a license


def test_a_first_profile_signs_nothing_until_a_second_manager_confirms_it(
    condition: Condition, editor: User, manager: User, second_manager: User, reader: User
) -> None:
    submission = cast.submit(condition, by=editor)
    reviewer = profiled(reader, manager)

    with refused(NOT_YET):
        cast.sign(submission, by=reader)
    assert reviewer not in Reviewer.objects.entitled(clock.now())
    for who, why in ((manager, "You asked for this yourself"), (reader, "Only a manager")):
        with refused(why):
            workflow.confirm(last(), by=who)
    workflow.confirm(last(), by=second_manager)

    assert reviewer in Reviewer.objects.entitled(clock.now())
    assert cast.sign(submission, by=reader).printed_name == "New Physician"
    kinds = [event.kind for event in Event.objects.order_by("seq")]
    assert kinds.index("claim_made") < kinds.index("claim_confirmed") < kinds.index("signed")
    assert list(audit.faults()) == []


def test_it_counts_after_72_hours_from_when_the_server_took_the_letters(
    physician: User, manager: User, reader: User, time_machine: Any
) -> None:
    start = clock.now()
    time_machine.move_to(start, tick=False)
    profiled(reader, manager)
    time_machine.move_to(start + 100 * HOURS, tick=False)
    assert NOT_YET in may_sign(reader)  # nobody was told yet

    outbox.run()
    time_machine.move_to(start + 171 * HOURS, tick=False)
    assert NOT_YET in may_sign(reader)
    time_machine.move_to(start + 172 * HOURS, tick=False)
    assert may_sign(reader) == ""

    assert {"physician@example.com"} < {address for sent in mail.outbox for address in sent.to}
    assert Event.objects.filter(kind="claim_told").count() == 1


def test_a_physician_or_manager_objects_and_only_a_third_person_clears_it(
    physician: User,
    manager: User,
    second_manager: User,
    reader: User,
    editor: User,
    time_machine: Any,
) -> None:
    profiled(reader, manager)
    outbox.run()
    with refused("Only the person concerned, physicians and managers"):
        workflow.object_to(last(), by=editor)
    workflow.object_to(last(), by=physician)
    with refused("objected already"):
        workflow.object_to(last(), by=second_manager)

    time_machine.move_to(clock.now() + 200 * HOURS)
    assert "somebody objected" in may_sign(reader)
    with refused("You asked for this yourself"):
        workflow.confirm(last(), by=manager)
    workflow.confirm(last(), by=second_manager)
    assert may_sign(reader) == ""
    with refused("counts already"):
        workflow.object_to(last(), by=physician)
    workflow.object_to(last(), by=reader)  # whom it is about may always say that it was not them
    assert "somebody objected" in may_sign(reader)


def test_on_the_command_line_it_counts_at_once_and_the_event_says_so(reader: User) -> None:
    profiled(reader, None)
    into("Managers", reader, None)

    assert may_sign(reader) == ""
    assert may(reader, "auth.change_user")
    made = [event.said for event in Event.objects.filter(kind="claim_made")]
    assert [(said["by"], said["row"]["waits"]) for said in made] == [(None, False)] * 2


def test_a_new_license_waits_while_the_old_one_counts(
    condition: Condition, editor: User, physician: User, manager: User, second_manager: User
) -> None:
    reviewer = physician.reviewer
    licensed(reviewer, manager)
    signed = cast.publish(condition, by=editor, signer=physician)
    assert signed.license_states == "New York"

    workflow.confirm(last(), by=second_manager)

    assert (
        cast.reaffirm(condition.subject, by=physician, digest=signed.digest).license_states
        == "New York, Ohio"
    )


def test_a_license_changed_to_another_number_or_state_is_a_new_one(
    physician: User, manager: User, second_manager: User
) -> None:
    license = physician.reviewer.licenses.get()
    for change in ({"state": "Ohio", "number": "1"}, {"state": "Ohio", "number": "2"}):
        licensed(physician.reviewer, manager, pk=license.pk, **change)
        assert "None of your licenses" in may_sign(physician)
        workflow.confirm(last(), by=second_manager)
        assert may_sign(physician) == ""


def test_a_renewal_counts_at_once_and_its_physician_may_enter_it(
    physician: User, second_physician: User, manager: User
) -> None:
    license = physician.reviewer.licenses.get()
    licensed(
        physician.reviewer,
        manager,
        pk=license.pk,
        state="New York",
        number="1",
        expires_on=date(2000, 1, 1),
    )
    assert "None of your licenses" in may_sign(physician)

    with refused("Only the physician whose license this is"):
        workflow.renew(license, by=second_physician, expires_on=date(2098, 1, 1))
    with refused("ends later"):
        workflow.renew(license, by=physician, expires_on=date(2000, 1, 1))
    workflow.renew(license, by=physician, expires_on=date(2098, 1, 1))

    assert may_sign(physician) == ""
    assert not Claim.objects.exists()
    said = Event.objects.latest("seq").said
    assert (said["kind"], said["by"]) == ("reviewer_saved", physician.pk)
    assert said["reviewer"]["licenses"] == ["New York 1, valid to January 1, 2098"]


# --- Groups and superusers


def test_a_group_gives_its_rights_once_confirmed_and_takes_none_that_stood(
    editor: User, manager: User, second_manager: User
) -> None:
    for group, right in (("Physicians", "reviews.add_withdrawal"), ("Managers", "auth.add_user")):
        into(group, editor, manager)
        assert not may(editor, right)
        assert may(editor, "conditions.change_condition")
        workflow.confirm(last(), by=second_manager)
        assert may(editor, right)


def test_nobody_confirms_what_is_about_themselves(
    manager: User, second_manager: User, physician: User
) -> None:
    profiled(manager, second_manager)

    with refused("This is about yourself"):
        workflow.confirm(last(), by=manager)
    workflow.object_to(last(), by=physician)
    with refused("This is about yourself"):
        workflow.confirm(last(), by=manager)

    assert "somebody objected" in may_sign(manager)


def test_whoever_waits_to_be_a_manager_confirms_nobody(
    editor: User, manager: User, reader: User
) -> None:
    into("Managers", editor, manager)
    profiled(reader, manager)
    first, second = Claim.objects.order_by("pk")

    for claim in (first, second):
        with refused("Only a manager whose own rights count"):
            workflow.confirm(claim, by=editor)
    with refused("Only a manager can change a reviewer"):
        reviewer = Reviewer.objects.get(user=reader)
        workflow.record_reviewer(reviewer, by=editor, before=workflow.standing_of(reviewer))


def test_a_group_left_and_entered_again_is_asked_for_again(
    editor: User, manager: User, second_manager: User
) -> None:
    into("Managers", editor, manager)
    workflow.confirm(last(), by=second_manager)
    before = workflow.account_of(editor)
    editor.groups.remove(Group.objects.get(name="Managers"))
    workflow.record_account(editor, by=second_manager, before=before)

    into("Managers", editor, second_manager)

    assert not may(editor, "auth.change_user")


def test_a_superuser_counts_once_confirmed(root: User, editor: User, manager: User) -> None:
    before = workflow.account_of(editor)
    editor.is_superuser = True
    editor.save()
    workflow.record_account(editor, by=root, before=before)

    assert not may(editor, "auth.change_user")
    assert may(editor, "conditions.change_condition")
    with refused("Only a manager can change an account"):
        workflow.record_account(root, by=editor, before=before)
    workflow.confirm(last(), by=manager)
    assert may(editor, "auth.change_user")


def test_nobody_changes_their_own_groups(root: User, manager: User) -> None:
    for who in (root, manager):
        with refused("Nobody changes their own groups"):
            into("Physicians", who, who)


# --- Mail addresses and passwords


@pytest.mark.parametrize("who", ["physician", "second_manager", "root"])
def test_a_new_address_stops_what_somebody_may_until_it_is_confirmed(
    request: pytest.FixtureRequest, who: str, manager: User, root: User
) -> None:
    third = cast.person("third", is_superuser=True)
    user = request.getfixturevalue(who)
    right = "reviews.add_withdrawal"
    claim = moved(user, "elsewhere@example.com", root if user != root else third)

    assert not may(user, right)
    assert who != "physician" or NOT_YET in may_sign(user)
    with refused("Only a manager whose own rights count"):
        workflow.confirm(claim, by=user)

    workflow.confirm(claim, by=manager)
    assert may(user, right)


def test_no_address_stands_in_the_chain_in_clear(physician: User, manager: User) -> None:
    moved(physician, "elsewhere@example.com", manager)

    bodies = " ".join(Event.objects.values_list("body", flat=True))
    assert "elsewhere" not in bodies
    assert "example.com" not in bodies


def test_an_address_put_back_counts_at_once_and_the_objection_stays(
    physician: User, manager: User, second_manager: User
) -> None:
    stolen = moved(physician, "elsewhere@example.com", manager)
    workflow.object_to(stolen, by=physician)

    back = moved(physician, "physician@example.com", second_manager)

    assert back.counts(clock.now())
    assert "somebody objected" in may_sign(physician)
    workflow.confirm(stolen, by=second_manager)
    assert may_sign(physician) == ""


def test_profile_words_are_not_confirmed_while_the_address_waits(
    physician: User, manager: User
) -> None:
    moved(physician, "elsewhere@example.com", manager)

    with refused(NOT_YET):
        cast.confirm(physician)


def test_of_two_managers_who_answer_at_once_each_answer_is_kept(
    physician: User, manager: User, second_manager: User, reader: User
) -> None:
    profiled(reader, manager)
    workflow.confirm(last(), by=second_manager)
    with refused("counts already"):
        workflow.confirm(last(), by=second_manager)

    assert ClaimAnswer.objects.count() == 1


def test_asking_what_counts_takes_few_queries(
    physician: User, manager: User, second_manager: User
) -> None:
    for number in range(5):
        moved(physician, f"{number}@example.com", manager)
        licensed(physician.reviewer, manager, number=str(number), pk=None)

    person = Person.objects.get(pk=physician.pk)
    with CaptureQueriesContext(connection) as asked:
        for right in ("reviews.add_withdrawal", "auth.change_user", "reviews.view_claim"):
            person.has_perm(right)
        person.has_module_perms("reviews")
    assert len(asked) == 2
    with CaptureQueriesContext(connection) as asked:
        list(Reviewer.objects.entitled(clock.now()))
    assert len(asked) == 1
