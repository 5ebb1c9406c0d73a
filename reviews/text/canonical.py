"""The canonical text of a document and its digest: the bytes that a physician signs."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


class NotCanonical(ValueError):
    """The value cannot be written as canonical text; the message names the place."""


def text_of(document: Mapping[str, Any]) -> str:
    """Write a document as canonical JSON: sorted keys, no insignificant space, never a float.

    No string is changed. Raises NotCanonical for a float, a key that is not a string, a lone
    surrogate or any other type, because two writers could differ about their bytes.
    """
    _check(document, "document")
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    """The SHA-256 digest of a text's UTF-8 bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def document_of(text: str) -> dict[str, Any]:
    """Read canonical text back into a document."""
    document: dict[str, Any] = json.loads(text)
    return document


def _check(value: Any, place: str) -> None:
    match value:
        case None | bool() | int():
            return
        case str():
            if any("\ud800" <= character <= "\udfff" for character in value):
                raise NotCanonical(f"{place}: a lone surrogate is not text.")
        case Mapping():
            for key, inner in value.items():
                if not isinstance(key, str):
                    raise NotCanonical(f"{place}: the key {key!r} is not a string.")
                _check(key, f"{place}, a key")
                _check(inner, f"{place}.{key}")
        case list() | tuple():
            for index, inner in enumerate(value):
                _check(inner, f"{place}[{index}]")
        case _:
            raise NotCanonical(f"{place}: {type(value).__name__} has no canonical form.")
