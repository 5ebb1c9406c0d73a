"""The one place where text is trusted as markup."""

import json
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# What could close a script element, open a comment in one, or end a line of JavaScript.
_IN_SCRIPT = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


@register.filter
def rich(frozen: str) -> SafeString:
    """Show frozen rich text as it was signed: it was sanitised when the draft was saved.

    Never sanitised again here, so that an upgrade of the sanitiser changes no signed word.
    """
    return mark_safe(frozen)  # noqa: S308


@register.filter
def json_ld(graph: dict[str, Any]) -> SafeString:
    """Linked data as a data block, escaped so that nothing in it can close its script element."""
    text = json.dumps(graph, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT)
    return format_html(
        '<script type="application/ld+json">{}</script>',
        mark_safe(text),  # noqa: S308
    )
