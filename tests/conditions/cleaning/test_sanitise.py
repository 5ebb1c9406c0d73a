"""Rich text is cleaned once, on the way in: few tags, honest links, nothing hidden or lost."""

from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from conditions.cleaning import allowed, elements, sanitise, typed
from conditions.cleaning.links import link_target_fault
from tests.undoing import Case

KEPT = [
    "",
    "<p>Depression that <strong>did not</strong> <em>lift</em>.</p>",
    "<h3>When</h3><p>5-HT<sub>2A</sub>, m<sup>2</sup></p><h4>Then</h4><hr><p>a<br>b</p>",
    "<ul><li><p>one</p></li><li><p>two</p></li></ul><ol><li><p>x</p></li></ol>",
    "<blockquote><p>“quoted”</p></blockquote>",
    "<p>5 &lt; 6 &gt; 4 &amp; more; 3 ≠ 4</p>",
    '<p><a href="https://example.org/?a=1&amp;section=2">source</a></p>',
    '<p><a href="tel:988">988</a> <a href="sms:741741?body=HOME">text</a></p>',
    "<p>می\u200cخواهم 👩\u200d⚕\ufe0f Trầm cảm</p>",
]

CHANGED = {
    "bold and italic": ("<p><b>a</b><I>b</I></p>", "<p><strong>a</strong><em>b</em></p>"),
    "headings": (
        "<h1>a</h1><h2>b</h2><h6>c</h6><h2>d</h2>",
        "<h3>a</h3><h4>b</h4><p><strong>c</strong></p><h4>d</h4>",
    ),
    "plain text": (
        "one < 5\r\nstill\r\n\r\ntwo & R&D",
        "<p>one &lt; 5<br>still</p><p>two &amp; R&amp;D</p>",
    ),
    "text with inline tags": ("a <em>b</em>\n \nc", "<p>a <em>b</em></p><p>c</p>"),
    "blocks of other kinds": ("<div>one</div><div>two</div>", "<p>one</p><p>two</p>"),
    "attributes": ('<p style="x" class="y" id="z" onclick="1">a</p>', "<p>a</p>"),
    "attributes of links": (
        '<p><a href="/x" rel="me" title="t" target="_blank">a</a></p>',
        '<p><a href="/x">a</a></p>',
    ),
    "anchors": ('<p><a name="x">a</a> <a>b</a></p>', "<p>a b</p>"),
    "lists": (
        "<ol class=x><li>a<li><em>b</em></ol>",
        "<ol><li><p>a</p></li><li><p><em>b</em></p></li></ol>",
    ),
    "an entity that was typed": ("<p>&amp;nbsp;</p>", "<p>&amp;nbsp;</p>"),
    "tabs and CRLF": ("<p>a\tb\r\nc\rd</p>", "<p>a b c d</p>"),
    "a carriage return as entity": ("<p>a&#13;b</p>", "<p>a b</p>"),
    "entities": ("<p>&eacute;&#233;&ndash;</p>", "<p>éé–</p>"),
    "NFC": ("<p>e\u0301</p>", "<p>é</p>"),
    "comments": ("<p>a<!-- <b>x</b> -->b</p>", "<p>ab</p>"),
    "empty paragraph": ("<p></p>", ""),
    "empty paragraph of the editor": ("<p><br></p>", ""),
    "empty list": (" <ul><li>&nbsp;</li></ul>\n<hr>", ""),
}

# Each holds the word EVIL where no reader may see it.
SWALLOWED = [f"<p>good</p><{tag}>EVIL</{tag}>" for tag in sorted(elements.DROPPED)] + [
    "<p>good</p><script>EVIL",
    "<p>good</p><plaintext>EVIL",
    "<p>good</p><SCRIPT SRC=//x>EVIL</SCRIPT >",
    "<p>good</p><svg><style>EVIL</style></svg>",
    "<p>good<!-- EVIL --></p>",
    "<p>good</p><?php EVIL ?><!DOCTYPE EVIL>",
]

# From the write-ups on mutation XSS in DOMPurify, bleach, html5lib and ammonia.
MUTATIONS = [
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<math><mtext><table><mglyph><style><!--</style>"
    '<img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math></p><style><!--</style><img src/onerror=alert(1)>--></math>",
    "<svg><title><style></title><img src onerror=alert(1)></style></svg>",
    "<template><p></template><script>alert(1)</script>",
    "<textarea><p></textarea><img src onerror=alert(1)></textarea>",
    "<![CDATA[<img src onerror=alert(1)>]]>",
    "<svg><![CDATA[</svg><img src onerror=alert(1)>]]></svg>",
    "<p><select><style></select><img src onerror=alert(1)></style></p>",
    "<scr<!-- -->ipt>alert(1)</script>",
    "<<b>script>alert(1)<</b>/script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;img src onerror=alert(1)&amp;gt;",
    '<a href="/x"><a href="/y">z</a></a>',
    "<p><table><a href='/x'>a<tr><td><a href='/y'>b</td></tr></table></p>",
    "<em><p>a</em>b</p><strong><li>x</strong>y",
    '<xmp><p title="</xmp><img src onerror=alert(1)>"></xmp>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<svg/onload=alert(1)>",
    "<annotation-xml encoding='text/html'><style><img src onerror=alert(1)></style>",
]

ALLOWED_TARGETS = [
    "https://example.org",
    "http://example.org:8080/a?b=c#d",
    "HTTPS://WWW.EXAMPLE.ORG/",
    "https://a-b.example.co.uk/%C3%A9?q='x'(y)",
    "mailto:help@example.org",
    "mailto:a.b+c@example.org?subject=Hello%20there",
    "tel:988",
    "tel:+1-800-555-0100",
    "sms:741741",
    "sms:+15550100?body=HOME",
    "/",
    "/conditions/panic-disorder/#a1b2c3d4",
    "#a1b2c3d4",
]

REFUSED_TARGETS = [
    "",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "javascript:123",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "javascript://example.org/%0aalert(1)",
    "vbscript:1",
    "data:text/html,x",
    "blob:https://example.org/x",
    "file:///etc/passwd",
    "ftp://example.org",
    "view-source:https://example.org",
    "//example.org",
    "///example.org",
    "/\\example.org",
    "\\\\example.org",
    "/\t/example.org",
    "/%5Cexample.org",
    "https:/example.org",
    "https:example.org",
    "https:///example.org",
    "https://",
    "https://a@example.org",
    "https://example.org@evil.org",
    "https://user:secret@example.org",
    "https://example.org\\@evil.org",
    "https://xn--80ak6aa92e.com",
    "https://www.XN--80ak6aa92e.com",
    "https://\u0430pple.com",
    "https://example\u3002org",
    "https://ex%61mple.org",
    "https://example.org:",
    "https://example.org:0",
    "https://example.org:99999",
    "https://example.org:80:80",
    "https://localhost/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.0x1/",
    "https://[::1]/",
    "https://-a.org",
    "https://a..org",
    "https://example.org.",
    "https://a_b.org",
    "https://example.org/a b",
    "https://example.org/\u202e",
    "https://example.org/%0d%0aSet-Cookie:x",
    "https://example.org/%00",
    "https://example.org/%zz",
    'https://example.org/"onclick=',
    "https://example.org/<b>",
    "mailto:",
    "mailto:example.org",
    "mailto:a@example.org,b@example.org",
    "mailto:a@example.org?bcc=b@example.org",
    "mailto:a@example.org?subject=x&bcc=b@example.org",
    "mailto:a@xn--80ak6aa92e.com",
    "tel:abc",
    "tel:",
    "sms:1?other=2",
    "page.html",
    "www.example.org",
    "?q=1",
    "#",
    "#a b",
    "#:~:text=x",
]

ENTITY_TARGETS = [
    "javascript&colon;alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A;&#x61;vascript:alert(1)",
    "java&Tab;script:alert(1)",
    "java&#10;script:alert(1)",
    "&#1;javascript:alert(1)",
    "&sol;&sol;example.org",
    "https://a&commat;example.org",
    "/&bsol;example.org",
]


class Seen(HTMLParser):
    """What a second, independent parser finds in the result."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.others: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def assert_harmless(markup: str) -> None:
    seen = Seen(markup)
    assert not seen.others
    for tag, attributes in seen.tags:
        assert tag in allowed.TAGS
        assert {name for name, _ in attributes} <= allowed.ATTRIBUTES.get(tag, frozenset())
        if tag == "a":
            assert [link_target_fault(href or "") for _, href in attributes] == [""]
        if tag == "ol":
            assert all((start or "").isdecimal() for _, start in attributes)
        assert tag != "th" or {scope for _, scope in attributes} <= {"col", "row"}


def cleaned_or_none(markup: str) -> str | None:
    try:
        return sanitise.clean(markup)
    except ValidationError:
        return None


def test_the_editor_and_the_sanitiser_share_one_allow_list(monkeypatch: pytest.MonkeyPatch) -> None:
    from django_prose_editor import config

    monkeypatch.setattr(config, "settings", SimpleNamespace())
    editor = config.allowlist_from_extensions(allowed.EXTENSIONS)
    assert editor["tags"] == allowed.TAGS
    assert "target" not in editor["attributes"]["a"]
    assert editor["url_schemes"] == set(allowed.PROTOCOLS)
    for tag in ("a", "ol"):
        assert allowed.ATTRIBUTES[tag] <= editor["attributes"][tag]


def test_the_allow_list_is_this_and_no_more() -> None:
    expected = "p br hr strong em sub sup ul ol li blockquote h3 h4 a table thead tbody tr th td"
    assert frozenset(expected.split()) == allowed.TAGS
    attributes = {tag: set(names) for tag, names in allowed.ATTRIBUTES.items()}
    assert attributes == {"a": {"href"}, "ol": {"start"}, "th": {"scope"}}


def test_clean_markup_is_kept_byte_for_byte(case: Case) -> None:
    for markup in KEPT:
        with case(markup=markup):
            assert sanitise.clean(markup) == markup


def test_markup_is_brought_to_its_one_form(case: Case) -> None:
    for markup, expected in CHANGED.values():
        with case(markup=markup, expected=expected):
            assert sanitise.clean(markup) == expected
            assert sanitise.clean(expected) == expected


def test_what_stands_inside_a_script_or_its_like_leaves_no_words(case: Case) -> None:
    for markup in SWALLOWED:
        with case(markup=markup):
            assert sanitise.clean(markup) == "<p>good</p>"


def test_mutating_markup_is_refused_or_comes_out_harmless_and_at_rest(case: Case) -> None:
    for markup in MUTATIONS:
        with case(markup=markup):
            for hostile in (markup, f"<p>a{markup}b</p>"):
                cleaned = cleaned_or_none(hostile)
                if cleaned is not None:
                    assert_harmless(cleaned)
                    assert sanitise.clean(cleaned) == cleaned


def test_some_of_the_mutating_markup_gets_as_far_as_the_sanitisers() -> None:
    assert sum(cleaned_or_none(markup) is not None for markup in MUTATIONS) > 5


def test_a_slash_mark_cannot_swallow_a_sign_of_markup(case: Case) -> None:
    for mark in ("\u0338", "&#x338;", "&#824;", "&#x0338;"):
        for frame in (
            "<p>{}onclick=alert(1) x</p>",
            '<p><a href="/x">{} onclick=alert(1)</a></p>',
            "<p>a &gt;{} b</p>",
            "<p>a &lt;{} b</p>",
            "<p>a ={} b</p>",
        ):
            with case(mark=mark, frame=frame), pytest.raises(ValidationError, match=r"U\+0338"):
                sanitise.clean(frame.format(mark))


def test_hidden_characters_are_refused_raw_and_as_entities(case: Case) -> None:
    for hidden, name in (
        ("\x00", "U+0000"),
        ("\x08", "U+0008"),
        ("&#8;", "U+0008"),
        ("&#0;", "U+FFFD"),
        ("&#xD800;", "U+FFFD"),
        ("\ud800", "U+D800"),
        ("&#x202e;", "U+202E"),
        ("&lrm;", "U+200E"),
        ("\u202e", "U+202E"),
        ("&#xE0041;", "U+E0041"),
        ("&#x2028;", "U+2028"),
    ):
        with case(hidden=hidden, name=name):
            with pytest.raises(ValidationError) as refusal:
                sanitise.clean(f"<p>a{hidden}b</p>")
            assert name in refusal.value.message


def test_an_honest_target_is_kept(case: Case) -> None:
    for href in ALLOWED_TARGETS:
        with case(href=href):
            assert link_target_fault(href) == ""
            assert (
                sanitise.clean(f'<p><a href="{href}">x</a></p>') == f'<p><a href="{href}">x</a></p>'
            )


def test_any_other_target_is_refused_with_a_sentence(case: Case) -> None:
    for href in REFUSED_TARGETS:
        with case(href=href):
            assert link_target_fault(href).endswith(".")
            quoted = href.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
            with pytest.raises(ValidationError):
                sanitise.clean(f'<p><a href="{quoted}">x</a></p>')


def test_a_target_is_read_as_a_browser_reads_it(case: Case) -> None:
    for href in ENTITY_TARGETS:
        with case(href=href), pytest.raises(ValidationError, match="The link to “"):
            sanitise.clean(f'<p><a href="{href}">x</a></p>')


def test_the_error_names_the_target_and_what_is_allowed() -> None:
    with pytest.raises(ValidationError) as refusal:
        sanitise.clean('<p><a href="javascript:123">x</a></p>')
    assert "“javascript:123”" in refusal.value.message
    assert "https://…" in refusal.value.message


def test_no_link_is_dropped_or_without_words(case: Case) -> None:
    for markup in (
        '<p>a</p><svg><a href="/x">EVIL</a></svg>',
        '<p>a</p><textarea><a href="/x">x</a></textarea>',
        '<p>a <a href="/x"></a></p>',
        '<p>a <a href="/x"> <strong></strong><br></a></p>',
        '<p><a href="/x"></a></p>',
    ):
        with case(markup=markup), pytest.raises(ValidationError, match="The link to “/x”"):
            sanitise.clean(markup)


def test_words_that_a_parser_would_swallow_are_refused(case: Case) -> None:
    for markup in (
        "<p>BMI <b",
        "<p>a <b and <i>c</i></p>",
        "write to <jane@example.org> now",
        "see <https://example.org/x> now",
        "<p>a <!-- b</p>",
        "<p>a <!-- b > c</p>",
        "<p>a <!x b</p>",
    ):
        with case(markup=markup), pytest.raises(ValidationError, match=r"but is none|never ends"):
            sanitise.clean(markup)


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("<b>" * 50_000, "64 kB"),
        ("é" * 33_000, "64 kB"),
        ("&" * 60_000, "64 kB"),
        ("<b>" * 1500, "nests"),
        ("<p><em>" * 51, "nests"),
        ("<b></i>" * 101, "nests"),
        ("<B>" * 60 + "</b>" * 60 + "<b>" * 101, "nests"),
        ("<b><!--</b>-->" * 101, "nests"),
        ("<br>" * 2001, "tags"),
        ("<" * 2001, "tags"),
        ("a" + "\u0301\u0323" * 10_000, "mark too many"),
    ],
)
def test_what_is_too_much_is_refused_before_any_parser_sees_it(
    markup: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typed, "Typed", lambda _: pytest.fail("a parser was called"))
    monkeypatch.setattr(sanitise, "_Round", lambda *_: pytest.fail("a parser was called"))
    with pytest.raises(ValidationError, match=reason):
        sanitise.clean(markup)


def test_a_hundred_levels_and_two_thousand_tags_are_not_too_much() -> None:
    assert sanitise.clean("<strong>" * 99 + "x" + "</strong>" * 99)
    assert sanitise.clean("<p>x</p>" * 1000) == "<p>x</p>" * 1000
    assert sanitise.clean("<P>x</p>" * 200) == "<p>x</p>" * 200


def test_markup_that_never_comes_to_rest_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sanitise, "_walls", lambda markup: f"{markup}<p>x</p>")
    with pytest.raises(ValidationError, match="more than one way"):
        sanitise.clean("<p>a</p>")


def test_a_forged_review_line_is_refused_in_any_markup(case: Case) -> None:
    for markup in (
        "<p>Last reviewed by Jane Roe</p>",
        "<p>Last <strong>re</strong>viewed by Jane</p>",
        "<p>Last</p><p>reviewed by Jane</p>",
        "<p>Good words.<br>Medically&nbsp;reviewed by Jane</p>",
        "<ul><li>Last updated on May 31</li></ul>",
        "&#76;ast reviewed by Jane",
    ):
        with case(markup=markup), pytest.raises(ValidationError, match="take it out"):
            sanitise.clean(markup)


def test_hosts_are_sorted_each_once_in_small_letters() -> None:
    markup = (
        '<p><a href="https://Www.B.org:443/x">b</a> <a href="http://a.org?x">a</a> '
        '<a href="https://a.org/y@z">a</a> <a href="mailto:x@c.org">c</a> '
        '<a href="/p">p</a> <a href="tel:988">t</a></p>'
    )
    assert sanitise.hosts(markup) == ["a.org", "c.org", "www.b.org"]


def test_visible_text_has_a_line_for_each_block() -> None:
    markup = (
        "<h3>A &amp; B</h3><p>H<sub>2</sub>O\nis <em>wet</em><br>yes</p>"
        "<ul><li><p>c</p></li></ul><hr>"
    )
    assert sanitise.visible_text(markup) == "A & B\nH2O is wet\nyes\nc"


FRAGMENTS = st.sampled_from(
    [f"<{tag}>" for tag in sorted(allowed.TAGS | elements.DROPPED)]
    + [f"</{tag}>" for tag in sorted(allowed.TAGS | elements.DROPPED)]
    + [
        "<b>",
        "</b>",
        "<div>",
        "</div>",
        "<table>",
        "<td>",
        "</table>",
        "<form>",
        "<button>",
        "<font>",
    ]
    + [
        "<mglyph>",
        "<mtext>",
        "<desc>",
        "<foreignObject>",
        "<annotation-xml>",
        "<caption>",
        "<nobr>",
    ]
    + ["<!--", "-->", "<![CDATA[", "]]>", "<?x", "<!", "<", ">", "/", "=", '"', "'", "`", "&", ";"]
    + [
        "<a href='/x'>",
        '<a href="https://e.org/?a&b">',
        "<a href=#q>",
        "<a href=javascript:1>",
        "</a>",
    ]
    + ["<img src=x onerror=alert(1)>", "<p title='</p><i>'>", '<p title="-->">', "<svg onload=1>"]
    + [
        "\u0338",
        "&#x338;",
        "\u0301",
        "&lt;",
        "&gt;",
        "&amp;",
        "&quot;",
        "&nbsp;",
        "&#60;",
        "&lt",
        "&copy",
    ]
    + ["a", "e\u0301", "≠", " 5 ", "\n", "\n\n", "\t", "\r\n", "words "]
)
HOSTILE = st.lists(FRAGMENTS | st.text(max_size=4), max_size=16).map("".join)


@settings(max_examples=200, deadline=None)
@given(HOSTILE)
def test_whatever_is_accepted_is_harmless_and_at_rest(markup: str) -> None:
    cleaned = cleaned_or_none(markup)
    if cleaned is not None:
        assert_harmless(cleaned)
        assert sanitise.clean(cleaned) == cleaned


@settings(max_examples=100, deadline=None)
@given(HOSTILE)
def test_one_round_of_the_walls_alone_leaves_no_tag_outside_the_list(markup: str) -> None:
    """The checks before the walls refuse much; the walls must hold without them."""
    try:
        once = sanitise._walls(markup)
    except (ValidationError, UnicodeEncodeError):
        return
    assert {tag for tag, _ in Seen(once).tags} <= allowed.TAGS
    for tag, attributes in Seen(once).tags:
        assert {name for name, _ in attributes} <= allowed.ATTRIBUTES.get(tag, frozenset())
