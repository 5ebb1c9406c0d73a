"""Hostile markup through every rich field: nothing runs, is fetched, or appears beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from playwright.sync_api import Page

from conditions.cleaning import sanitise
from conditions.cleaning.fields import RichField
from conditions.models import Condition, KeyPoint
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOSTILE = [
    "<script>alert(1)</script>",
    "<p onclick=alert(1) onmouseover=alert(1)>over</p>",
    '<img src="https://evil.example/x.png" onerror="alert(1)">',
    '<svg><style><img src=x onerror="alert(1)"></style></svg>',
    "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    '<iframe src="https://evil.example/"></iframe>',
    '<p style="background:url(https://evil.example/x)" class="crisis" id="review">styled</p>',
    '<a href="javascript:alert(1)">go</a>',
    '<a href="&#106;avascript:alert(1)">go</a>',
    '<a href="//evil.example">go</a>',
    '<form action="https://evil.example"><input name=q><button>Send</button></form>',
    "<textarea></textarea><title></title><template><script>alert(1)</script></template>",
    '<link rel=stylesheet href="https://evil.example/x.css"><base href="https://evil.example/">',
    "<p>a >\u0338 b &gt;\u0338 c <b onclick=alert(1)>d</b></p>",
    "</main></body></html><script>alert(1)</script>",
    "{% load x %}{{ settings.SECRET_KEY }}",
]


def _accepted() -> list[str]:
    """What the sanitiser lets through of it, cleaned."""
    kept = []
    for markup in HOSTILE:
        try:
            kept.append(sanitise.clean(f"{markup}<p>kept</p>"))
        except ValidationError:
            continue
    return kept


def test_nothing_hostile_survives_on_the_public_page(
    open_page: Callable[..., Page], editor: User, physician: User
) -> None:
    kept = _accepted()
    assert len(kept) >= 10
    rich = [field.name for field in Condition._meta.fields if isinstance(field, RichField)]
    condition = cast.make_condition(by=editor)
    for text in kept:
        KeyPoint.objects.create(condition=condition, text=text)
    cast.edit(condition, by=editor, **dict.fromkeys(rich, "".join(kept)))
    cast.publish(condition, by=editor, signer=physician)
    page = open_page()
    dialogs: list[str] = []
    asked: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())
    page.on("request", lambda request: asked.append(request.url))

    page.goto("/conditions/sample-condition/")
    page.wait_for_timeout(300)

    assert dialogs == []
    assert [url for url in asked if "evil" in url] == []
    assert page.locator("main :is(script, img, svg, math, iframe, form, style, base)").count() == 0
    assert page.locator("main [onclick], main [style], main [onerror]").count() == 0
    assert page.locator("#review").count() == 1
    assert "SECRET_KEY" in page.locator("main").inner_text()
