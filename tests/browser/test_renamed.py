"""A page that is renamed and renamed back, for a browser that remembers the first redirect."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from conditions.models import Condition
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIRST, SECOND = "/conditions/sample-condition/", "/conditions/renamed-condition/"
KINDS = ("{}", "{}record/", "{}record/1/")


def addresses(page: str) -> list[str]:
    """A page, its record, a past edition, and its signed words as data."""
    return [*(kind.format(page) for kind in KINDS), f"{page.rstrip('/')}.json"]


def test_a_browser_that_saw_the_first_redirect_ends_on_the_page(
    open_page: Callable[..., Page],
    server: str,
    condition: Condition,
    editor: User,
    physician: User,
) -> None:
    def sign(slug: str, headline: str) -> None:
        cast.edit(condition, by=editor, slug=slug, headline=headline)
        cast.publish(condition, by=editor, signer=physician)

    def ends(page: Page, address: str) -> tuple[int, str]:
        answer = page.goto(address)
        assert answer is not None
        return answer.status, page.url.removeprefix(server)

    patient = open_page()
    sign("sample-condition", "First headline.")
    sign("sample-condition", "Second headline.")  # so that there is a past edition
    for address in addresses(FIRST):
        assert ends(patient, address) == (200, address)

    sign("renamed-condition", "Third headline.")
    for old, new in zip(addresses(FIRST), addresses(SECOND), strict=True):
        assert ends(patient, old) == (200, new)

    # Back at its first address: the browser knows a permanent redirect away from it.
    sign("sample-condition", "Fourth headline.")
    for old, new in zip(addresses(SECOND), addresses(FIRST), strict=True):
        for address in (new, old, new):
            assert ends(patient, address) == (200, new)
    patient.goto(SECOND)
    assert "Fourth headline." in patient.content()
    patient.go_back()
    assert patient.url.startswith(f"{server}/conditions/")

    # And renamed once more.
    sign("renamed-condition", "Fifth headline.")
    assert ends(patient, FIRST) == (200, SECOND)
    assert "Fifth headline." in patient.content()
