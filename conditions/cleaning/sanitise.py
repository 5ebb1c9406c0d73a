"""The one sanitiser of rich text: it runs on the way in, once, and never when a page is shown."""

import re
from html.parser import HTMLParser
from typing import Any

import bleach
import nh3
from django.core.exceptions import ValidationError

from conditions.cleaning import identifiers
from reviews.text import lines

PROTOCOLS = ("https", "http", "mailto", "tel", "sms")
HEADING_LEVELS = (3, 4)

# The one allow-list: an extension of django-prose-editor, its settings, the tags that it writes.
_ALLOWED: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("Paragraph", True, ("p",)),
    ("HardBreak", True, ("br",)),
    ("HorizontalRule", True, ("hr",)),
    ("Bold", True, ("strong",)),
    ("Italic", True, ("em",)),
    ("Subscript", True, ("sub",)),
    ("Superscript", True, ("sup",)),
    ("BulletList", True, ("ul",)),
    ("OrderedList", {"enableListAttributes": False}, ("ol",)),
    ("ListItem", True, ("li",)),
    ("Blockquote", True, ("blockquote",)),
    ("Heading", {"levels": list(HEADING_LEVELS)}, tuple(f"h{level}" for level in HEADING_LEVELS)),
    ("Link", {"enableTarget": False, "protocols": list(PROTOCOLS)}, ("a",)),
)
EXTENSIONS: dict[str, Any] = {name: config for name, config, _ in _ALLOWED}
TAGS: frozenset[str] = frozenset(tag for _, _, tags in _ALLOWED for tag in tags)
ATTRIBUTES: dict[str, frozenset[str]] = {"a": frozenset({"href"})}

# What stands inside these is not words for a patient; it goes with the tag.
DROPPED = frozenset(
    {
        "script",
        "style",
        "title",
        "noscript",
        "textarea",
        "template",
        "svg",
        "math",
        "iframe",
        "object",
    }
    | {"noembed", "noframes", "xmp", "plaintext", "select", "audio", "video", "canvas"}
)

MOST_BYTES = 64 * 1024
MOST_DEPTH = 100
MOST_TAGS = 2000
MOST_ROUNDS = 5

_VOID = frozenset({"br", "hr", "img", "input", "col", "wbr", "meta", "link", "area", "source"})
_BLOCKS = frozenset({"p", "br", "hr", "ul", "ol", "li", "blockquote", "h3", "h4"})
_RENAMED = {"b": "strong", "i": "em", "h1": "h3", "h2": "h3", "h5": "h4", "h6": "h4"}
_RENAMED_TAG = re.compile(r"<(/?)(b|i|h[1256])(?=[\s/>])", re.IGNORECASE)
# A tag that never ends, or a name that no tag has: <b, <jane@example.org>.
_NO_TAG = re.compile(
    r"<[A-Za-z/!?][^<>]*(?=<|\Z)|<(?!/?[A-Za-z][A-Za-z0-9-]*(?::[A-Za-z]+)?[\s/>])/?[A-Za-z][^<>]*>"
)
_EMPTY_LINK = re.compile(r'<a href="([^"]*)">(?:\s|<(?!/?a[ >])[^>]*>)*</a>')
_WRITTEN_BLOCK = re.compile("<(?:p|hr|ul|ol|li|blockquote|h3|h4)>")
# Stripping these would run two words together.
_OTHER_BLOCK = re.compile(
    r"</?(?:div|section|article|header|footer|main|aside|address|figure|figcaption|pre"
    r"|table|caption|tr|td|th|dl|dt|dd)(?=[\s/>])",
    re.IGNORECASE,
)

_nh3 = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(DROPPED),
    attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
    url_schemes=set(PROTOCOLS),
    link_rel=None,
)


def clean(value: str) -> str:
    """Return the markup as it will be stored and shown: NFC, LF, plain spaces, tags of TAGS only.

    Text without a block is wrapped in <p>, a new one after each blank line, so that the field works
    without JavaScript. Markup without words becomes "". clean(clean(x)) == clean(x).
    Raises ValidationError for markup that is too large or too deep, an unfinished tag, a character
    or link that is not allowed, a forged review line, and markup that does not come to rest in
    MOST_ROUNDS rounds.
    """
    _check_size(value)
    markup = _prepare(value)
    links = _read(markup).links
    for href in links:
        _check_link(href)
    markup = _fixed_point(markup)
    kept = _read(markup).links
    for href in links:
        if href not in kept:
            raise ValidationError(
                f"The link to “{href}” would get lost. Give it words, in a plain paragraph or list."
            )
    for href in kept:
        _check_link(href)
    if found := _EMPTY_LINK.search(markup):
        raise ValidationError(f"The link to “{found[1]}” has no words. Give it some, or delete it.")
    lines.check_is_frozen_form(markup)
    lines.check_no_review_claim(visible_text(markup))
    return markup


def link_target_fault(href: str) -> str:
    """Return a sentence on what is wrong with a link's target, or an empty string.

    Allowed are web addresses by the rules of `identifiers.web_fault`, mailto with one address and
    at most a subject, tel, sms with at most a body, /path on this site and #place on this page.
    """
    if fault := identifiers.url_characters_fault(href):
        return fault
    scheme = href.partition(":")[0].lower()
    if scheme in ("http", "https"):
        return identifiers.web_fault(href)
    if found := re.fullmatch(
        r"mailto:[\w.!$'*+-]+@([^@/?#:]+)(?:\?subject=[^&#]*)?", href, re.IGNORECASE
    ):
        return identifiers.host_fault(found[1])
    if any(re.fullmatch(form, href, re.IGNORECASE) for form in _LOCAL_TARGETS):
        return ""
    return (
        "A link may lead to https://…, http://…, mailto:name@example.org, tel:…, sms:…, "
        "/a-page-of-this-site or #a-place-on-this-page."
    )


_LOCAL_TARGETS = (
    r"tel:\+?[0-9][0-9().-]*",
    r"sms:\+?[0-9][0-9().-]*(?:\?&?body=[^&#]*)?",
    r"/(?!/).*",
    r"#[A-Za-z0-9_-]+",
)


def hosts(html: str) -> list[str]:
    """Return the hosts of web and mail links in cleaned markup: lower case, sorted, each once."""
    found = (
        re.match(r"(?:https?://|mailto:[^@]*@)([^/?#:]+)", href, re.IGNORECASE)
        for href in _read(html).links
    )
    return sorted({match[1].lower() for match in found if match})


def visible_text(html: str) -> str:
    """Return the words of cleaned markup, a line for each block, without blank lines."""
    lines = (" ".join(line.split()) for line in "".join(_read(html).pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def _prepare(value: str) -> str:
    """Return the input for the sanitisers, with nothing that they would swallow in silence."""
    markup = lines.normalise(lines.line_feeds(value).replace("\t", " "))
    lines.check_characters(markup, lines=True)
    if markup.rfind("<!--") > markup.rfind("-->"):
        raise ValidationError("A comment opens with <!-- and never ends. Take it out.")
    markup = re.sub("<!--.*?-->", "", markup, flags=re.DOTALL)
    # Without its semicolon "&sect" is no entity here: links hold "&section=2", and texts "R&D".
    markup = re.sub(r"&(?!#?\w+;)", "&amp;", markup)
    if found := _NO_TAG.search(markup):
        raise ValidationError(
            f"{lines.shown(found[0])} reads like a tag but is none. For the sign < write &lt;."
        )
    _check_size(markup)
    markup = _RENAMED_TAG.sub(lambda tag: f"<{tag[1]}{_RENAMED[tag[2].lower()]}", markup)
    return _OTHER_BLOCK.sub(r"\n\n\g<0>", markup)


def _fixed_point(markup: str) -> str:
    """Return the markup once a further round changes nothing, or raise ValidationError."""
    for _ in range(MOST_ROUNDS):
        before, markup = markup, _round(markup)
        if markup == before:
            return markup
        _check_size(markup)
    raise ValidationError(
        "This markup can be read in more than one way. Paste it as plain text and format it again."
    )


def _round(markup: str) -> str:
    """Return the markup after one pass of NFC, nh3, bleach and nh3, in paragraphs.

    nh3 goes first too, because bleach would leave the text of a script behind as words.
    """
    cleaned = _nh3_clean(_bleach_clean(_nh3_clean(lines.normalise(markup))))
    cleaned = re.sub("<a>(.*?)</a>", r"\1", cleaned, flags=re.DOTALL).strip()
    if not visible_text(cleaned):
        return ""
    return cleaned if _WRITTEN_BLOCK.search(cleaned) else _paragraphs(cleaned)


def _nh3_clean(markup: str) -> str:
    """Return the markup after nh3, which decodes entities: so its characters are checked here."""
    # nh3 always writes U+00A0 by name, and an ampersand that was typed as &amp;.
    decoded = lines.normalise(lines.line_feeds(_nh3.clean(markup).replace("&nbsp;", " ")))
    lines.check_characters(decoded, lines=True)
    return decoded


def _bleach_clean(markup: str) -> str:
    cleaned: str = bleach.clean(
        markup,
        tags=TAGS,
        attributes={tag: sorted(names) for tag, names in ATTRIBUTES.items()},
        protocols=PROTOCOLS,
        strip=True,
    )
    return cleaned


def _paragraphs(inline: str) -> str:
    """Return markup without blocks as paragraphs, parted at its blank lines."""
    parts = re.split(r"\n[ \n]*\n", inline)
    return "".join(f"<p>{part.strip()}</p>" for part in parts)


def _check_link(href: str) -> None:
    if fault := link_target_fault(href):
        raise ValidationError(f"The link to {lines.shown(href)} is not allowed. {fault}")


def _check_size(value: str) -> None:
    """Raise ValidationError for more than MOST_BYTES, MOST_TAGS or MOST_DEPTH, by a linear scan."""
    if len(value) > MOST_BYTES or len(value.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise ValidationError("This text is longer than 64 kB. Split it into sections.")
    if value.count("<") > MOST_TAGS:
        raise ValidationError(
            f"This text has more than {MOST_TAGS:,} tags. Paste it as plain text."
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
        if not end and tag not in _VOID:
            opened[tag] = opened.get(tag, 0) + 1
            depth += 1
            deepest = max(deepest, depth)
        elif end and opened.get(tag, 0):
            opened[tag] -= 1
            depth -= 1
    return deepest


class _Reader(HTMLParser):
    """Collects the targets of the links and the pieces of visible text of markup."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n")
        if tag == "a":
            self.links += [href or "" for name, href in attrs if name == "href"][:1]

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        self.pieces.append(data.replace("\n", " "))


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader
