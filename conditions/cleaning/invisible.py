"""Characters that nobody sees and nobody misses: they come with a paste and are taken out."""

import re

# Soft hyphen, zero-width space, word joiner, byte order mark.
_INVISIBLE = "\u00ad\u200b\u2060\ufeff"
# A control of the range C1 stands for a sign that got lost on the way where a number, a letter on
# both sides or other broken signs are beside it ("5\u009610" was "5–10"): it is left to be refused.
_CONTROL = re.compile(
    r"(?<![0-9\u0080-\u00ff])[\u0080-\u009f](?![0-9\u0080-\u00ff])(?:(?<![^\W_].)|(?![^\W_]))"
)


def remove_invisible(value: str) -> tuple[str, int]:
    """The text without them, and how many there were."""
    kept = value.translate(dict.fromkeys(map(ord, _INVISIBLE)))
    kept = _CONTROL.sub("", kept)
    return kept, len(value) - len(kept)
