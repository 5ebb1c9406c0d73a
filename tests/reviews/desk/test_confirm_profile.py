"""A reviewer vouches for the words of their own profile; patients read only what was confirmed."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews import workflow
from reviews.models import Event, ProfileConfirmation, Reviewer
from tests import cast
from tests.traces import refused

MINE = "/admin/reviews/reviewer/mine/"


def rewrite(user: User, **words: str) -> Reviewer:
    """A manager changes a profile."""
    reviewer = Reviewer.objects.get(user=user)
    for name, value in words.items():
        setattr(reviewer, name, value)
    reviewer.save()
    return reviewer


def test_a_confirmation_holds_the_words_and_is_an_event(physician: User) -> None:
    reviewer = rewrite(physician, biography="Has worked here since 2020.", specialty="Psychiatry")

    confirmation = cast.confirm(physician)

    assert confirmation.words == reviewer.words
    assert confirmation.biography == "Has worked here since 2020."
    said = Event.objects.get(kind="profile_confirmed").said
    assert (said["by"], said["row"]["biography"]) == (physician.pk, "Has worked here since 2020.")


def test_later_changes_leave_what_was_confirmed(physician: User) -> None:
    cast.confirm(physician)

    rewrite(physician, biography="Not yet read by its physician.")

    assert ProfileConfirmation.objects.get().biography == ""


@pytest.mark.parametrize("who", ["second_physician", "manager", "root", "editor"])
def test_nobody_confirms_the_profile_of_somebody_else(
    physician: User, who: str, request: pytest.FixtureRequest
) -> None:
    other = request.getfixturevalue(who)
    reviewer = physician.reviewer

    with refused("Only the physician"):
        workflow.confirm_profile(reviewer, by=other, digest=workflow.profile_digest(reviewer))


def test_words_that_changed_since_they_were_read_are_not_confirmed(physician: User) -> None:
    read = workflow.profile_digest(physician.reviewer)
    rewrite(physician, biography="Other words.")

    with refused("changed since you opened it"):
        workflow.confirm_profile(physician.reviewer, by=physician, digest=read)


def test_the_same_words_are_confirmed_once(physician: User) -> None:
    cast.confirm(physician)

    with refused("already"):
        cast.confirm(physician)


def test_an_inactive_profile_is_not_confirmed(physician: User) -> None:
    Reviewer.objects.update(is_active=False)

    with refused("no longer active"):
        cast.confirm(physician)


# --- In the admin


def test_a_physician_reads_and_confirms_their_profile(physician: User) -> None:
    reviewer = rewrite(physician, biography="Line one.\n\nLine two <b>.")
    client = Client()
    client.force_login(physician, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(MINE)
    sent = client.post(MINE, {"digest": workflow.profile_digest(reviewer)}, follow=True)

    assert "Line two &lt;b&gt;." in page.content.decode()
    assert "You have not confirmed these words" in page.content.decode()
    assert "Confirmed. Patients can read these words." in sent.content.decode()
    assert "You confirmed these words on" in sent.content.decode()
    assert ProfileConfirmation.objects.count() == 1
    assert "Your public profile" in client.get("/admin/").content.decode()


@pytest.mark.parametrize("digest", ["", "0" * 64, "x" * 65])
def test_a_form_of_other_words_confirms_nothing(physician: User, digest: str) -> None:
    client = Client()
    client.force_login(physician, backend="django.contrib.auth.backends.ModelBackend")

    response = client.post(MINE, {"digest": digest})

    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert not ProfileConfirmation.objects.exists()


def test_whoever_has_no_profile_is_not_offered_one(editor: User) -> None:
    client = Client()
    client.force_login(editor, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get(MINE).status_code == 403
    assert "Your public profile" not in client.get("/admin/").content.decode()
