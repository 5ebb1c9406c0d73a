"""The one sanitiser of rich text: it runs on the way in, once, and never when a page is shown."""

import re
from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser

import bleach
import nh3
from django.core.exceptions import ValidationError

from conditions.cleaning import plain, tree, typed
from conditions.cleaning.allowed import ATTRIBUTES, PROTOCOLS, TAGS
from conditions.cleaning.blocks import write
from conditions.cleaning.elements import BLOCKS, DROPPED, VOID
from conditions.cleaning.links import link_target_fault
from conditions.cleaning.shape import Shaper
from reviews.text import lines
from reviews.text.characters import check_characters, normalise, removal, remove_invisible

MOST_BYTES = 64 * 1024
MOST_DEPTH = 100
MOST_TAGS = 2000
MOST_ROUNDS = 5
# What a program puts on the clipboard beside the words is many times as long as they are.
CLIPBOARD = 16

_nh3 = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(DROPPED),
    attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
    url_schemes=set(PROTOCOLS),
    link_rel=None,
)


@dataclass(frozen=True)
class Cleaned:
    """Clean markup, and in words what cleaning took out.

    `losses` are what a reader would miss: whoever saves is asked first. `notes` are told once.
    """

    text: str
    losses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def clean(value: str, *, under: int = 2) -> str:
    """The markup of `read`, where nobody is there to be told."""
    return read(value, under=under).text


def read(value: str, *, under: int = 2, pasted: bool = False) -> Cleaned:
    """Return the markup as it will be stored and shown, and what was taken out on the way.

    It is NFC, has tags of TAGS only, is valid HTML and as the editor writes it: reading it again,
    or opening and saving it, changes nothing. Words beside a block get a paragraph of their own;
    without any block each line stays one. Headings are ranked below the level `under`. Markup
    without words becomes "". What comes from a clipboard (`pasted`) may be longer, and keeps the
    words of a link that is not allowed.

    Raises ValidationError with one sentence for each thing that is wrong: markup that is too large,
    too deep or ambiguous, what only looks like a tag, struck-out words, a table that is not even, a
    character or link that is not allowed, a forged review line.
    """
    room = CLIPBOARD if pasted else 1
    _check_size(value, room)
    markup, invisible = remove_invisible(lines.line_feeds(value))
    markup = normalise(markup)
    _check_characters(markup)
    markup, losses, faults = typed.without_comments(markup)
    # Without its semicolon "&sect" is no entity here: links hold "&section=2", and texts "R&D".
    markup = re.sub(r"&(?!#?\w+;)", "&amp;", markup)
    _refuse(faults + typed.stray_tags(markup))
    _check_size(markup, room)
    if plain.is_plain(markup):
        markup = plain.with_blocks(markup)
    source = typed.Typed(markup)
    _refuse(source.faults)
    bad_links = {href: fault for href in source.links if (fault := link_target_fault(href))}
    once = _Round(plain.parted(markup), under, without=bad_links)
    links = [href for href in dict.fromkeys(source.links) if href not in once.shaper.gone]
    faults = source.against(once.seen, once.cells) + once.shaper.faults
    if not pasted:
        faults += [_not_allowed(href, bad_links[href]) for href in links if href in bad_links]
    _refuse(faults)
    # What came out as it went in is at rest.
    text = once.text if once.text == value else _fixed_point(once.text, under)
    lost = [href for href in links if href not in _read(text).links]
    if lost and not pasted:
        raise ValidationError(
            f"The link to “{lost[0]}” would get lost. Give it words, in a plain paragraph or list."
        )
    losses += _lost_links(lost, bad_links)
    lines.check_no_review_line(visible_text(text))
    return Cleaned(
        text,
        losses=_counted(losses + source.losses + once.shaper.losses),
        notes=_notes(invisible + once.invisible),
    )


def was_clean(value: str) -> bool:
    """Whether text that cleaning would now write in another form was clean by earlier rules.

    It says the same words, in the same lines, and both walls leave it as it is. Texts with tables
    have been clean in one form only.
    """
    try:
        now = read(value)
        return (
            not plain.is_plain(value)
            and not now.losses + now.notes
            and "<table" not in value
            and _walls(value) == value
            and visible_text(value) == visible_text(now.text)
        )
    except ValidationError:
        return False


def hosts(html: str) -> list[str]:
    """Return the hosts of web and mail links in cleaned markup: lower case, sorted, each once."""
    found = (
        re.match(r"(?:https?://|mailto:[^@]*@)([^/?#:]+)", href, re.IGNORECASE)
        for href in _read(html).links
    )
    return sorted({match[1].lower() for match in found if match})


def links(html: str) -> list[str]:
    """Return where links in cleaned markup lead to, each once, in order."""
    return list(dict.fromkeys(_read(html).links))


def places(html: str) -> list[str]:
    """Return the places of their own page that links in cleaned markup lead to, each once."""
    return list(dict.fromkeys(href[1:] for href in _read(html).links if href.startswith("#")))


def visible_text(html: str) -> str:
    """Return the words of cleaned markup, a line for each block, without blank lines.

    A row of a table is one line with " | " between its cells, and "; " between a cell's blocks.
    """
    found = (_line(line) for line in "".join(_read(html).pieces).split("\n"))
    return "\n".join(line for line in found if line.strip(" |"))


def words(html: str) -> list[str]:
    """The words of cleaned markup, as blocks, cells and spaces part them."""
    return re.sub(f"[{_NEXT_CELL}{_NEXT_BLOCK}]", " ", "".join(_read(html).pieces)).split()


class _Round:
    """One reading of markup: as a browser reads it, as blocks, and through both walls."""

    def __init__(self, markup: str, under: int, without: Iterable[str] = ()) -> None:
        # nh3 decodes entities, so the characters are looked at again.
        spelled = tree.spelled_out(markup).replace("&nbsp;", "\u00a0")
        spelled, self.invisible = remove_invisible(lines.line_feeds(spelled))
        spelled = normalise(spelled)
        _check_characters(spelled)
        root = tree.build(spelled, most_depth=MOST_DEPTH)
        # Shaping takes things out of it.
        self.seen = root.text
        self.cells = sum(one.name in typed.CELLS for one in root.all())
        self.shaper = Shaper(under, without)
        self._blocks = self.shaper.shape(root)

    @cached_property
    def text(self) -> str:
        """The markup after it, empty if it has no words."""
        markup = write(self._blocks)
        _check_size(markup)
        markup = _walls(markup)
        return markup if visible_text(markup) else ""


def _fixed_point(markup: str, under: int) -> str:
    """Return the markup once a further round changes nothing, or raise ValidationError."""
    for _ in range(MOST_ROUNDS):
        before, markup = markup, _Round(markup, under).text
        if markup == before:
            return markup
    raise ValidationError(typed.AMBIGUOUS)


def _walls(markup: str) -> str:
    """Return the markup after nh3, bleach and nh3 again, each with the allow-list alone.

    nh3 goes first too, because bleach would leave the text of a script behind as words.
    """
    markup = _nh3_clean(_bleach_clean(_nh3_clean(markup)))
    _check_characters(markup)
    return normalise(markup)


def _nh3_clean(markup: str) -> str:
    # nh3 always writes U+00A0 by name, and an ampersand that was typed as &amp;.
    return _nh3.clean(markup).replace("&nbsp;", "\u00a0")


def _bleach_clean(markup: str) -> str:
    cleaned: str = bleach.clean(
        markup,
        tags=TAGS,
        attributes={tag: sorted(names) for tag, names in ATTRIBUTES.items()},
        protocols=PROTOCOLS,
        strip=True,
    )
    return cleaned


def _check_characters(markup: str) -> None:
    """Raise ValidationError for what hides or fakes words; a tab is a space, or parts columns."""
    check_characters(markup.replace("\t", " "), lines=True)


def _not_allowed(href: str, fault: str) -> str:
    return f"The link to {lines.shown(href)} is not allowed. {fault}"


def _lost_links(lost: Iterable[str], bad: Container[str]) -> Counter[tuple[str, str]]:
    """How links of a clipboard are called whose target is not taken over, or that had no words."""
    return Counter(
        (f"the target of a link ({lines.shown(href)})", "")
        if href in bad
        else ("a link without words", "links without words")
        for href in lost
    )


def _refuse(faults: list[str]) -> None:
    """Raise ValidationError with every fault, if there is any."""
    found = list(dict.fromkeys(faults))
    if found:
        raise ValidationError(found[0] if len(found) == 1 else found)


def _counted(losses: Counter[tuple[str, str]]) -> tuple[str, ...]:
    """Losses in words, such as "a picture" and "2 pictures"."""
    return tuple(
        one if times == 1 or not several else f"{times} {several}"
        for (one, several), times in losses.items()
        if times
    )


def _notes(invisible: int) -> tuple[str, ...]:
    return (removal(invisible),) if invisible else ()


def _check_size(value: str, room: int = 1) -> None:
    """Raise ValidationError for more than MOST_BYTES, MOST_TAGS or MOST_DEPTH, by a linear scan."""
    most = MOST_BYTES * room
    if len(value) > most or len(value.encode("utf-8", "surrogatepass")) > most:
        raise ValidationError(
            f"This text is longer than {most // 1024:,} kB. Split it into sections."
        )
    if value.count("<") > MOST_TAGS * room:
        raise ValidationError(
            f"This text has more than {MOST_TAGS * room:,} tags. Paste it as plain text."
        )
    if _depth(value) > MOST_DEPTH:
        raise ValidationError(
            f"This text nests more than {MOST_DEPTH} tags. Paste it as plain text."
        )


def _depth(value: str) -> int:
    """Return how many tags are open at most; an end tag counts only if its name was opened."""
    opened: dict[str, int] = {}
    depth = deepest = 0
    for end, name in re.findall(r"<(/?)([A-Za-z][^\s/>]*)", value):
        tag = name.lower()
        if not end and tag not in VOID:
            opened[tag] = opened.get(tag, 0) + 1
            depth += 1
            deepest = max(deepest, depth)
        elif end and opened.get(tag, 0):
            opened[tag] -= 1
            depth -= 1
    return deepest


# Between the cells of a row, and between the blocks of a cell.
_NEXT_CELL, _NEXT_BLOCK = "\x1f", "\x1e"


def _line(line: str) -> str:
    """One line of `visible_text`."""
    cells = (
        "; ".join(words for block in cell.split(_NEXT_BLOCK) if (words := " ".join(block.split())))
        for cell in line.split(_NEXT_CELL)
    )
    return " | ".join(cells).strip()


class _Reader(HTMLParser):
    """Collects the targets of the links and the pieces of visible text of markup."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.pieces: list[str] = []
        self._cells = 0
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("td", "th"):
            self.pieces.append(_NEXT_CELL if self._cells else "")
            self._cells += 1
            self._in_cell = True
        elif tag in BLOCKS or tag == "br":
            self._part(tag)
        if tag == "a":
            self.links += [href or "" for name, href in attrs if name == "href"][:1]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False
        elif tag in BLOCKS:
            self._part(tag)

    def handle_data(self, data: str) -> None:
        self.pieces.append(data.replace("\n", " "))

    def _part(self, tag: str) -> None:
        self.pieces.append(_NEXT_BLOCK if self._in_cell else "\n")
        if tag == "tr":
            self._cells = 0


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader
