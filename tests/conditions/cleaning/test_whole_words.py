"""Words arrive whole and in their meaning, or are refused with a sentence that helps."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import partial
from itertools import product

import html5lib
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from conditions.cleaning import elements, pasted, sanitise
from tests import clipboards
from tests.clipboards import CLIPBOARDS, WEEKS

# Markup of some kind, and the one form that it is brought to.
BECOMES = {
    # Words beside a block.
    "<p>First.</p>\n\nSecond one.\n\nThird.": "<p>First.</p><p>Second one.</p><p>Third.</p>",
    "one<div>two</div>three": "<p>one</p><p>two</p><p>three</p>",
    "<table><tr><td>a<td>b</table>after": "<table><tbody><tr><td><p>a</p></td><td><p>b</p></td>"
    "</tr></tbody></table><p>after</p>",
    "<dl><dt>Drug<dd>Dose</dl>more": "<p>Drug</p><p>Dose</p><p>more</p>",
    "<pre>one\n  two</pre>three": "<p>one<br>two</p><p>three</p>",
    "<details><summary>one</summary>two</details>": "<p>one</p><p>two</p>",
    "<fieldset><legend>one</legend>two</fieldset>": "<p>one</p><p>two</p>",
    "one<hr>two": "<p>one</p><hr><p>two</p>",
    "one\ntwo\n\nthree": "<p>one<br>two</p><p>three</p>",
    "<ul><li>one</li></ul>two": "<ul><li><p>one</p></li></ul><p>two</p>",
    "<button>one</button><button>two</button>": "<p>one two</p>",
    # Valid HTML.
    '<b style="font-weight:normal"><p>a</p><ul><li>b</li></ul></b>': "<p>a</p><ul><li><p>b</p></li>"
    "</ul>",
    "<b><p>a</p><p>b</p></b>": "<p><strong>a</strong></p><p><strong>b</strong></p>",
    "<p>a<p>b</p>c</p>": "<p>a</p><p>b</p><p>c</p>",
    "<ul><li>a</li><ul><li>b</li></ul></ul>": "<ul><li><p>a</p><ul><li><p>b</p>"
    "</li></ul></li></ul>",
    "<ul><ul><li>a</li></ul></ul>": "<ul><li><p></p><ul><li><p>a</p></li></ul></li></ul>",
    "<li>a</li> <li>b</li>c": "<ul><li><p>a</p></li><li><p>b</p></li></ul><p>c</p>",
    "<ul>a<li>b</li></ul>": "<ul><li><p>a</p></li><li><p>b</p></li></ul>",
    "<ul><li><h3>a</h3>b</li></ul>": "<ul><li><p><strong>a</strong></p><p>b</p></li></ul>",
    "<h3><p>a</p></h3>": "<h3>a</h3>",
    "<p><h3>a</h3>b</p>": "<h3>a</h3><p>b</p>",
    "<a href='/x/'><h3>a</h3><p>b</p></a>": '<h3><a href="/x/">a</a></h3><p>'
    '<a href="/x/">b</a></p>',
    "<em><strong>a</strong></em><em><strong>b</strong></em>": "<p><strong><em>ab</em></strong></p>",
    "<blockquote>a</blockquote>": "<blockquote><p>a</p></blockquote>",
    # Headings: one below the other, never a jump.
    "<h2>a</h2><h5>b</h5>": "<h3>a</h3><h4>b</h4>",
    "<h4>a</h4><h3>b</h3><h4>c</h4>": "<h3>a</h3><h3>b</h3><h4>c</h4>",
    "<h1>a</h1><h2>b</h2><h3>c</h3><h2>d</h2>": "<h3>a</h3><h4>b</h4><p><strong>c</strong></p>"
    "<h4>d</h4>",
    # Numbers of lists.
    '<ol start="4"><li>a</li><li>b</li></ol>': '<ol start="4"><li><p>a</p></li>'
    "<li><p>b</p></li></ol>",
    '<ol start="1"><li value="1">a</li></ol>': "<ol><li><p>a</p></li></ol>",
    '<ol start="x"><li>a</li></ol>': "<ol><li><p>a</p></li></ol>",
    '<ol><li>a</li><li value="7">b</li><li>c</li></ol>': "<ol><li><p>a</p></li></ol>"
    '<ol start="7"><li><p>b</p></li><li><p>c</p></li></ol>',
    # What a style says of words.
    '10<span style="vertical-align: super">6</span>': "<p>10<sup>6</sup></p>",
    '<span style="font-weight:700;font-style:italic">a</span>': "<p><strong><em>a</em>"
    "</strong></p>",
    "<ins>5 mg</ins> <u>daily</u>": "<p>5 mg daily</p>",
    "She said <q>no</q>.": "<p>She said “no”.</p>",
    # Spaces: between a number and its unit they do not break, elsewhere they are plain.
    "5&nbsp;mg, 10\u202f000,&nbsp;and&nbsp; so on&nbsp;": "<p>5\u00a0mg, 10\u202f000, "
    "and so on</p>",
    "§&nbsp;5 <strong>5</strong>&nbsp;mg 5&nbsp; mg": "<p>§ 5 <strong>5</strong>\u00a0mg 5 mg</p>",
    # Lines with tabs.
    clipboards.WEEKS_TEXT: WEEKS,
    "Name\tDose": "<p>Name Dose</p>",
}

# Markup of some kind, and words of the sentence that refuses it.
REFUSED = {
    "<table><tr><td>Week 1</td>Week 2<td>5 mg</td></tr></table>": "“Week 2”. Put them into",
    "<table>Doses<tr><td>a</td><td>b</td></tr></table>": "Words stand between the cells",
    "<table><tr>Doses<td>a</td><td>b</td></tr></table>": "Words stand between the cells",
    "<td>1</td><td>12.5</td>": "Cells stand outside a table",
    "<p>x</p><tr><td>1</td><td>12.5</td></tr>": "Cells stand outside a table",
    '<table><tr><td colspan="2">a</td></tr><tr><td>b<td>c</tr></table>': "“a” of a table is merged",
    '<table><tr><td rowspan="2">a</td><td>b</td></tr><tr><td>c</td></tr></table>': "is merged",
    '<table><tr><td rowspan="0">a</td><td>b</td></tr></table>': "is merged",
    "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>": "row 2 has 1, t"
    "he first row 2",
    "<table><tr><td>a<table><tr><td>b<td>c</table><td>d</table>": "stands inside another table",
    "<ul><li><table><tr><td>a<td>b</table></li></ul>": "stands inside a list",
    "<blockquote><table><tr><td>a<td>b</table></blockquote>": "stands inside a quotation",
    "<table><caption>Doses</caption><tr><td>a<td>b</table>": "has a caption. Put"
    " its words, “Doses”",
    "Take <del>10 mg</del><ins>5 mg</ins> at night": "Words are struck out: “"
    "10 mg”. Accept or reject",
    "Take <s>10 mg</s> <strike>20 mg</strike> 5 mg": "Words are struck out: “10 mg”, “20 mg”",
    '<p style="text-decoration: underline line-through">10 <b>mg</b></p>': "“10”, “mg”",
    '<span style="text-decoration-line:line-through">10 mg</span>': "Words are struck out",
    "BP <systolic> and <diastolic>": "“<systolic>”, “<diastolic>” read like tags but are none",
    "take <x-ray> first": "“<x-ray>” reads like a tag but is none",
    "before <time> and <address>": "“<time>”, “<address>” opens something that never ends",
    "Week 1\t12.5 mg": "A tab or gap parts the numbers in “1 … 12.5”",
    "<pre>Week 1    12.5 mg</pre>": "A tab or gap parts the numbers in “1 … 12.5”",
    "<ol reversed><li>a</li></ol>": "counts down",
    '<ol start="-3"><li>a</li></ol>': "begins with a number below 0",
    "<ruby>漢<rt>kan</rt></ruby>": "have their reading written above them",
    '<p>It helps.<a href="#_ftn1">[1]</a></p>': "leads to a footnote, comment or bookmark",
    "<p>5\u009610 mg</p>": "U+0096",
    "<p>a\u202eb</p>": "U+202E",
}

# Markup of some kind, what stays of it, and what a person is asked about.
LOSES = {
    '<p>a</p><img src="x" alt="b">': ("<p>a</p>", ("a picture",)),
    "<p>a</p><img><svg><title>x</title></svg>": ("<p>a</p>", ("2 pictures",)),
    '<p>a</p><iframe src="https://example.org">b</iframe>': ("<p>a</p>", ("a frame",)),
    "<p>a</p><!-- ask Jo -->": ("<p>a</p>", ("a comment (“ask Jo”)",)),
    "<p>a</p><script>b</script><style>p{}</style>": ("<p>a</p>", ("a script", "a style sheet")),
    "<p>a <input value=5> <select><option>b</select></p>": ("<p>a</p>", ("2 form fields",)),
    "<math><mn>5</mn></math>a": ("<p>a</p>", ("a formula",)),
    '<p>a<span style="display:none"> not</span></p>': ("<p>a</p>", ("hidden words (“not”)",)),
    "<p>a</p><p hidden>b</p>": ("<p>a</p>", ("hidden words (“b”)",)),
    "<p>a</p><?php b ?>": ("<p>a</p>", ("an instruction (“<?php b ?>”)",)),
    '<ol type="a"><li>a</li></ol>': (
        "<ol><li><p>a</p></li></ol>",
        ("the letters of a list (its items are numbered 1, 2, 3)",),
    ),
    "<![>a": ("<p>a</p>", ("an instruction (“<![>”)",)),
}


def outcome(read: Callable[[], sanitise.Cleaned]) -> tuple[sanitise.Cleaned | None, str]:
    """What was read, or None and the sentences that refuse it."""
    try:
        return read(), ""
    except ValidationError as refusal:
        return None, " ".join(refusal.messages)


def refusal_of(markup: str) -> str:
    """The sentences that refuse markup, or an empty string."""
    return outcome(lambda: sanitise.read(markup))[1]


def faults_of_html(markup: str) -> list[object]:
    """What a parser by the standard, and the content models, find wrong with cleaned markup."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(f"<!doctype html><title>t</title><body>{markup}</body>")
    wrong: list[object] = [code for _, code, _ in parser.errors]
    phrasing = {"a", "br", "strong", "em", "sub", "sup"}
    for one in tree.find("body").iter():
        inside = {child.tag for child in one}
        if one.tag in ("p", "h3", "h4"):
            inside = {child.tag for child in one.iter()} - {one.tag} - phrasing
            wrong += [(one.tag, inside)] if inside else []
        elif one.tag in ("ul", "ol"):
            wrong += [(one.tag, inside)] if inside != {"li"} else []
        elif one.tag in ("body", "li", "td", "th", "blockquote"):
            loose = [one.text, *(child.tail for child in one)]
            wrong += [words for words in loose if words and words.strip()]
            wrong += [(one.tag, inside & phrasing)] if inside & phrasing else []
    levels = [int(one.tag[1]) for one in tree.iter() if one.tag in ("h3", "h4")]
    return wrong + [
        pair for pair in zip([2, *levels], levels, strict=False) if pair[1] > pair[0] + 1
    ]


def test_markup_is_brought_to_its_one_form_and_stays_there() -> None:
    for markup, expected in BECOMES.items():
        cleaned = sanitise.read(markup)
        assert cleaned.text == expected, markup
        assert cleaned.losses == (), markup
        assert sanitise.read(expected) == sanitise.Cleaned(expected), markup


def test_what_cannot_arrive_whole_is_refused_in_words() -> None:
    for markup, words in REFUSED.items():
        assert words in refusal_of(markup), markup
        assert words in refusal_of(f"<p>before</p>{markup}"), markup


def test_every_fault_is_named_at_once() -> None:
    refusal = refusal_of(
        "<table><tr><td>a<td>b<tr><td>c</table><s>10 mg</s>"
        "<table><caption>d</caption><tr><td>e<td>f</table>"
    )
    assert all(words in refusal for words in ("is uneven", "struck out", "has a caption"))


def test_what_is_left_out_is_said() -> None:
    for markup, (stays, losses) in LOSES.items():
        cleaned = sanitise.read(markup)
        assert (cleaned.text, cleaned.losses) == (stays, losses), markup


def test_invisible_characters_are_taken_out_and_counted() -> None:
    cleaned = sanitise.read("<p>anti\u00adde&shy;pressant\u200b, &#8203;\ufeff5\u2060 mg\u0081</p>")
    assert cleaned == sanitise.Cleaned(
        "<p>antidepressant, 5 mg</p>", (), ("7 invisible characters were removed.",)
    )
    assert sanitise.read("a\u00adb").notes == ("1 invisible character was removed.",)


def test_what_was_clean_by_earlier_rules_may_stand_until_it_is_saved_again() -> None:
    for earlier in (
        "<ul><li>a</li></ul>",
        "<p>Two  spaces</p>\n<p></p><p>b</p>",
        "<h4>a</h4><p><em><strong>b</strong></em></p>",
    ):
        assert sanitise.clean(earlier) != earlier
        assert sanitise.was_clean(earlier)
    for never in (
        "bare words",
        "<p>a</p>b\n\nc",
        "<p>a</p><img>",
        "<p>a\u00adb</p>",
        "<p class=x>a</p>",
        "<p>a</p><s>b</s>",
        "<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table>",
        "<p>Cafe\u0301</p>",
    ):
        assert not sanitise.was_clean(never)


def test_a_heading_in_a_row_stands_below_the_rows_own() -> None:
    assert sanitise.clean("<h2>a</h2><h3>b</h3>", under=3) == "<h4>a</h4><p><strong>b</strong></p>"
    assert sanitise.clean("<h4>a</h4><p>b</p>", under=3) == "<h4>a</h4><p>b</p>"


def test_a_table_gets_its_head_and_the_scope_of_its_header_cells() -> None:
    markup = (
        "<table border=1 class=x><tr><th scope=row>Drug<th>Dose<tr><th id=y>A<td><b>5</b> mg"
        "<tr><td>B<th>6 mg</table>"
    )
    assert sanitise.clean(markup) == (
        '<table><thead><tr><th scope="col"><p>Drug</p></th><th scope="col"><p>Dose</p></th></tr>'
        '</thead><tbody><tr><th scope="row"><p>A</p></th><td><p><strong>5</strong> mg</p></td></tr>'
        "<tr><td><p>B</p></td><th><p>6 mg</p></th></tr></tbody></table>"
    )


def test_a_table_of_one_cell_or_without_words_is_none() -> None:
    assert sanitise.clean("<table><tr><td><p>a</p>b</table>") == "<p>a</p><p>b</p>"
    assert sanitise.clean("<table><tr><td><td> </table><p>a</p>") == "<p>a</p>"
    inner = "<table><tr><td>Week 1<td>12.5 mg<tr><td>Week 2<td>25 mg</table>"
    assert sanitise.clean(f"<table><tr><td>{inner}</table>") == WEEKS


def test_plain_text_keeps_cells_apart() -> None:
    cells = (
        "<table><thead><tr><th><p>Drug</p></th><th><p>Max</p></th></tr></thead><tbody><tr><td>"
        "<p>A</p><ul><li><p>b</p></li></ul></td><td><p></p></td></tr><tr><td><p></p></td><td>"
        "<p>12.5 mg</p></td></tr></tbody></table><p>after</p>"
    )
    assert sanitise.visible_text(cells) == "Drug | Max\nA; b |\n| 12.5 mg\nafter"
    assert sanitise.words(cells) == ["Drug", "Max", "A", "b", "12.5", "mg", "after"]
    assert sanitise.hosts(cells.replace("Drug", '<a href="https://a.example/">x</a>')) == [
        "a.example"
    ]


def test_a_clipboard_arrives_whole_or_is_refused_also_by_form_and_import() -> None:
    for name, clipboard in CLIPBOARDS.items():
        cleaned, refusal = outcome(partial(pasted.read, clipboard.html, clipboard.text, under=2))
        assert bool(refusal) == bool(clipboard.refused), name
        assert clipboard.refused in refusal, name
        if cleaned:
            assert cleaned.text == clipboard.becomes, name
            assert faults_of_html(cleaned.text) == [], name
            told = " ".join(cleaned.losses + cleaned.notes)
            assert all(words in told for words in clipboard.left_out), name
            assert bool(told) == bool(clipboard.left_out), name
        # The same markup typed into the form without JavaScript, or in a file.
        typed, _ = outcome(partial(sanitise.read, clipboard.html))
        if typed and clipboard.html and "only its plain text" not in name:
            assert typed.text == clipboard.becomes, name


def test_the_plain_text_of_a_clipboard_never_runs_its_cells_together() -> None:
    for name, clipboard in CLIPBOARDS.items():
        try:
            words = sanitise.words(sanitise.clean(clipboard.text))
        except ValidationError:
            continue
        assert words == clipboard.text.split() or "<" in clipboard.text, name


def test_no_two_words_on_two_sides_of_a_block_become_one() -> None:
    names = sorted(elements.BLOCKS - elements.DROPPED - elements.VOID)
    few = ("p", "li", "dd", "td", "summary", "body")
    for outer, inner in (*product(names, few), *product(few, names)):
        markup = f"w1<{outer}>w2<{inner}>w3</{inner}>w4</{outer}>w5"
        try:
            words = sanitise.words(sanitise.clean(markup))
        except ValidationError:
            continue
        assert words == ["w1", "w2", "w3", "w4", "w5"], markup


INLINE = sorted(elements.KNOWN - elements.BLOCKS - elements.DROPPED - elements.VOID)
TREES = st.recursive(
    st.just("§"),
    lambda inner: st.builds(
        lambda name, content: f"<{name}>{content}</{name}>",
        st.sampled_from(
            [*sorted(elements.BLOCKS - elements.VOID), *INLINE, "table", "tr", "td", "li"]
        ),
        st.lists(inner, min_size=1, max_size=3).map(" ".join),
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(TREES)
def test_every_word_of_any_tree_stays_in_its_place_in_valid_html(tree: str) -> None:
    count = iter(range(1000))
    markup = re.sub("§", lambda _: f"w{next(count)}", tree)
    try:
        cleaned = sanitise.read(markup)
    except ValidationError:
        return
    if cleaned.losses:
        return
    words = " ".join(sanitise.words(cleaned.text)).translate(dict.fromkeys(map(ord, "“”"), " "))
    assert words.split() == re.findall(r"w\d+", markup)
    assert faults_of_html(cleaned.text) == []
    assert sanitise.read(cleaned.text) == sanitise.Cleaned(cleaned.text)


def test_no_markup_is_an_error_of_ours() -> None:
    """What a form can send: pieces of markup in any order."""
    chance = random.Random(8)  # noqa: S311
    pieces = [
        *("<![>", "<![x[y]]>", "<![if x]>", "<![endif]>", "<!--", "-->", "--!>", "<!", "<?", "?>"),
        *(
            "<table>",
            "<tr>",
            "<td colspan=9>",
            "</td>",
            "</table>",
            "<caption>",
            "<col>",
            "<a href",
        ),
        *("&#x110000;", "&#0;", "&", ";", "\x00", "\ud800", "\t", "\n\n", "5", "é", "\u0338", "="),
        *("<p", ">", "</p>", "<ol start=99999999999>", "<li value=-1>", "<plaintext>", "<math>"),
        *("<svg>", "<template>", "</template>", "<select>", "<frameset>", "<body>", "</html>", "'"),
        *(
            '"',
            "<b style='",
            "mso-list:l0 level9 lfo1",
            "<p style='mso-list:l0 level3 lfo1'>",
            "<del>",
        ),
    ]
    for _ in range(700):
        markup = "".join(chance.choices(pieces, k=chance.randint(1, 12)))
        for read, under in ((sanitise.read, 2), (lambda html: pasted.read(html, html, under=3), 3)):
            cleaned, refusal = outcome(partial(read, markup))
            assert bool(cleaned) != bool(refusal.strip()), markup
            if cleaned:
                assert sanitise.clean(cleaned.text, under=under) == cleaned.text, markup
                assert faults_of_html(cleaned.text) == [], markup


def test_as_much_as_is_read_at_all_is_read_or_refused_in_words() -> None:
    for piece in (
        "<b>x</b>",
        "<td>",
        "<ul><li>a</ul>",
        "\t5",
        "<p>&nbsp;5",
        "<!--",
        "&shy;5",
        "5 ",
    ):
        tags = piece.count("<") or 1
        for room in (1, sanitise.CLIPBOARD):
            times = min(sanitise.MOST_BYTES // len(piece), sanitise.MOST_TAGS // tags) * room - 1
            markup = piece * min(times, 20_000)
            cleaned, refusal = outcome(partial(sanitise.read, markup, pasted=room > 1))
            assert bool(cleaned) != bool(refusal), piece
    for piece in ("<a ", "</a", "<a b='", "<!--", "<![", "&a", "<style>", "<td>1"):
        cleaned, refusal = outcome(partial(pasted.read, piece * 20_000, "", under=2))
        assert bool(cleaned) != bool(refusal), piece
