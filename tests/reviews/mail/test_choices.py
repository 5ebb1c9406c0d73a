"""The page on which each person chooses their letters, and the outbox for managers."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core import mail
from django.db import transaction
from django.test import Client

from reviews import clock
from reviews.mail import outbox
from reviews.models import Claim, Letter, MailChoice
from reviews.workflow.claims import make_claim

BACKEND = "django.contrib.auth.backends.ModelBackend"
ADDRESS = "/admin/mail/"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def test_a_person_chooses_for_each_group_and_finds_the_choice_again(
    editor: User, physician: User
) -> None:
    client = as_(editor)
    page = client.get(ADDRESS).content.decode()
    assert page.count("checked") == 4
    assert "editor@example.com" in page
    assert 'href="/admin/mail/"' in client.get("/admin/").content.decode()

    chosen = {"asked": "at_once", "became": "morning", "talk": "never", "due": "never"}
    kept = client.post(ADDRESS, chosen, follow=True)

    assert "Kept." in kept.content.decode()
    rows = MailChoice.objects.filter(person=editor).values_list("group", "timing")
    assert dict(rows) == chosen
    client.post(ADDRESS, {**chosen, "due": "morning"})
    assert MailChoice.objects.get(person=editor, group="due").timing == "morning"
    assert not MailChoice.objects.exclude(person=editor).exists()


def test_what_cannot_wait_is_not_offered_and_nothing_half_is_kept(editor: User) -> None:
    client = as_(editor)
    assert 'name="must"' not in client.get(ADDRESS).content.decode()

    full = dict.fromkeys(("asked", "became", "talk", "due", "must"), "never")
    client.post(ADDRESS, full)
    assert not MailChoice.objects.filter(group="must").exists()
    MailChoice.objects.all().delete()

    for wrong in ({**full, "due": "sometimes"}, {"asked": "never"}):
        assert client.post(ADDRESS, wrong).status_code == 422
    assert not MailChoice.objects.exists()


def test_managers_send_again_what_waits_failed_or_was_sent(
    manager: User, reader: User, physician: User, django_capture_on_commit_callbacks: Any
) -> None:
    with transaction.atomic():
        make_claim(Claim.Kind.PROFILE, reader, by=manager, at=clock.now(), waits=True)
    outbox.run()
    letter = Letter.objects.get(person=reader)
    assert len(mail.outbox) == 2
    for nobody in (reader, physician):
        page = as_(nobody).post(f"/admin/reviews/letter/{letter.pk}/again/")
        assert page.status_code == 403

    with django_capture_on_commit_callbacks(execute=True):
        as_(manager).post(f"/admin/reviews/letter/{letter.pk}/again/")

    assert [sent.to for sent in mail.outbox].count(["reader@example.com"]) == 2
    letter.refresh_from_db()
    assert letter.tries == 2


def test_a_letter_about_an_account_goes_again_to_where_it_was_sent(
    manager: User, reader: User, physician: User, django_capture_on_commit_callbacks: Any
) -> None:
    """A notice to a former address would be worth nothing at the one that replaced it."""
    with transaction.atomic():
        make_claim(Claim.Kind.PROFILE, reader, by=manager, at=clock.now(), waits=True)
    outbox.run()
    notice = Letter.objects.get(person=physician)
    User.objects.filter(pk=physician.pk).update(email="moved@example.com")

    with django_capture_on_commit_callbacks(execute=True):
        as_(manager).post(f"/admin/reviews/letter/{notice.pk}/again/")

    assert mail.outbox[-1].to == ["physician@example.com"]


def test_no_list_of_letters_leads_to_what_a_letter_says(manager: User, reader: User) -> None:
    with transaction.atomic():
        make_claim(Claim.Kind.PROFILE, reader, by=manager, at=clock.now(), waits=True)
    outbox.run()
    client = as_(manager)
    for address in ("", f"{Letter.objects.get().pk}/change/"):
        page = client.get(f"/admin/reviews/letter/{address}").content.decode()
        assert "/admin/not-me/" not in page
