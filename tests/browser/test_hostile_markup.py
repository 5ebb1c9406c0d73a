"""Hostile markup through every rich field: nothing runs, is fetched, or appears beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from playwright.sync_api import Page, expect

from conditions.cleaning import sanitise
from conditions.cleaning.fields import RichField
from conditions.models import Condition, KeyPoint
from tests import cast

pytestmark = [
    pytest.mark.browser,
    pytest.mark.looks,
    pytest.mark.django_db(transaction=True),
]

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
    "<table onclick=alert(1)><tr><td style='background:url(https://evil.example/x)'>a<td "
    "onmouseover=alert(1)><img src=x onerror=alert(1)>b</table>",
    "<table><tr><td>a<td><a href='https://example.org/\"onmouseover=alert(1)//'>b</a></table>",
    '<table aria-label="x" role="alert"><tr><th scope="col" id="review">c</th><th>d</th></table>',
    "<ol start='1\" onfocus=alert(1) autofocus x=\"'><li>a</ol>",
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


def test_nothing_hostile_runs_when_it_is_pasted(
    open_page: Callable[..., Page], editor: User
) -> None:
    page = open_page(editor)
    dialogs: list[str] = []
    asked: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/admin/conditions/condition/add/")
    notice = page.locator(".field-summary .paste-notice")
    expect(notice).to_be_attached()

    for markup in HOSTILE:
        notice.evaluate("one => one.replaceChildren('before')")
        page.evaluate(
            """(html) => {
              const clipboardData = new DataTransfer();
              clipboardData.setData("text/html", `${html}<p>pasted</p>`);
              const event = new ClipboardEvent("paste", { clipboardData, bubbles: true });
              document.querySelector(".field-summary [role=textbox]").dispatchEvent(event);
            }""",
            markup,
        )
        expect(notice).not_to_contain_text("before")
        expect(notice).not_to_contain_text("Reading what you pasted")

    text = page.locator(".field-summary [role=textbox]")
    expect(text).to_contain_text("pasted")
    assert (
        text.locator(":is(script, svg, math, iframe, form, style, base, img[onerror])").count() == 0
    )
    assert text.locator("[onclick], [onmouseover], [onfocus], [autofocus]").count() == 0
    assert dialogs == []
    assert [url for url in asked if "evil" in url] == []


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
    assert page.locator("main [onmouseover], main [role=alert], main [autofocus]").count() == 0
    assert page.locator("#review").count() == 1
    assert "SECRET_KEY" in page.locator("main").inner_text()
