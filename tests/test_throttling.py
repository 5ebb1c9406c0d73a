"""Guessing a password at log-in or at signing: five tries, then a lock for user and address."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from conditions.models import Condition
from reviews.models import Event, SignOff, Submission
from tests import cast
from tests.undoing import Case

BACKEND = "django.contrib.auth.backends.ModelBackend"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.1"


def log_in(username: str, password: str, address: str = HERE) -> HttpResponse:
    client = Client(REMOTE_ADDR=address)
    form = {"username": username, "password": password, "next": "/admin/"}
    return client.post("/admin/login/", form)


def let_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and "sessionid" in response.cookies


def guess(username: str, times: int, address: str = HERE) -> list[HttpResponse]:
    return [log_in(username, f"wrong {number}", address) for number in range(times)]


@pytest.fixture
def submission(condition: Condition, editor: User) -> Submission:
    return cast.submit(condition, by=editor)


def sign(
    user: User, submission: Submission, password: str, address: str = HERE, **extra: Any
) -> HttpResponse:
    """Send the sign form once, in a session of its own."""
    client = Client(REMOTE_ADDR=address)
    client.force_login(user, backend=BACKEND)
    form = {"digest": submission.edition.digest, "profile": cast.printed(user), "scope": "full"}
    form |= {"password": password, **extra}
    return client.post(f"/admin/reviews/submission/{submission.pk}/sign/", form)


def is_signed(submission: Submission) -> bool:
    return SignOff.objects.filter(submission=submission).exists()


# --- Log-in


def test_the_right_password_lets_staff_in(editor: User) -> None:
    assert let_in(log_in("editor", cast.PASSWORD))


def test_four_wrong_passwords_are_forgiven(editor: User) -> None:
    answers = guess("editor", 4)

    assert {answer.status_code for answer in answers} == {200}
    assert let_in(log_in("editor", cast.PASSWORD))


def test_after_a_success_the_count_begins_anew(editor: User) -> None:
    guess("editor", 4)
    log_in("editor", cast.PASSWORD)

    guess("editor", 4)

    assert let_in(log_in("editor", cast.PASSWORD))


def test_the_sixth_try_is_locked_even_with_the_right_password(editor: User) -> None:
    answers = guess("editor", 5)
    sixth = log_in("editor", cast.PASSWORD)

    assert not [answer for answer in answers if let_in(answer)]
    assert sixth.status_code == 429
    assert "Locked for now" in sixth.content.decode()
    assert "sessionid" not in sixth.cookies


def test_a_neighbor_at_the_same_address_still_gets_in(editor: User, physician: User) -> None:
    guess("editor", 6)

    assert log_in("editor", cast.PASSWORD).status_code == 429
    assert let_in(log_in("physician", cast.PASSWORD))


def test_the_same_person_at_another_address_still_gets_in(editor: User) -> None:
    guess("editor", 6)

    assert log_in("editor", cast.PASSWORD).status_code == 429
    assert let_in(log_in("editor", cast.PASSWORD, ELSEWHERE))


def test_a_success_elsewhere_does_not_open_the_lock_here(editor: User) -> None:
    guess("editor", 6)
    log_in("editor", cast.PASSWORD, ELSEWHERE)

    assert log_in("editor", cast.PASSWORD).status_code == 429


@pytest.mark.parametrize(("minutes", "open_"), [(29, False), (31, True)])
def test_the_lock_opens_after_half_an_hour(editor: User, minutes: int, open_: bool) -> None:
    guess("editor", 5)

    with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False):
        assert let_in(log_in("editor", cast.PASSWORD)) is open_


@pytest.mark.parametrize("spelled", ["ｅditor", "ｅｄｉｔｏｒ", " editor", "editor "])
def test_another_spelling_of_the_name_is_counted_with_it(editor: User, spelled: str) -> None:
    guess(spelled, 5)

    assert log_in("editor", cast.PASSWORD).status_code == 429
    assert log_in(spelled, cast.PASSWORD).status_code == 429


def plain(response: HttpResponse, username: str) -> str:
    """The page without what differs by chance, and without the name that was typed."""
    html = response.content.decode().replace(username, "NAME")
    html = re.sub(r'(csrfmiddlewaretoken" value=)"[^"]*"', r"\1", html)
    return re.sub(r'nonce="[^"]*"', "", html)


def outsiders() -> None:
    """People who exist and may not log in."""
    cast.person("gone-one", "Staff", is_active=False)
    User.objects.create_user("no-staff", password=cast.PASSWORD)


@pytest.mark.parametrize("other", ["nobody-here", "gone-one", "no-staff"])
def test_an_unknown_user_gets_the_same_answers(editor: User, other: str) -> None:
    outsiders()

    known, unknown = guess("editor", 7), guess(other, 7)

    assert [a.status_code for a in known] == [a.status_code for a in unknown]
    assert known[0].status_code == 200
    assert known[-1].status_code == 429
    assert [plain(a, "editor") for a in known] == [plain(a, other) for a in unknown]
    assert [sorted(a.cookies) for a in known] == [sorted(a.cookies) for a in unknown]


@pytest.mark.parametrize("other", ["gone-one", "no-staff"])
def test_the_right_password_of_an_outsider_looks_like_a_wrong_one(editor: User, other: str) -> None:
    outsiders()

    wrong, right = log_in("editor", "wrong"), log_in(other, cast.PASSWORD)

    assert not let_in(right)
    assert right.status_code == wrong.status_code
    assert plain(right, other) == plain(wrong, "editor")


def test_a_hostile_user_name_is_no_fault(db: None, case: Case) -> None:
    for name in ("\x00", "a\x00b", "x" * 5000, "\ud800", "%00", "<b>", ""):
        with case(name=name):
            body = b"username=" + name.encode("utf-8", "surrogatepass") + b"&password=wrong"

            response = Client().post("/admin/login/", body, "application/x-www-form-urlencoded")

            assert response.status_code == 200
            assert "sessionid" not in response.cookies
            assert "<b>" not in response.content.decode()


# --- Signing


def test_a_wrong_password_signs_nothing_and_is_kept(
    submission: Submission, physician: User
) -> None:
    response = sign(physician, submission, "wrong")

    assert response.status_code == 422
    assert "The password is wrong. Nothing was signed." in response.content.decode()
    assert not is_signed(submission)
    assert Event.objects.latest("seq").kind == "proof_failed"
    assert Event.objects.latest("seq").said["by"] == physician.pk


def test_four_wrong_passwords_at_signing_are_forgiven(
    submission: Submission, physician: User
) -> None:
    for _ in range(4):
        sign(physician, submission, "wrong")

    assert sign(physician, submission, cast.PASSWORD).status_code == 302
    assert is_signed(submission)


def test_the_sixth_signature_is_locked_even_with_the_right_password(
    submission: Submission, physician: User
) -> None:
    for _ in range(5):
        sign(physician, submission, "wrong")

    sixth = sign(physician, submission, cast.PASSWORD)

    assert sixth.status_code == 429
    assert "Nothing was signed" in sixth.content.decode()
    assert not is_signed(submission)
    assert Event.objects.filter(kind="proof_failed").count() == 6


def test_another_user_name_in_the_form_does_not_spread_the_count(
    submission: Submission, physician: User
) -> None:
    for number in range(5):
        sign(physician, submission, "wrong", username=f"somebody-{number}")

    assert sign(physician, submission, cast.PASSWORD, username="x").status_code == 429
    assert not is_signed(submission)


def test_a_neighbor_at_the_same_address_still_signs(
    submission: Submission, physician: User, second_physician: User
) -> None:
    for _ in range(6):
        sign(physician, submission, "wrong")

    assert sign(second_physician, submission, cast.PASSWORD).status_code == 302
    assert SignOff.objects.get(submission=submission).signer == second_physician


def test_the_same_physician_still_signs_at_another_address(
    submission: Submission, physician: User
) -> None:
    for _ in range(6):
        sign(physician, submission, "wrong")

    assert sign(physician, submission, cast.PASSWORD, ELSEWHERE).status_code == 302
    assert is_signed(submission)


def test_guesses_at_log_in_and_at_signing_are_counted_together(
    submission: Submission, physician: User
) -> None:
    guess("physician", 3)
    for _ in range(2):
        sign(physician, submission, "wrong")

    assert sign(physician, submission, cast.PASSWORD).status_code == 429
    assert log_in("physician", cast.PASSWORD).status_code == 429
    assert not is_signed(submission)


def test_reaffirming_is_counted_and_locked_too(
    condition: Condition, editor: User, physician: User
) -> None:
    signed = cast.publish(condition, by=editor, signer=physician)
    client = Client(REMOTE_ADDR=HERE)
    client.force_login(physician, backend=BACKEND)
    address = f"/admin/reviews/subject/{signed.subject_id}/reaffirm/"

    form = {"digest": signed.digest, "profile": cast.printed(physician)}
    wrong = [client.post(address, {**form, "password": "wrong"}).status_code for _ in range(5)]
    sixth = client.post(address, {**form, "password": cast.PASSWORD})

    assert wrong[:4] == [422] * 4
    assert sixth.status_code == 429
    assert SignOff.objects.count() == 1


def test_somebody_elses_password_is_no_proof(
    submission: Submission, physician: User, second_physician: User
) -> None:
    second_physician.set_password("a password of another person")
    second_physician.save()

    response = sign(physician, submission, "a password of another person")

    assert response.status_code == 422
    assert not is_signed(submission)
