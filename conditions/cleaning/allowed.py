"""The one allow-list of rich text: the editor's settings and both sanitisers' lists follow it."""

from typing import Any

PROTOCOLS = ("https", "http", "mailto", "tel", "sms")
HEADING_LEVELS = (3, 4)

# An extension of django-prose-editor, its settings, the tags that it writes.
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
    ("Table", True, ("table", "thead", "tbody")),
    ("TableRow", True, ("tr",)),
    ("TableHeader", True, ("th",)),
    ("TableCell", True, ("td",)),
)
EXTENSIONS: dict[str, Any] = {name: config for name, config, _ in _ALLOWED}
TAGS: frozenset[str] = frozenset(tag for _, _, tags in _ALLOWED for tag in tags)
# `scope` is no choice of the editor's: cleaning derives it from where a header cell stands.
ATTRIBUTES: dict[str, frozenset[str]] = {
    "a": frozenset({"href"}),
    "ol": frozenset({"start"}),
    "th": frozenset({"scope"}),
}
