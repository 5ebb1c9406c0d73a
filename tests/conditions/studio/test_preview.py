"""The words on the screen as patients would read them: nothing is saved, nothing is public."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from reversion.models import Version

from conditions.models import Condition
from tests import cast
from tests.conditions.studio.test_admin import ADD, BACKEND, NEW_ROWS, fields, traces, with_row


@pytest.fixture
def client(editor: User) -> Client:
    client = Client()
    client.force_login(editor, backend=BACKEND)
    return client


def test_the_words_on_the_screen_are_shown_and_not_saved(
    client: Client, condition: Condition, physician: User, editor: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    public = client.get(f"/conditions/{condition.slug}/").content
    base = f"/admin/conditions/condition/{condition.pk}/"
    page = client.get(f"{base}change/")
    assert f'formaction="{base}preview/"' in page.content.decode()
    form = fields(page) | {"headline": "Only typed.", "summary": "<p>New <b onclick=x()>b</b>.</p>"}
    for part, row in NEW_ROWS.items():
        form = with_row(form, part, **row)
    before = traces()

    response = client.post(f"{base}preview/", form)

    html = response.content.decode()
    assert response.status_code == 200
    assert traces() == before
    assert client.get(f"/conditions/{condition.slug}/").content == public
    for shown in ("Only typed.", "<p>New <strong>b</strong>.</p>", "New citation", "New question?"):
        assert shown in html
    assert "<strong>Not public.</strong> These are the words on your screen, not saved." in html
    assert "<title>Not signed: " in html
    assert "Reviewed by" not in html
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    policy = response["Content-Security-Policy"]
    assert "script-src 'none'" in policy
    assert "sandbox allow-same-origin" in policy


def test_what_is_refused_is_named_above_the_preview(client: Client) -> None:
    form = fields(client.get(ADD)) | {"headline": "A new page.", "lang": "no such"}
    form = with_row(form, "references", citation="One", pmid="x")
    before = traces()

    response = client.post("/admin/conditions/condition/preview/", form)

    html = response.content.decode()
    assert response.status_code == 200
    assert "A new page." in html
    assert "Left out, because they cannot be saved so:" in html
    assert "Name: This field" in html
    assert "References 1, PMID:" in html
    assert traces() == before


def test_any_version_and_any_edition_can_be_looked_at(
    client: Client, condition: Condition, editor: User, physician: User
) -> None:
    signed = cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, headline="What it says now.")
    first = Version.objects.get_for_object(condition).last()
    assert first is not None
    base = f"/admin/conditions/condition/{condition.pk}/preview/"

    shown = client.get(f"{base}?of=v{first.pk}").content.decode()
    edition = client.get(f"{base}?of=e1")

    assert "This is version 1, as it was saved." in shown
    assert "What it says now." not in shown
    assert "What it says now." in client.get(base).content.decode()
    assert edition["Location"] == f"/admin/reviews/submission/{signed.submission_id}/preview/"
    assert client.get(f"{base}?of=v0").status_code == 404
    client.force_login(physician, backend=BACKEND)
    assert client.get(base).status_code == 200
    assert client.post(base, {"headline": "x"}).status_code == 403
