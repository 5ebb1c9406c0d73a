"""Concerns, translations, successors and the archive on the desk, in the words of the job."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conditions.models import Condition
from reviews import clock, workflow
from reviews.desk import work
from reviews.models import Concern, Withdrawal
from tests import cast

pytestmark = pytest.mark.both_engines


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def lines(user: User, key: str) -> list[Any]:
    found = work.sections_for(User.objects.get(pk=user.pk), clock.now())
    return next((section.lines for section in found if section.key == key), [])


@pytest.fixture
def page(condition: Condition, editor: User, physician: User) -> Condition:
    cast.publish(condition, by=editor, signer=physician)
    return condition


def test_a_concern_is_logged_on_the_record_and_stands_in_the_work_of_whom_it_is_for(
    page: Condition, editor: User, physician: User, second_physician: User, manager: User
) -> None:
    record = f"/admin/reviews/subject/{page.subject_id}/"
    client = logged_in(editor)
    part = workflow.places_of(page.subject)[0]
    form = client.get(f"{record}change/").content.decode()
    assert f'<option value="{part.anchor}">{part.name}</option>' in form

    refused = client.post(f"{record}concern/", {"part": part.anchor, "text": ""})
    done = client.post(
        f"{record}concern/", {"part": part.anchor, "text": "A dose.", "to": physician.pk}
    )

    assert (refused.status_code, done.status_code) == (422, 302)
    concern = Concern.objects.get()
    (theirs,), (managers,) = lines(physician, "concerns"), lines(manager, "concerns")
    assert theirs.url == managers.url == f"{record}change/#concern-{concern.pk}"
    assert (theirs.what, theirs.why) == ("Sample condition", "A dose.")
    listed = client.get("/admin/reviews/subject/?standing=concern").content.decode()
    assert "Sample condition" in listed
    assert not lines(second_physician, "concerns")
    assert not lines(editor, "concerns")

    settled = {"concern": concern.pk, "how": "It was a misprint.", "answered_by": ""}
    logged_in(physician).post(f"{record}settle/", settled)

    assert not lines(physician, "concerns") + lines(manager, "concerns")
    assert "It was a misprint. Answered by" in client.get(f"{record}change/").content.decode()


def test_a_translation_whose_original_changed_stands_in_your_work_until_it_is_signed(
    page: Condition, editor: User, physician: User, manager: User
) -> None:
    translation = cast.make_condition(
        "traduccion", by=editor, lang="es", name="Muestra", translation_of=page.slug
    )
    cast.publish(translation, by=editor, signer=physician)
    assert not lines(physician, "translations")

    cast.edit(page, by=editor, summary="<p>What helps is new.</p>")
    cast.publish(page, by=editor, signer=physician)

    for user in (physician, editor):
        (line,) = lines(user, "translations")
        assert line.what == "Muestra"
        assert "original changed on" in line.facts[0]
    listed = logged_in(editor).get("/admin/reviews/subject/?standing=unchecked").content.decode()
    assert "Muestra" in listed
    assert "Sample condition" not in listed
    record = f"/admin/reviews/subject/{translation.subject_id}/change/"
    assert "not been checked since" in " ".join(
        logged_in(editor).get(record).content.decode().split()
    )
    cast.edit(translation, by=editor, summary="<p>Lo que ayuda es nuevo.</p>")
    cast.publish(translation, by=editor, signer=physician)
    assert not lines(physician, "translations")


def test_the_page_that_a_subject_is_now_part_of_is_chosen_from_public_ones(
    page: Condition, editor: User, physician: User, manager: User
) -> None:
    whole = cast.make_condition("whole", by=editor, name="The whole subject")
    cast.publish(whole, by=editor, signer=physician)
    cast.make_condition("never-public", by=editor)
    record = f"/admin/reviews/subject/{page.subject_id}/"
    client = logged_in(manager)
    form = client.get(f"{record}change/").content.decode()
    assert f'<option value="{whole.subject_id}">The whole subject</option>' in form
    assert "Never public" not in form
    assert f'<option value="{page.subject_id}">' not in form
    wanted = {"reason": "Merged.", "notice": "no_longer_offered"}

    for wrong in ("whole", str(page.subject_id)):
        sent = client.post(f"{record}withdraw/", {**wanted, "successor": wrong})
        assert sent.status_code == 422
    assert not Withdrawal.objects.exists()

    client.post(f"{record}withdraw/", {**wanted, "successor": whole.subject_id})

    assert Withdrawal.objects.get().successor == whole.subject
    assert "Part of <a" in client.get(f"{record}change/").content.decode()


def test_an_archived_draft_is_in_no_list_but_that_of_the_archive(
    page: Condition, editor: User, physician: User, manager: User
) -> None:
    workflow.withdraw(page.subject, by=manager, reason="Old.", notice="out_of_date")
    draft = cast.make_condition("put-away", by=editor, name="Put away")
    client = logged_in(editor)
    assert lines(manager, "laid")
    assert [one.what for one in lines(editor, "ahead")] == ["Put away", "Sample condition"]

    for one in (draft, page):
        keep = f"/admin/conditions/condition/{one.pk}/keep/"
        assert client.post(f"{keep}archive/").status_code == 302

    assert not lines(manager, "laid")
    assert not lines(editor, "ahead")
    lists = ("/admin/conditions/condition/", "/admin/reviews/subject/")
    for address in lists:
        shown = client.get(address).content.decode()
        assert "Put away" not in shown
        assert "Sample condition" not in shown
        assert "Sample condition" in client.get(f"{address}?standing=archived").content.decode()
    assert (
        "in the archive"
        in client.get(f"/admin/conditions/condition/{draft.pk}/change/").content.decode()
    )

    client.post(f"/admin/conditions/condition/{draft.pk}/keep/unarchive/")

    assert "Put away" in client.get(lists[0]).content.decode()


def test_a_version_is_read_and_erased_by_a_manager(
    condition: Condition, editor: User, manager: User
) -> None:
    number = condition.versions()[0].number
    keep = f"/admin/conditions/condition/{condition.pk}/keep/"
    client = logged_in(manager)
    assert "what the draft says now" in client.get(f"{keep}?version={number}").content.decode()
    refused = client.post(f"{keep}erase-version/", {"number": number, "reason": "A name."})
    assert refused.status_code == 422
    assert "A name." in refused.content.decode()
    assert condition.versions()
