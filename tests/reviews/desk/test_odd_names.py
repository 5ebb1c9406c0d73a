"""Names that pass for other names are flagged where people save them, confirm them and sign."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conditions.models import Condition
from reviews.models import Claim, Reviewer
from tests import cast
from tests.undoing import Case

BACKEND = "django.contrib.auth.backends.ModelBackend"
PAT = "P\u0430t Sample"  # with a Cyrillic letter
ODD = f"“{PAT.split()[0]}” mixes Latin and Cyrillic letters: \u0430 is Cyrillic."


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def client(manager: User) -> Client:
    return logged_in(manager)


def html_of(client: Client, address: str) -> str:
    return unescape(client.get(address).content.decode())


def account_form(user: User, **typed: Any) -> dict[str, Any]:
    names = {"first_name": "", "last_name": "", "username": user.username, "email": user.email}
    return {**names, "is_active": "on", **typed}


def profile_form(**typed: Any) -> dict[str, Any]:
    return {
        "printed_name": "Pat Sample",
        "credentials": "MD",
        "relationship": "A physician of the clinic.",
        "is_active": "on",
        "licenses-TOTAL_FORMS": "0",
        "licenses-INITIAL_FORMS": "0",
        **typed,
    }


def test_an_account_whose_names_pass_for_others_is_saved_and_flagged(
    client: Client, editor: User, case: Case
) -> None:
    address = f"/admin/auth/user/{editor.pk}/change/"
    for typed, said in (
        ({"username": "edit\u043er"}, "“edit\u043er” mixes Latin and Cyrillic letters"),
        ({"username": "\u0435\u0441", "first_name": "Edie"}, "Cyrillic letters that look Latin"),
        ({"last_name": "Editor \u0665"}, "has the digit \u0665, which is not the plain 5."),
        ({"last_name": "\uff25ditor"}, "has wide letters; the plain ones are Editor."),
        ({"email": "edie@p\u0430ypal.com"}, "“xn--pypal-4ve.com” reads “p\u0430ypal.com”"),
    ):
        with case(typed=typed):
            saved = client.post(address, account_form(editor, **typed), follow=True)

            assert "Saved. Look twice: " in unescape(saved.content.decode())
            assert said in unescape(saved.content.decode())
            assert said in html_of(client, address)


def test_an_ordinary_account_is_not_flagged(client: Client, editor: User, case: Case) -> None:
    for typed in (
        {"first_name": "Zoë", "last_name": "Łukasz"},
        {"username": "иван", "first_name": "Иван", "last_name": "Петров"},
        {"username": "edie.editor-2", "email": "edie@example.org"},
    ):
        with case(typed=typed):
            form = account_form(editor, **typed)
            saved = client.post(f"/admin/auth/user/{editor.pk}/change/", form, follow=True)

            assert "changed successfully" in saved.content.decode()
            assert "Look twice" not in saved.content.decode()
            address = f"/admin/auth/user/{editor.pk}/change/"
            assert "Look twice" not in html_of(client, address)


def test_a_new_account_is_flagged_too(client: Client) -> None:
    typed = {"username": "p\u0430t", "email": "pat@example.com"}

    saved = client.post("/admin/auth/user/add/", typed, follow=True)

    assert "“p\u0430t” mixes Latin and Cyrillic letters" in unescape(saved.content.decode())


def test_a_profile_whose_printed_name_passes_for_another_is_flagged(
    client: Client, physician: User
) -> None:
    address = f"/admin/reviews/reviewer/{physician.reviewer.pk}/change/"
    assert "Look twice" not in html_of(client, address)

    saved = client.post(address, profile_form(printed_name=PAT), follow=True)

    assert Reviewer.objects.get().printed_name == PAT
    assert f"Saved. Look twice: {ODD}" in unescape(saved.content.decode())
    assert ODD in html_of(client, address)


def test_a_license_with_other_digits_is_flagged(client: Client, physician: User) -> None:
    (license,) = physician.reviewer.licenses.all()
    typed = {
        "licenses-TOTAL_FORMS": "1",
        "licenses-INITIAL_FORMS": "1",
        "licenses-0-id": license.pk,
        "licenses-0-reviewer": physician.reviewer.pk,
        "licenses-0-state": "New York",
        "licenses-0-number": "12\u0665",
        "licenses-0-expires_on": "2099-12-31",
    }
    address = f"/admin/reviews/reviewer/{physician.reviewer.pk}/change/"

    saved = client.post(address, profile_form(**typed), follow=True)

    assert "has the digit \u0665" in unescape(saved.content.decode())


def test_whoever_confirms_a_claim_reads_what_is_odd_in_the_name(
    client: Client, reader: User
) -> None:
    second = cast.person("second-manager", "Managers")
    typed = profile_form(user=reader.pk, slug="new", printed_name=PAT)
    logged_in(second).post("/admin/reviews/reviewer/add/", typed)
    claim = Claim.objects.get(kind=Claim.Kind.PROFILE, person=reader)

    html = html_of(client, claim.get_absolute_url())

    assert "Look twice" in html
    assert ODD in html
    assert "Confirm: it is so" in html


def test_the_desk_flags_the_name_of_who_is_asked_and_of_who_signed(
    condition: Condition, editor: User, physician: User, second_physician: User
) -> None:
    asked = cast.submit(condition, by=editor, reviewer=second_physician.reviewer)
    address = asked.get_absolute_url()
    assert "Look twice" not in html_of(logged_in(editor), address)

    Reviewer.objects.filter(user=second_physician).update(printed_name=PAT)
    assert ODD in html_of(logged_in(editor), address)

    # Whoever signs reads how their own name will be printed.
    cast.sign(asked, by=second_physician)
    Reviewer.objects.filter(user=second_physician).update(printed_name="Alex Example")
    assert ODD in html_of(logged_in(physician), address)
