"""The one place where text is trusted as markup."""

import json
import re
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from conditions.cleaning import sanitise

register = template.Library()

# What could close a script element, open a comment in one, or end a line of JavaScript.
_IN_SCRIPT = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


@register.filter
def rich(frozen: str) -> SafeString:
    """Show frozen rich text as it was signed: it was sanitised when the draft was saved.

    Never sanitised again here, so that an upgrade of the sanitiser changes no signed word. A table
    gets a frame that scrolls by itself, named by the words of its first row.
    """
    return mark_safe(_TABLE.sub(_framed, frozen))  # noqa: S308


# In signed text "<table>" is a tag and never words, and no table stands in another.
_TABLE = re.compile("<table>.*?</table>", re.DOTALL)
_MOST_NAME = 80


def _framed(table: re.Match[str]) -> str:
    row = sanitise.visible_text(table[0]).split("\n")[0].replace(" | ", ", ").strip(" |,")
    name = row if len(row) <= _MOST_NAME else f"{row[:_MOST_NAME].rstrip()}…"
    return format_html(
        '<div class="table" role="region" aria-label="{}" tabindex="0">{}</div>',
        name,
        mark_safe(table[0]),  # noqa: S308
    )


@register.filter
def json_ld(graph: dict[str, Any]) -> SafeString:
    """Linked data as a data block, escaped so that nothing in it can close its script element."""
    text = json.dumps(graph, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT)
    return format_html(
        '<script type="application/ld+json">{}</script>',
        mark_safe(text),  # noqa: S308
    )
