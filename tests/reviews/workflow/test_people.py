"""People: who makes accounts and physicians' profiles, and what nobody can make of themselves."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone

from conditions.models import Condition
from reviews.models import Event, License, Reviewer, SignOff
from tests import cast
from tests.undoing import Case

BACKEND = "django.contrib.auth.backends.ModelBackend"
NEW_PASSWORD = "another horse, another staple"
USERS, PROFILES = "/admin/auth/user/", "/admin/reviews/reviewer/"
Form = dict[str, Any]


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def client(manager: User) -> Client:
    return logged_in(manager)


def user_form(user: User, **typed: Any) -> Form:
    """What the browser sends for an account."""
    joined = timezone.localtime(user.date_joined)
    return {
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "is_active": "on",
        "is_staff": "on",
        "groups": [group.pk for group in user.groups.all()],
        "date_joined_0": f"{joined:%Y-%m-%d}",
        "date_joined_1": f"{joined:%H:%M:%S}",
        **typed,
    }


def profile_form(reviewer: Reviewer | None = None, **typed: Any) -> Form:
    """What the browser sends for a profile with its licenses."""
    form: Form = {
        "slug": reviewer.slug if reviewer else "sam-typed",
        "printed_name": reviewer.printed_name if reviewer else "Sam Typed",
        "credentials": reviewer.credentials if reviewer else "DO",
        "specialty": "",
        "relationship": "A physician of the clinic.",
        "is_active": "on",
    }
    licenses = list(reviewer.licenses.order_by("pk")) if reviewer else []
    form |= {"licenses-TOTAL_FORMS": len(licenses), "licenses-INITIAL_FORMS": len(licenses)}
    for index, license in enumerate(licenses):
        form |= {
            f"licenses-{index}-id": license.pk,
            f"licenses-{index}-reviewer": license.reviewer_id,
            f"licenses-{index}-state": license.state,
            f"licenses-{index}-number": license.number,
            f"licenses-{index}-expires_on": str(license.expires_on),
        }
    return form | typed


def one_more_license(form: Form, **values: str) -> Form:
    index = form["licenses-TOTAL_FORMS"]
    row = {"state": "Ohio", "number": "77", "expires_on": "2099-01-31", **values}
    return {
        **form,
        "licenses-TOTAL_FORMS": index + 1,
        **{f"licenses-{index}-{name}": value for name, value in row.items()},
    }


def everybody() -> list[dict[str, Any]]:
    """Every account, profile and license, word for word."""
    return [
        *User.objects.order_by("pk").values(),
        *User.groups.through.objects.order_by("pk").values(),
        *User.user_permissions.through.objects.order_by("pk").values(),
        *Reviewer.objects.order_by("pk").values(),
        *License.objects.order_by("pk").values(),
        {"events": Event.objects.count()},
    ]


# --- Accounts


def test_a_manager_makes_an_account_and_puts_it_into_a_group(client: Client) -> None:
    staff = Group.objects.get(name="Staff")
    form = {"username": "newcomer", "email": "newcomer@example.com", "groups": [staff.pk]}

    added = client.post(f"{USERS}add/", form)

    assert added.status_code == 302
    user = User.objects.get(username="newcomer")
    assert list(user.groups.all()) == [staff]
    assert user.is_staff
    assert not user.is_superuser
    assert not user.has_usable_password()
    assert user.has_perm("conditions.change_condition")


@pytest.mark.parametrize("whose", ["manager", "editor", "physician"])
def test_a_manager_gives_nobody_the_rights_of_a_superuser(
    request: pytest.FixtureRequest, client: Client, whose: str
) -> None:
    user = request.getfixturevalue(whose)
    rights = [permission.pk for permission in Permission.objects.all()]
    form = user_form(user, is_superuser="on", user_permissions=rights, first_name="Changed")

    response = client.post(f"{USERS}{user.pk}/change/", form)

    assert response.status_code == 302
    user = User.objects.get(pk=user.pk)
    assert user.first_name == "Changed"
    assert not user.is_superuser
    assert not user.user_permissions.exists()


def test_a_manager_finds_no_field_for_these_rights(client: Client, editor: User) -> None:
    html = client.get(f"{USERS}{editor.pk}/change/").content.decode()

    assert 'name="groups"' in html
    assert 'name="is_superuser"' not in html
    assert 'name="user_permissions"' not in html


def test_a_superuser_makes_superusers(root: User, editor: User) -> None:
    form = user_form(editor, is_superuser="on")

    logged_in(root).post(f"{USERS}{editor.pk}/change/", form)

    assert User.objects.get(pk=editor.pk).is_superuser


def test_a_manager_changes_nothing_of_a_superuser(client: Client, root: User) -> None:
    typed = user_form(root, username="mine", is_active="", email="mine@example.com")
    passwords = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    before = everybody()

    response = client.post(f"{USERS}{root.pk}/change/", {**typed, **passwords})

    assert response.status_code == 403
    assert everybody() == before
    assert User.objects.get(pk=root.pk).check_password(cast.PASSWORD)


@pytest.mark.parametrize("who", ["reader", "editor", "physician"])
def test_others_neither_see_nor_change_accounts(
    request: pytest.FixtureRequest, manager: User, who: str
) -> None:
    user = request.getfixturevalue(who)
    client = logged_in(user)
    passwords = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    before = everybody()

    for whose in (user, manager):
        path = f"{USERS}{whose.pk}/change/"
        typed = {**user_form(whose, is_superuser="on"), **passwords}
        assert client.get(path).status_code == 403
        assert client.post(path, typed).status_code == 403
    assert client.get(USERS).status_code == 403
    assert everybody() == before


def test_nobody_edits_groups(client: Client, root: User) -> None:
    staff = Group.objects.get(name="Staff")
    rights = set(staff.permissions.all())

    for who in (client, logged_in(root)):
        path = f"/admin/auth/group/{staff.pk}/change/"
        assert who.get(path).status_code == 404
        assert who.post(path, {"name": "Staff", "permissions": []}).status_code in (404, 405)

    assert set(staff.permissions.all()) == rights


@pytest.mark.parametrize("who", ["manager", "root"])
def test_nobody_deletes_people(
    request: pytest.FixtureRequest, reader: User, physician: User, who: str
) -> None:
    client = logged_in(request.getfixturevalue(who))
    targets = [f"{USERS}{reader.pk}", f"{USERS}{physician.pk}"]
    targets.append(f"{PROFILES}{physician.reviewer.pk}")
    before = everybody()

    for target in targets:
        assert client.get(f"{target}/delete/").status_code == 403
        assert client.post(f"{target}/delete/", {"post": "yes"}).status_code == 403
    for base, pk in ((USERS, reader.pk), (PROFILES, physician.reviewer.pk)):
        form = {"action": "delete_selected", "_selected_action": pk, "post": "yes"}
        assert client.post(base, form).status_code < 500

    assert everybody() == before


def test_a_license_is_not_deleted(client: Client, physician: User) -> None:
    reviewer = physician.reviewer
    form = profile_form(reviewer, **{"licenses-0-DELETE": "on"})

    client.post(f"{PROFILES}{reviewer.pk}/change/", form)

    assert reviewer.licenses.count() == 1


def test_a_bad_field_of_an_account_changes_nothing(
    client: Client, editor: User, case: Case
) -> None:
    for name, value in (
        *[("username", value) for value in ("", "a\u202eb", "a\x00b", "x" * 151, "a b", "<b>")],
        *[("email", value) for value in ("x", "a@b.example\nBcc: c@d.example", "a\x00@b.example")],
        *[("first_name", value) for value in ("a\x00b", "x" * 151)],
        *[("groups", value) for value in ("999", "x")],
    ):
        with case(name=name, value=value):
            before = everybody()

            response = client.post(
                f"{USERS}{editor.pk}/change/", user_form(editor, **{name: value})
            )

            assert response.status_code == 200
            assert "errorlist" in response.content.decode()
            assert everybody() == before


def test_a_number_that_no_database_holds_is_refused(client: Client, editor: User) -> None:
    before = everybody()

    response = client.post(f"{USERS}{editor.pk}/change/", user_form(editor, groups="9" * 30))

    # PostgreSQL can be asked about it, and the form says that there is no such group.
    assert response.status_code == 400 or "errorlist" in response.content.decode()
    assert everybody() == before


# --- Physicians' profiles


def said_last() -> dict[str, Any]:
    """The newest event on a profile."""
    event = Event.objects.filter(kind="reviewer_saved").latest("seq")
    reviewer: dict[str, Any] = event.said["reviewer"]
    return {**reviewer, "by": event.said["by"]}


def test_a_manager_adds_a_profile_and_it_is_an_event(
    client: Client, manager: User, reader: User
) -> None:
    form = one_more_license(profile_form(user=reader.pk))

    response = client.post(f"{PROFILES}add/", form)

    assert response.status_code == 302
    reviewer = Reviewer.objects.get(user=reader)
    assert said_last() == {
        "id": reviewer.pk,
        "user": reader.pk,
        "slug": "sam-typed",
        "printed_name": "Sam Typed",
        "credentials": "DO",
        "specialty": "",
        "relationship": "A physician of the clinic.",
        "biography": "",
        "is_active": True,
        "first_day": None,
        "last_day": None,
        "licenses": ["Ohio 77, valid to January 31, 2099"],
        "license_facts": [license.facts() for license in reviewer.licenses.all()],
        "by": manager.pk,
    }
    assert [event.kind for event in Event.objects.order_by("seq")] == [
        "reviewer_saved",
        "claim_made",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("printed_name", "Pat Q. Sample"),
        ("credentials", "MD, PhD"),
        ("relationship", "The medical director."),
    ],
)
def test_every_change_of_a_printed_word_is_an_event(
    client: Client, manager: User, physician: User, name: str, value: str
) -> None:
    reviewer = physician.reviewer

    client.post(f"{PROFILES}{reviewer.pk}/change/", profile_form(reviewer, **{name: value}))

    assert said_last()[name] == value
    assert said_last()["by"] == manager.pk
    assert Event.objects.count() == 1


def test_a_new_license_and_a_new_expiry_are_an_event(client: Client, physician: User) -> None:
    reviewer = physician.reviewer
    form = one_more_license(profile_form(reviewer, **{"licenses-0-expires_on": "2030-05-31"}))

    client.post(f"{PROFILES}{reviewer.pk}/change/", form)

    assert said_last()["licenses"] == [
        "New York 1, valid to May 31, 2030",
        "Ohio 77, valid to January 31, 2099",
    ]


def test_deactivating_a_profile_is_an_event_and_ends_signing(
    client: Client, physician: User, condition: Condition, editor: User
) -> None:
    submission = cast.submit(condition, by=editor)
    reviewer = physician.reviewer

    client.post(f"{PROFILES}{reviewer.pk}/change/", profile_form(reviewer, is_active=""))

    assert said_last()["is_active"] is False
    response = logged_in(physician).post(
        f"/admin/reviews/submission/{submission.pk}/sign/",
        {
            "digest": submission.edition.digest,
            "profile": cast.printed(physician),
            "scope": "full",
            "password": cast.PASSWORD,
        },
    )
    assert response.status_code == 422
    assert not SignOff.objects.exists()


def test_a_new_name_changes_no_signature_of_before(
    client: Client, condition: Condition, editor: User, physician: User
) -> None:
    signed = cast.publish(condition, by=editor, signer=physician)
    page = Client().get("/conditions/sample-condition/").content
    reviewer = physician.reviewer

    client.post(
        f"{PROFILES}{reviewer.pk}/change/",
        profile_form(reviewer, printed_name="Another Name", credentials="DO", relationship="X."),
    )

    assert Reviewer.objects.get().printed_name == "Another Name"
    assert SignOff.objects.get(pk=signed.pk).printed_name == "Pat Sample"
    assert Client().get("/conditions/sample-condition/").content == page


def test_a_profile_stays_with_its_person(client: Client, physician: User, reader: User) -> None:
    reviewer = physician.reviewer
    form = profile_form(reviewer, user=reader.pk, user_id=reader.pk, id="999")

    assert client.post(f"{PROFILES}{reviewer.pk}/change/", form).status_code == 302

    assert Reviewer.objects.get().user == physician


@pytest.mark.parametrize("who", ["manager", "root"])
def test_nobody_makes_or_changes_a_profile_of_their_own(
    request: pytest.FixtureRequest, who: str
) -> None:
    user = request.getfixturevalue(who)
    client, before = logged_in(user), everybody()

    made = client.post(f"{PROFILES}add/", profile_form(user=user.pk))

    assert made.status_code == 200
    assert "errorlist" in made.content.decode()
    assert everybody() == before
    reviewer = cast.make_reviewer(user, "Own Name", "MD")
    before = everybody()
    form = one_more_license(profile_form(reviewer, printed_name="Another Name"))
    assert client.post(f"{PROFILES}{reviewer.pk}/change/", form).status_code == 403
    assert everybody() == before


def test_a_person_has_one_profile(client: Client, physician: User) -> None:
    before = everybody()

    response = client.post(f"{PROFILES}add/", profile_form(user=physician.pk))

    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert everybody() == before


@pytest.mark.parametrize("who", ["reader", "editor", "physician"])
def test_physicians_and_staff_do_not_edit_profiles(
    request: pytest.FixtureRequest, physician: User, reader: User, who: str
) -> None:
    client = logged_in(request.getfixturevalue(who))
    reviewer = physician.reviewer
    path = f"{PROFILES}{reviewer.pk}/change/"
    form = one_more_license(profile_form(reviewer, printed_name="My Own Name"))
    before = everybody()

    answers = [client.get(path), client.post(path, form), client.get(PROFILES)]
    answers.append(client.post(f"{PROFILES}add/", profile_form(user=reader.pk)))

    assert [answer.status_code for answer in answers] == [403] * 4
    assert everybody() == before


BIDI = "Pat \u202eelpmaS"
FORGED = "Last reviewed by Pat Sample, MD"


def test_a_profile_is_not_added_under_a_bad_address_or_another_ones(
    client: Client, physician: User, reader: User, case: Case
) -> None:
    for slug in ("", "a b", "a\u202eb", "x" * 81, "a\x00b", "physician"):
        with case(slug=slug):
            before = everybody()

            response = client.post(f"{PROFILES}add/", profile_form(user=reader.pk, slug=slug))

            assert response.status_code == 200
            assert "errorlist" in response.content.decode()
            assert everybody() == before


def test_the_address_of_a_profile_stays(client: Client, physician: User) -> None:
    reviewer = physician.reviewer

    client.post(f"{PROFILES}{reviewer.pk}/change/", profile_form(reviewer, slug="elsewhere"))

    reviewer.refresh_from_db()
    assert reviewer.slug == "physician"


def test_a_bad_word_in_a_profile_is_refused_and_given_back(
    client: Client, physician: User, case: Case
) -> None:
    for name, value in (
        *[("printed_name", value) for value in (BIDI, "Pat\u2066 Sample", "Pat\x00", "a\x07b")],
        *[("printed_name", value) for value in ("", " ", "x" * 121, "a\nb", FORGED)],
        *[("credentials", value) for value in (BIDI, "", "x" * 61, "M\u2066D")],
        *[("specialty", value) for value in (BIDI, "x" * 121)],
        *[("relationship", value) for value in (BIDI, "", "x" * 201, FORGED)],
        *[("biography", value) for value in (BIDI, "x" * 1001, FORGED)],
    ):
        with case(name=name, value=value):
            reviewer = physician.reviewer
            before = everybody()

            response = client.post(
                f"{PROFILES}{reviewer.pk}/change/", profile_form(reviewer, **{name: value})
            )

            html = response.content.decode()
            assert response.status_code == 200
            assert "errorlist" in html
            assert not value.strip() or value in html
            assert everybody() == before


def test_a_bad_license_is_refused_with_the_whole_profile(
    client: Client, physician: User, case: Case
) -> None:
    for name, value in (
        *[("state", value) for value in ("", "x" * 41, "a\x00b", "New\u202eYork", "New\ue000York")],
        *[("number", value) for value in ("", "x" * 41, "a\x00b", "1\u202e2", "1\x072")],
        *[("expires_on", value) for value in ("", "x", "2026-02-30", "0000-00-00", "99999-01-01")],
        *[("expires_on", value) for value in ("9" * 30, "a\x00b")],
    ):
        with case(name=name, value=value):
            reviewer = physician.reviewer
            form = one_more_license(
                profile_form(reviewer, printed_name="Typed Name"), **{name: value}
            )
            before = everybody()

            response = client.post(f"{PROFILES}{reviewer.pk}/change/", form)

            html = response.content.decode()
            assert response.status_code == 200
            assert "errorlist" in html
            assert 'value="Typed Name"' in html
            assert everybody() == before


@pytest.mark.parametrize("day", ["0001-01-01", "0999-12-31", "9999-12-31"])
def test_a_license_of_a_far_day_is_no_fault_anywhere(
    client: Client, physician: User, day: str
) -> None:
    reviewer = physician.reviewer
    form = profile_form(reviewer, **{"licenses-0-expires_on": day})

    response = client.post(f"{PROFILES}{reviewer.pk}/change/", form)

    assert response.status_code in (200, 302)
    assert client.get(f"{PROFILES}{reviewer.pk}/change/").status_code == 200


def test_the_same_license_twice_is_refused(client: Client, physician: User) -> None:
    reviewer = physician.reviewer
    form = one_more_license(profile_form(reviewer), state="New York", number="1")
    before = everybody()

    response = client.post(f"{PROFILES}{reviewer.pk}/change/", form)

    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert everybody() == before


def test_a_printed_name_is_kept_in_its_normal_form(client: Client, physician: User) -> None:
    reviewer = physician.reviewer
    form = profile_form(reviewer, printed_name="  Jose\u0301\u00a0Sample ")

    client.post(f"{PROFILES}{reviewer.pk}/change/", form)

    assert Reviewer.objects.get().printed_name == "Jos\u00e9 Sample"
    assert said_last()["printed_name"] == "Jos\u00e9 Sample"


def test_bytes_that_are_no_text_are_refused(client: Client, physician: User, case: Case) -> None:
    for raw in (b"\xed\xa0\x80", b"%ED%A0%80", b"%FF", b"\x00"):
        for name in ("printed_name", "credentials", "biography", "licenses-0-state"):
            with case(raw=raw, name=name):
                reviewer = physician.reviewer
                form = profile_form(reviewer)
                form.pop(name, None)
                body = urlencode(form).encode() + b"&" + name.encode() + b"=" + raw
                before = everybody()

                response = client.post(
                    f"{PROFILES}{reviewer.pk}/change/", body, "application/x-www-form-urlencoded"
                )

                assert response.status_code == 200
                assert "errorlist" in response.content.decode()
                assert everybody() == before
