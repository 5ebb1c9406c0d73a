"""Documents to compare, and what a diff says of them: as a page, and as a line of text for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from html.parser import HTMLParser

from hypothesis import strategies as st

from reviews.diff import comparison
from reviews.diff.lines import Line
from reviews.diff.tables import CellChange, Change
from reviews.reviewable import Part

# --- Documents that could be real: cleaned markup over the allow-list, in fields and rows

WORD = st.sampled_from(
    ["a", "0.5", "two", "mg,", "not", "(CBT)", "helps.", "&lt;b&gt;", "R&amp;D", "不", "long-term"]
)
LINKS = st.sampled_from(["/a/", "/b/", "https://example.org/?a=1&amp;b=2", "tel:988", "#ref-x"])


def _joined(pieces: list[str]) -> str:
    return " ".join(pieces)


PLAIN = st.lists(WORD, min_size=1, max_size=5).map(_joined)
MARKED = st.builds("<{0}>{1}</{0}>".format, st.sampled_from(["strong", "em", "sub", "sup"]), PLAIN)
LINKED = st.builds('<a href="{}">{}</a>'.format, LINKS, PLAIN | MARKED)
INLINE = st.lists(PLAIN | MARKED | LINKED, min_size=1, max_size=3).map(_joined)
TEXT = INLINE | st.builds("{}<br>{}".format, PLAIN, PLAIN)
PARAGRAPH = TEXT.map("<p>{}</p>".format)


def _item(inner: str) -> str:
    """A list item, which begins with a paragraph."""
    return f"<li>{inner if inner.startswith('<p>') else f'<p>not</p>{inner}'}</li>"


def _around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    items = st.lists(inner, min_size=1, max_size=3)
    lists = st.builds(
        lambda tag, found: f"<{tag}>{''.join(map(_item, found))}</{tag}>",
        st.sampled_from(["ul", "ol"]),
        items,
    )
    return (
        st.builds("{}{}".format, PARAGRAPH, lists)
        | lists
        | inner.map("<blockquote>{}</blockquote>".format)
    )


HEADING = st.builds("<h3>{}</h3>".format, PLAIN)
HEADING |= st.builds("<h3>{}</h3><h4>{}</h4>".format, PLAIN, TEXT)
BLOCK = st.recursive(PARAGRAPH, _around, max_leaves=4) | HEADING | st.just("<hr>")
PLAIN_RICH = st.builds(
    lambda first, others: first + "".join(others), PARAGRAPH, st.lists(BLOCK, max_size=4)
) | st.just("")


@st.composite
def tables(draw: st.DrawFn) -> str:
    """A table with headings in its first row, at its side, both or none, and some empty cells."""
    width = draw(st.integers(1, 3))
    head, side = draw(st.booleans()), draw(st.booleans())
    bullets = st.builds("<ul><li>{}</li></ul>".format, PARAGRAPH)
    cell = st.just("") | INLINE | PARAGRAPH | st.builds("{}{}".format, PARAGRAPH, bullets)
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=3))
    made = [
        [
            f'<th scope="row">{one}</th>' if side and not at else f"<td>{one}</td>"
            for at, one in enumerate(row)
        ]
        for row in rows
    ]
    lines = [f"<tr>{''.join(row)}</tr>" for row in made]
    headings = "".join(f'<th scope="col">{one}</th>' for one in draw(st.permutations(rows[0])))
    top = f"<thead><tr>{headings}</tr></thead>" if head else ""
    return f"<table>{top}<tbody>{''.join(lines)}</tbody></table>"


RICH = PLAIN_RICH | st.builds("{}{}{}".format, PLAIN_RICH, tables(), PLAIN_RICH)
LINE = st.lists(WORD, max_size=6).map(_joined)
KEYS = st.lists(st.sampled_from("uvwxyz"), max_size=5, unique=True)


def _fields(rich: str, line: str) -> list[Part]:
    return [Part("name", "Name", line), Part("summary", "Summary", rich, html=True)]


@st.composite
def documents(draw: st.DrawFn) -> list[Part]:
    """A page's parts: two fields, rows of one piece, of two, and numbered ones."""
    parts = _fields(draw(RICH), draw(LINE))
    for key in draw(KEYS):
        parts.append(Part(f"k.{key}", "Text", draw(RICH), html=True, row=key, group="Key points"))
    for key in draw(KEYS):
        place = {"row": f"q.{key}", "group": "Questions"}
        parts.append(Part(f"q.{key}.question", "Question", draw(LINE), **place))
        parts.append(Part(f"q.{key}.answer", "Answer", draw(RICH), html=True, **place))
    for number, key in enumerate(draw(KEYS), 1):
        digits = draw(st.from_regex(r"[1-9][0-9]{0,3}", fullmatch=True))
        place = {"row": f"r.{key}", "group": "References", "number": number}
        parts.append(Part(f"r.{key}.citation", "Citation", draw(LINE), **place))
        parts.append(Part(f"r.{key}.pmid", "PMID", digits, **place))
    return parts


# Any text at all, which no sanitiser has seen.
TAGS = [
    "<p>",
    "<li>",
    "</ul>",
    "<em>",
    "<br>",
    "<table>",
    "<tr>",
    "<td>",
    "</td>",
    "</table>",
    "<thead>",
]
SIGNS = [*"ab <>/p\n\t\r&;\"'=.\u200b", '<a href="x">', '<th scope="row">', *TAGS]
WILD = st.lists(st.sampled_from(SIGNS), max_size=12).map("".join)
HOSTILE = st.lists(
    st.builds(
        Part, st.sampled_from("uvwxyz"), st.just("Label"), WILD | st.text(max_size=8), st.booleans()
    ),
    max_size=5,
    unique_by=lambda part: part.key,
)


# --- What is shown


class Shown(HTMLParser):
    """A diff as its reader meets it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.open: list[tuple[str, str]] = []
        self.tags: set[tuple[str, str]] = set()
        self.texts: list[tuple[str, frozenset[str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags |= {(tag, name) for name, _ in attrs} or {(tag, "")}
        if tag == "br":
            self.texts.append((" ", self._around()))
        elif tag not in ("hr",):
            self.open.append((tag, dict(attrs).get("class") or ""))
        if tag in ("p", "th", "td"):
            self.texts.append((" ", frozenset()))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((data, self._around()))

    def _around(self) -> frozenset[str]:
        return frozenset(name for tag, names in self.open for name in (tag, *names.split()))

    def text(self, *within: str, without: str = "") -> list[str]:
        """The words inside all of these elements or classes and in none of those."""
        dropped = {"diff-hidden", "diff-note", "diff-hr", "diff-source", *without.split()}
        found = "".join(
            "".join(data) if around >= {*within} and not around & dropped else ""
            for data, around in [
                (text, around if around else frozenset(within)) for text, around in self.texts
            ]
        )
        return [word for word in found.replace("↵", "").split() if word != "|"]

    @property
    def marks(self) -> list[str]:
        """What is said to have changed, outside whatever is folded."""
        told = {"ins", "del", "diff-note", "diff-what"}
        return [
            text
            for text, around in self.texts
            if text.strip() and (around & told if "details" not in around else "summary" in around)
            if "unchanged" not in text
        ]


_BLOCK = re.compile(r"</?(?:p|br|hr|ul|ol|li|blockquote|h3|h4|table|thead|tbody|tr|th|td)\b[^>]*>")


def read_words(parts: Sequence[Part]) -> list[str]:
    """What a reader reads of all parts; blocks and cells stand apart."""
    texts = (
        unescape(re.sub("<[^>]+>", "", _BLOCK.sub(" ", one.content))) if one.html else one.content
        for one in parts
    )
    return " ".join(texts).split()


# --- In a line of text

SIGN = {"same": "{}", "added": "{{+{}+}}", "removed": "[-{}-]", "marked": "<{}>"}


def told(before: str, after: str, *, html: bool = True) -> list[str]:
    """Each line of one part's diff: [-removed-] {+added+} <marked otherwise> (note).

    A line for each row of a table, "|" between its cells and "#" before a heading.
    """
    (row,) = comparison.compare([Part("x", "X", before, html)], [Part("x", "X", after, html)]).rows
    changes = [change for stretch in row.pieces[0].stretches for change in stretch.items]
    return [" ".join(line.split()) for change in changes for line in _lines(change)]


def _lines(change: Change) -> Iterator[str]:
    if isinstance(change, Line):
        yield _line(change)
        return
    if change.said:
        yield f"({change.said})"
    for row in change.rows:
        cells = " | ".join(_cell(cell) for cell in row.cells)
        yield f"({row.said}) {cells}" if row.said else cells


def _cell(cell: CellChange) -> str:
    if not cell.stands:
        return "∅"
    said = f"({cell.said}) " if cell.said else ""
    heading = "#" if cell.latest.kind == "th" else ""
    return said + heading + " / ".join(_line(line).strip() for line in cell.shown)


def _line(line: Line) -> str:
    told = f"({line.note}) " if line.note else ""
    for span in line.spans:
        runs = (f"{run.text} ({run.note})" if run.note else run.text for run in span.runs)
        told += " " * span.parted + SIGN[span.op].format("".join(runs))
    return told
