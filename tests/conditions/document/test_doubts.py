"""What editor and physician are told to look at twice."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from conditions.models import Condition
from tests import cast

BACKEND = "django.contrib.auth.backends.ModelBackend"
DOUBTFUL = "It was reviewed by Jane Roe, MD."


def told(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_physician_and_editor_see_what_may_claim_a_review_and_what_passes_for_other_words(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.edit(
        condition,
        by=editor,
        summary=f"<p>{DOUBTFUL} Take \uff15 mg of ket\u0430mine.</p>",
    )
    doubts = condition.doubts(condition.document())
    submission = cast.submit(condition, by=editor)
    client = Client()
    client.force_login(physician, backend=BACKEND)

    page = told(client, submission.get_absolute_url())
    assert len(doubts) == 3
    assert "Look twice" in page
    assert "3 things to check in these words" in page

    page = told(client, submission.get_absolute_url().replace("/change/", "/checks/"))
    assert "may read as if it said who reviewed this page" in page
    assert "mixes" in page


def test_an_ordinary_page_raises_no_doubt(condition: Condition, editor: User, case: Any) -> None:
    for words in (
        "<p>Take β-blockers with 5 μg of folate.</p>",
        "<p>Your plan is reviewed by your therapist every month.</p>",
        "<p>うつ病は治療できます。</p>",
    ):
        with case(words=words):
            cast.edit(condition, by=editor, summary=words)
            assert condition.doubts(condition.document()) == []
