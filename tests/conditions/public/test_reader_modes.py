"""What is left of a page where a program keeps only what it takes for the article."""

from __future__ import annotations

import re

from django.contrib.auth.models import User
from django.test import Client
from readability import Document

from conditions import demo, exchange
from tests import cast

# One page with much text, one with little.
SLUGS = ("borderline-personality-disorder", "emotional-dysregulation")


def test_a_reader_mode_keeps_the_crisis_numbers(
    editor: User, physician: User, client: Client
) -> None:
    for slug in SLUGS:
        condition, _ = exchange.load(demo.sample(slug), by=editor)
        cast.publish(condition, by=editor, signer=physician)
        page = client.get(f"/conditions/{slug}/").content.decode()

        kept = re.sub(r"<[^>]+>", " ", Document(page).summary())

        assert "call 911" in kept, slug
        assert re.search(r"call or text 988", kept), slug
        assert "Frequently" in kept or "What to do next" in kept, slug
