"""Hostile names in the block of linked data, read by a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from conditions import page as pages
from reviews.reviewable import Standing
from tests.conditions.test_linked_data import HOSTILE, TODAY, sample, signature

pytestmark = [
    pytest.mark.browser,
    pytest.mark.looks,
    pytest.mark.django_db(transaction=True),
]


def test_a_browser_reads_the_names_and_runs_none_of_them(open_page: Callable[..., Page]) -> None:
    page = open_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())

    for name in HOSTILE:
        words = sample(name=name, also_known_as=[])
        html = pages.render(words, Standing(signature(), TODAY, in_force=True))
        # Without the site's policy, which would hide that a name had become a script.
        page.set_content(html)
        blocks = page.locator("script")

        # Beside it stands the one that runs before printing.
        assert blocks.count() == 2
        assert page.locator("head > script[type='application/ld+json']").count() == 1
        read = blocks.first.evaluate("block => JSON.stringify(JSON.parse(block.textContent))")
        (condition,) = [
            one for one in json.loads(read)["@graph"] if one["@type"] == "MedicalCondition"
        ]
        assert condition["name"] == name
        assert page.locator("#main").count() == 1
    assert dialogs == []
