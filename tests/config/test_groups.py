"""Staff, physicians and managers have the rights that they need and no more."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client

from config.people import groups
from reviews.evidence.triggers import APPEND_ONLY

pytestmark = pytest.mark.django_db


def rights_of(name: str) -> set[tuple[str, str]]:
    """A group's rights as they stand in the database."""
    rows = Group.objects.get(name=name).permissions
    return set(rows.values_list("content_type__app_label", "codename"))


def right(codename: str) -> Permission:
    """A right by its name."""
    return Permission.objects.get(codename=codename)


@pytest.mark.parametrize("name", groups.RIGHTS)
def test_a_group_has_exactly_its_rights(name: str) -> None:
    assert rights_of(name) == groups.RIGHTS[name]
    assert groups.RIGHTS[name]


def test_there_is_no_other_group() -> None:
    names = set(Group.objects.values_list("name", flat=True))

    assert names == {"Staff", "Physicians", "Managers"}


@pytest.mark.parametrize("name", groups.RIGHTS)
def test_a_second_migration_changes_no_right(name: str) -> None:
    before = Group.objects.get(name=name).pk

    call_command("migrate", verbosity=0)

    assert rights_of(name) == groups.RIGHTS[name]
    assert Group.objects.get(name=name).pk == before


@pytest.mark.parametrize("name", groups.RIGHTS)
def test_rights_added_by_hand_are_taken_away_again(name: str) -> None:
    added = [right("delete_user"), right("change_group"), right("add_signoff")]
    Group.objects.get(name=name).permissions.add(*added)

    call_command("migrate", verbosity=0)

    assert rights_of(name) == groups.RIGHTS[name]


@pytest.mark.parametrize("name", groups.RIGHTS)
def test_rights_taken_by_hand_come_back(name: str) -> None:
    Group.objects.get(name=name).permissions.clear()

    call_command("migrate", verbosity=0)

    assert rights_of(name) == groups.RIGHTS[name]


def test_a_deleted_group_comes_back_and_its_members_do_not(editor: User) -> None:
    Group.objects.all().delete()

    call_command("migrate", verbosity=0)

    assert Group.objects.filter(name__in=groups.RIGHTS).count() == len(groups.RIGHTS)
    assert not editor.groups.exists()


@pytest.mark.parametrize("name", groups.RIGHTS)
def test_no_group_may_write_evidence_by_a_form(name: str) -> None:
    evidence = {model._meta.model_name for model in APPEND_ONLY} | {"submission"}
    given = groups.RIGHTS[name]

    written = {
        (app, codename)
        for app, codename in given
        if app == "reviews"
        and codename.split("_")[0] in ("change", "delete")
        and codename.split("_")[1] in evidence
    }

    assert written == set()
    assert ("reviews", "add_signoff") not in given


@pytest.mark.parametrize("name", groups.RIGHTS)
def test_nobody_deletes_people_or_hands_out_rights(name: str) -> None:
    codenames = {codename for _, codename in groups.RIGHTS[name]}

    assert not {one for one in codenames if one.startswith("delete_") and one.endswith("user")}
    assert not {one for one in codenames if one.endswith(("_group", "_permission"))}
    assert not {one for one in codenames if one.startswith("delete_reviewer")}


@pytest.mark.parametrize(
    ("user_name", "codename", "may"),
    [
        ("editor", "conditions.change_condition", True),
        ("editor", "reviews.add_submission", True),
        ("editor", "reviews.add_withdrawal", False),
        ("editor", "auth.change_user", False),
        ("physician", "reviews.add_withdrawal", True),
        ("physician", "reviews.view_submission", True),
        ("physician", "conditions.change_condition", False),
        ("physician", "reviews.add_submission", False),
        ("physician", "reviews.change_reviewer", False),
        ("manager", "reviews.change_reviewer", True),
        ("manager", "reviews.add_withdrawal", True),
        ("manager", "reviews.change_remark", True),
        ("manager", "reviews.add_submission", False),
        ("manager", "conditions.change_condition", False),
        ("reader", "conditions.view_condition", False),
        ("reader", "reviews.view_submission", False),
    ],
)
def test_a_person_may_what_their_group_may(
    user_name: str, codename: str, may: bool, request: pytest.FixtureRequest
) -> None:
    person = request.getfixturevalue(user_name)

    assert person.has_perm(codename) is may


def test_a_manager_hands_out_groups_and_no_single_rights(
    manager: User, reader: User, client: Client
) -> None:
    client.force_login(manager, "django.contrib.auth.backends.ModelBackend")
    staff = Group.objects.get(name="Staff")
    sent = {
        "username": reader.username,
        "email": reader.email,
        "is_active": "on",
        "groups": staff.pk,
        "is_superuser": "on",
        "user_permissions": right("delete_user").pk,
    }

    answer = client.post(f"/admin/auth/user/{reader.pk}/change/", sent)

    reader = User.objects.get(pk=reader.pk)
    assert answer.status_code == 302
    assert list(reader.groups.all()) == [staff]
    assert not reader.is_superuser
    assert not reader.user_permissions.exists()
