"""Where a link may lead."""

import re

from conditions.cleaning import identifiers

_LOCAL_TARGETS = (
    r"tel:\+?[0-9][0-9().-]*",
    r"sms:\+?[0-9][0-9().-]*(?:\?&?body=[^&#]*)?",
    r"/(?!/).*",
    r"#[A-Za-z0-9-][A-Za-z0-9_-]*",
)
# Word's footnotes, bookmarks and comments, LibreOffice's footnotes, Google Docs' notes.
_OF_A_DOCUMENT = re.compile(r"#(?:_|sdfootnote|sdendnote|ftnt|cmnt|h\.|bookmark=)", re.IGNORECASE)


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
    if _OF_A_DOCUMENT.match(href):
        return (
            "It leads to a footnote, comment or bookmark of the document that it was copied from, "
            "which is not here. Take the link off its words."
        )
    if any(re.fullmatch(form, href, re.IGNORECASE) for form in _LOCAL_TARGETS):
        return ""
    return (
        "A link may lead to https://…, http://…, mailto:name@example.org, tel:…, sms:…, "
        "/a-page-of-this-site or #a-place-on-this-page."
    )
