"""What people paste into the editor with Ctrl+V arrives whole, in its meaning, or is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from conditions.cleaning import sanitise
from conditions.cleaning.elements import BLOCKS, KNOWN
from tests import clipboards
from tests.conditions.cleaning.test_whole_words import BECOMES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.looks,
    pytest.mark.django_db(transaction=True),
]

ADD = "/admin/conditions/condition/add/"
KEEP_EDITORS = """
window.editors = {};
document.addEventListener("prose-editor:ready", ({ detail: { editor, textarea } }) => {
  window.editors[textarea.name] = { editor, textarea };
});
"""
# A real clipboard: what is written there is what Ctrl+V gives.
WRITE = """async ([html, text]) => {
  const forms = { "text/plain": new Blob([text], { type: "text/plain" }) };
  if (html) forms["text/html"] = new Blob([html], { type: "text/html" });
  await navigator.clipboard.write([new ClipboardItem(forms)]);
}"""
# What the browser's own clipboard would mend before anybody sees it, such as rows without a table.
EVENT = """([selector, html, text]) => {
  const clipboardData = new DataTransfer();
  if (html) clipboardData.setData("text/html", html);
  clipboardData.setData("text/plain", text);
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  document.querySelector(selector).dispatchEvent(event);
}"""
EDITOR = ".field-summary [role=textbox]"

# Cleaned texts with everything that may stand in one.
TEXTS = [
    "<p>Plain words, 5 &lt; 6 &amp; 7, 5\u00a0mg.</p><p>a<br>b</p>",
    "<p><strong>a<em>b</em></strong><em>c</em> H<sub>2</sub>O m<sup>2</sup></p>",
    '<p><a href="https://example.org/?a=1&amp;b=2">x<strong>y</strong></a> '
    '<a href="tel:988">988</a> <a href="sms:741741?body=HOME">text</a> <a href="/x/">here</a> '
    '<a href="#q-abc">there</a> <a href="mailto:a@example.org?subject=b">mail</a></p>',
    "<h3>A</h3><p>b</p><h4>C</h4><hr><p>d</p><h3>E</h3>",
    "<ul><li><p>a</p><p>b</p><ol><li><p>c</p><ul><li><p>d</p></li></ul></li></ol></li></ul>",
    '<ol start="4"><li><p>a</p></li><li><p></p><ul><li><p>b</p></li></ul></li></ol>',
    "<ul><li><p>a</p></li></ul><ul><li><p>b</p></li></ul><ol><li><p></p></li></ol><p>x</p>",
    "<blockquote><h3>a</h3><p>b</p><hr><ul><li><p>c</p><blockquote><p>d</p></blockquote></li></ul>"
    "</blockquote><p>x</p>",
    clipboards.WEEKS,
    '<table><thead><tr><th scope="col"><p>A</p></th><th scope="col"><p>B</p></th></tr></thead>'
    '<tbody><tr><th scope="row"><p>c</p></th><td><p></p></td></tr><tr><td><p>d</p></td><th>'
    "<p>e</p></th></tr></tbody></table><p>x</p>",
    '<table><thead><tr><th scope="col"><p>A</p></th><th scope="col"><p>B</p></th></tr></thead>'
    "</table>",
    "<p>x</p><table><tbody><tr><td><p>a</p><p>b<br>c</p></td><td><ul><li><p>d</p><ol><li><p>e</p>"
    '</li></ol></li></ul></td></tr></tbody></table><table><tbody><tr><td><p><a href="/x/">f</a></p>'
    "</td><td><p>g</p></td></tr></tbody></table>",
]


@pytest.fixture
def form(open_page: Callable[..., Page], editor: User, live_server: Any) -> Page:
    """A new draft's form; the editors are at hand as window.editors[name]."""
    page = open_page(editor)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    page.context.add_init_script(KEEP_EDITORS)
    page.goto(ADD)
    expect(page.locator(".field-summary .paste-notice")).to_be_attached()
    return page


def _set(page: Page, markup: str) -> None:
    page.evaluate(
        """(markup) => {
          const { editor } = window.editors.summary;
          editor.commands.setContent(markup, { emitUpdate: true });
          editor.commands.focus("end");
        }""",
        markup,
    )


def _value(page: Page) -> str:
    """What a save would send, cleaned."""
    value: str = page.evaluate("window.editors.summary.textarea.value")
    return sanitise.clean(value)


def _paste(page: Page, html: str, text: str, *, by_event: bool = False) -> str:
    """Paste into the summary; returns what the person is told."""
    notice = page.locator(".field-summary .paste-notice")
    notice.evaluate("one => one.replaceChildren('…nothing yet…')")
    if by_event:
        page.evaluate(EVENT, [EDITOR, html, text])
    else:
        page.evaluate(WRITE, [html, text])
        page.keyboard.press("Control+v")
    expect(notice).not_to_contain_text("…nothing yet…")
    expect(notice).not_to_contain_text("Reading what you pasted")
    return notice.inner_text()


def test_opening_a_clean_text_and_saving_it_changes_nothing(form: Page) -> None:
    for text in TEXTS:
        assert sanitise.clean(text) == text
        _set(form, text)
        assert _value(form) == text


def test_each_clipboard_arrives_whole_or_is_refused_in_words(form: Page) -> None:
    for name, clipboard in clipboards.CLIPBOARDS.items():
        _set(form, "")

        told = _paste(form, clipboard.html, clipboard.text, by_event=True)

        assert _value(form) == clipboard.becomes, name
        assert clipboard.refused in told, name
        assert ("Not pasted." in told) == bool(clipboard.refused), name
        assert [words for words in clipboard.left_out if words not in told] == [], name
        assert clipboard.left_out or clipboard.refused or not told, (name, told)


def test_ctrl_v_brings_the_systems_clipboard_through_the_same_door(form: Page) -> None:
    real = {
        name: clipboard
        for name, clipboard in clipboards.CLIPBOARDS.items()
        # The browser leaves these out, or mends them, when it writes to the clipboard itself.
        if "mso-" not in clipboard.html and "without their table" not in name
    }
    assert len(real) > 12
    for name, clipboard in real.items():
        _set(form, "")

        told = _paste(form, clipboard.html, clipboard.text)

        assert _value(form) == clipboard.becomes, name
        assert clipboard.refused in told, name


def test_a_paste_lands_whole_in_a_line_beside_a_list_and_in_cells(form: Page) -> None:
    _set(form, "<p>Take</p>")
    _paste(form, "<span> 5 mg </span>", " 5 mg ")
    form.keyboard.type("daily.")
    assert _value(form) == "<p>Take 5 mg daily.</p>"

    _set(form, "<ul><li><p>one</p></li></ul>")
    _paste(form, clipboards.WEEKS, clipboards.WEEKS_TEXT)
    assert _value(form) == f"<ul><li><p>one</p></li></ul>{clipboards.WEEKS}"

    _set(form, clipboards.WEEKS)
    form.evaluate("window.editors.summary.editor.commands.setTextSelection(4)")
    _paste(form, clipboards.WEEKS.replace("Week", "Month"), "")
    assert _value(form) == clipboards.WEEKS.replace("Week", "Month")


def test_when_the_site_does_not_answer_nothing_is_pasted_and_that_is_said(form: Page) -> None:
    form.route("**/paste/", lambda route: route.abort())
    _set(form, "<p>before</p>")

    told = _paste(form, "<p>words</p>", "words")

    assert "Not pasted: the site did not answer" in told
    assert _value(form) == "<p>before</p>"


def test_what_is_dropped_into_the_text_is_cleaned_as_a_paste_is(form: Page) -> None:
    _set(form, "<p>before</p>")
    form.evaluate(
        """([selector, html]) => {
          const box = document.querySelector(selector);
          const place = box.querySelector("p").getBoundingClientRect();
          const dataTransfer = new DataTransfer();
          dataTransfer.setData("text/html", html);
          box.dispatchEvent(new DragEvent("drop", {
            dataTransfer, bubbles: true, cancelable: true,
            clientX: place.left + 2, clientY: place.top + 5,
          }));
        }""",
        [EDITOR, "Take <del>10 mg</del> 5 mg"],
    )

    expect(form.locator(".field-summary .paste-notice")).to_contain_text("Words are struck out")
    assert _value(form) == "<p>before</p>"


def test_a_browser_parts_words_at_the_same_elements_as_cleaning_does(form: Page) -> None:
    parting = form.evaluate(
        """(names) => {
          const frame = document.createElement("iframe");
          document.body.append(frame);
          const page = frame.contentDocument;
          return names.filter((name) => {
            const one = page.createElement(name);
            one.setAttribute("open", "");
            page.body.append(one);
            const { display } = page.defaultView.getComputedStyle(one);
            return /^(block|list-item|table|flow-root)/.test(display);
          });
        }""",
        sorted(KNOWN),
    )

    assert set(parting) == BLOCKS


def test_cleaning_reads_the_words_that_a_browser_shows(browser: Browser) -> None:
    """In what is neither a mark of a list or comment, nor told, nor mended on purpose."""
    on_purpose = (
        *("<details>", "<button>", "<q>", "mso-list", "mso-comment-reference", "&shy;"),
        *("<html><body><tr>", "<span>Week 1</span><span>12.5 mg</span>"),
    )
    pairs = [(markup, becomes) for markup, becomes in BECOMES.items() if "<" in markup]
    pairs += [(one.html, one.becomes) for one in clipboards.CLIPBOARDS.values() if one.becomes]
    page = browser.new_page()
    compared = 0
    for markup, becomes in pairs:
        if markup and not any(piece in markup for piece in on_purpose):
            page.set_content(markup)
            seen: str = page.evaluate("document.body.innerText")
            assert seen.split() == sanitise.words(becomes), markup
            compared += 1
    page.close()
    assert compared > 40
