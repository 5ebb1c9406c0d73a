"""The document: made of a draft, checked, in parts, and upgraded from older schemas."""

from conditions.document.checking import Change, Checked, Fault, check
from conditions.document.doubts import doubts
from conditions.document.drafts import cleaned, frozen, of, put, typed
from conditions.document.parts import hosts, index, on_paper, parts, places, unidentified
from conditions.document.versions import erase, erase_version, versions

__all__ = [
    "Change",
    "Checked",
    "Fault",
    "check",
    "cleaned",
    "doubts",
    "erase",
    "erase_version",
    "frozen",
    "hosts",
    "index",
    "of",
    "on_paper",
    "parts",
    "places",
    "put",
    "typed",
    "unidentified",
    "versions",
]
