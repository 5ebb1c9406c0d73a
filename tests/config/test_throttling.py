"""Guessing a password at log-in or at signing: five tries, then a lock for user and address."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from conditions.models import Condition
from reviews import clock, workflow
from reviews.mail import outbox
from reviews.models import Event, Reviewer, SignOff, Submission, WrongPassword
from tests import cast
from tests.traces import refused
from tests.undoing import Case

BACKEND = "django.contrib.auth.backends.ModelBackend"
DUE = clock.today() + timedelta(days=40)
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
    workflow.show_all(submission.edition, to=user)
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


def signing_client(user: User, address: str = HERE) -> Client:
    """Somebody logged in, for as long as they stay so."""
    client = Client(REMOTE_ADDR=address)
    client.force_login(user, backend=BACKEND)
    return client


def try_to_sign(client: Client, user: User, submission: Submission, password: str) -> HttpResponse:
    """Send the sign form in the session of a client."""
    form = {"digest": submission.edition.digest, "profile": cast.printed(user), "scope": "full"}
    workflow.show_all(submission.edition, to=user)
    address = f"/admin/reviews/submission/{submission.pk}/sign/"
    return client.post(address, {**form, "password": password, "next_review_due": str(DUE)})


def test_five_wrong_passwords_in_a_row_end_the_log_in_and_keep_the_form(
    submission: Submission, physician: User
) -> None:
    client = signing_client(physician)
    for left in ("4 tries are left", "3 tries are left", "2 tries are left", "One try is left"):
        answer = try_to_sign(client, physician, submission, "wrong")
        assert answer.status_code == 422
        assert f"{left} before your log-in ends." in answer.content.decode()

    fifth = try_to_sign(client, physician, submission, "wrong")

    assert fifth.status_code == 401
    html = fifth.content.decode()
    assert "The password was wrong five times. Log in again." in html
    assert str(DUE) in html
    assert "wrong</" not in html
    assert try_to_sign(client, physician, submission, cast.PASSWORD).status_code == 401
    assert not is_signed(submission)
    kinds = list(Event.objects.order_by("-seq").values_list("kind", flat=True)[:2])
    assert kinds == ["log_in_ended", "proof_failed"]
    # The way back is open, at this very address.
    assert let_in(log_in("physician", cast.PASSWORD))
    back = signing_client(physician)
    assert try_to_sign(back, physician, submission, cast.PASSWORD).status_code == 302
    assert is_signed(submission)


def test_a_right_password_resets_the_count(
    condition: Condition, editor: User, physician: User
) -> None:
    signed = cast.publish(condition, by=editor, signer=physician)
    client = signing_client(physician)
    address = f"/admin/reviews/subject/{signed.subject_id}/reaffirm/"
    read = {"read_elsewhere": "on"}
    form = {"digest": signed.digest, "profile": cast.printed(physician), **read}
    for _ in range(2):
        wrong = [client.post(address, {**form, "password": "wrong"}) for _ in range(4)]
        assert [answer.status_code for answer in wrong] == [422] * 4
        assert client.post(address, {**form, "password": cast.PASSWORD}).status_code == 302
    assert SignOff.objects.count() == 3


def test_two_hundred_and_forty_guesses_from_sixty_addresses_get_five(
    submission: Submission, physician: User
) -> None:
    client, statuses = signing_client(physician), []
    for number in range(60):
        client.defaults["REMOTE_ADDR"] = f"198.51.100.{number}"
        statuses += [
            try_to_sign(client, physician, submission, f"wrong {number}").status_code
            for _ in range(4)
        ]

    assert statuses == [422] * 4 + [401] * 236
    assert Event.objects.filter(kind="proof_failed").count() == 5


def twenty(physician: User, submission: Submission) -> None:
    """Twenty wrong passwords, each from elsewhere and in a log-in of its own."""
    for number in range(20):
        sign(physician, submission, "wrong", f"203.0.113.{number}")


def told_of_guesses(address: str) -> list[Any]:
    """The letters to somebody about wrong passwords."""
    found = [sent for sent in mail.outbox if sent.to == [address]]
    return [sent for sent in found if sent.subject.endswith("wrong passwords")]


def test_twenty_in_a_day_lock_signing_from_wherever_until_an_hour_has_passed(
    submission: Submission, physician: User, second_physician: User
) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        twenty(physician, submission)
        locked = sign(physician, submission, cast.PASSWORD, ELSEWHERE)
        for _ in range(3):
            sign(physician, submission, "wrong")
        outbox.run()

    assert locked.status_code == 422
    assert "signing is locked for you" in locked.content.decode()
    assert Event.objects.filter(kind="signing_locked").count() == 1
    assert Event.objects.filter(kind="proof_failed").count() == 20
    (told,) = told_of_guesses("physician@example.com")
    assert "Twenty wrong passwords" in told.body
    # Nothing else is locked: log-in, sending back, and a colleague's signature.
    assert let_in(log_in("physician", cast.PASSWORD))
    with time_machine.travel(start + timedelta(minutes=59), tick=False):
        assert sign(physician, submission, cast.PASSWORD).status_code == 422
    with time_machine.travel(start + timedelta(minutes=61), tick=False):
        assert sign(physician, submission, "wrong").status_code == 422
        assert sign(physician, submission, cast.PASSWORD).status_code == 422  # locked once more
    with time_machine.travel(start + timedelta(minutes=122), tick=False):
        assert sign(physician, submission, cast.PASSWORD).status_code == 302


def test_a_manager_clears_the_lock_and_nobody_their_own(
    submission: Submission, physician: User, manager: User, root: User
) -> None:
    twenty(physician, submission)
    with refused("Only a manager"):
        workflow.unlock(physician, by=physician)
    with refused("Nobody clears a lock of their own"):
        workflow.unlock(root, by=root)

    page = f"/admin/auth/user/{physician.pk}/"
    client = signing_client(manager)
    assert "Forget wrong passwords" in client.get(f"{page}change/").content.decode()
    client.post(f"{page}unlock/")

    assert Event.objects.latest("seq").kind == "signing_unlocked"
    assert sign(physician, submission, cast.PASSWORD).status_code == 302
    with refused("Nothing is locked"):
        workflow.unlock(physician, by=manager)


def test_flag_and_hold_stay_possible_while_signing_is_locked(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Newer.</p>")
    twenty(physician, cast.submit(condition, by=editor))

    for verb in (workflow.flag, workflow.hold):
        verb(condition.subject, by=physician, proof=cast.proof(), reason="A dose is wrong.")

    with refused("signing is locked"):
        workflow.release(condition.subject, by=physician, proof=cast.proof(), reason="No.")
    proof = cast.proof("wrong")
    with pytest.raises(workflow.NotAllowed, match="Nothing was changed"):
        workflow.hold(condition.subject, by=physician, proof=proof, reason="A dose is wrong.")


def test_a_right_guess_beside_twenty_others_signs_nothing(
    submission: Submission, physician: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many guess at once: all were let in to try before any was counted."""
    known = ModelBackend.authenticate

    def slow(self: ModelBackend, *args: Any, **kwargs: Any) -> Any:
        for _ in range(20):
            WrongPassword.objects.create(user=physician, at=timezone.now())
        return known(self, *args, **kwargs)

    monkeypatch.setattr(ModelBackend, "authenticate", slow)
    with pytest.raises(workflow.NotAllowed, match="signing is locked"):
        cast.sign(submission, by=physician)
    assert not is_signed(submission)


def test_another_user_name_in_the_form_proves_nothing(
    submission: Submission, physician: User, editor: User
) -> None:
    answer = sign(physician, submission, "wrong", username="editor")

    assert answer.status_code == 422
    assert WrongPassword.objects.get().user == physician


def test_an_inactive_physician_is_told_so(submission: Submission, physician: User) -> None:
    Reviewer.objects.update(is_active=False)
    with refused("Your reviewer’s profile is no longer active."):
        cast.sign(submission, by=physician)

    User.objects.filter(pk=physician.pk).update(is_active=False)
    with refused("This account is no longer active."):
        cast.sign(submission, by=physician)


def test_a_neighbor_at_the_same_address_still_signs(
    submission: Submission, physician: User, second_physician: User
) -> None:
    for _ in range(6):
        sign(physician, submission, "wrong")

    assert sign(second_physician, submission, cast.PASSWORD).status_code == 302
    assert SignOff.objects.get(submission=submission).signer == second_physician


def test_guesses_at_log_in_lock_no_signature_and_the_person_is_told_once(
    submission: Submission, physician: User
) -> None:
    guess("physician", 7)
    guess("physician", 7, ELSEWHERE)
    assert log_in("physician", cast.PASSWORD).status_code == 429

    assert sign(physician, submission, cast.PASSWORD).status_code == 302

    outbox.run()
    (told,) = told_of_guesses("physician@example.com")
    assert "again and again" in told.body
    assert Event.objects.filter(kind="log_in_locked").count() == 1


def test_somebody_elses_password_is_no_proof(
    submission: Submission, physician: User, second_physician: User
) -> None:
    second_physician.set_password("a password of another person")
    second_physician.save()

    response = sign(physician, submission, "a password of another person")

    assert response.status_code == 422
    assert not is_signed(submission)
