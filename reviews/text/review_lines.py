"""Sentences that claim a review of the page they stand on, which only a signature may say.

Design I2: the date and the name come from a sign-off alone. Refused is what has the form of the
review line (a label with a day or a name) or says of this page that it was reviewed. What only may
be such a claim is shown to editor and physician. The tests hold a table of sentences.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from django.core.exceptions import ValidationError

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo"
    r"|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)\b\.?"
)
_DATE = (
    rf"(?:(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+|de\s+)?)?{_MONTH}"
    r"(?:\s+\d{1,2}(?:st|nd|rd|th)?\b)?(?:,?\s+(?:de\s+)?\d{4})?"
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}/\d{4}|(?:19|20)\d\d\b|today\b)"
)
_WHEN = rf"(?:on|in|as\s+of|el|en)?\s*{_DATE}"
_CREDENTIALS = r"(?-i:M\.?D|D\.?O|MBBS|Ph\.?D|PsyD|DNP|PMHNP|NP|PA|RN)\b"
_WORD = r"(?-i:[A-Z])[\w'’.-]*"
_NAME = rf"{_WORD}(?:\s+{_WORD}){{1,4}}"
_TITLED = rf"(?:(?:dr|dra|prof)\b\.?|doctora?|professor)\s+{_WORD}(?:\s+{_WORD})*"
_STAFF = (
    r"(?:our|the\s+clinic['’]s)\s+(?:[\w-]+\s+){0,2}"
    r"(?:team|board|staff|clinicians?|physicians?|doctors?|psychiatrists?|experts?|editors?)\b"
    r"|the\s+clinic\b(?!['’])"
)
# Somebody who could sign: a title, the clinic's own people, a name with credentials.
_SIGNER = rf"(?:{_TITLED}|{_STAFF}|{_WORD}(?:\s+{_WORD}){{0,4}}(?:,\s*|\s+){_CREDENTIALS})"
# By somebody who is not part of a patient's own matter: "reviewed by your therapist".
_BY_NOT_YOURS = r"(?:by|por)\b\s*:?\s*(?!(?:your|you|my|his|her|their|me|him|them|su)\b)"
_BY = _BY_NOT_YOURS + r"\w"

_CHECKED = r"(?:reviewed|checked|fact[\s-]*checked|verified|approved|vetted|validated)"
_DATED = rf"(?:{_CHECKED}|updated|modified|revised)"
# Approval and the like have days of their own in medicine: "approved on March 5, 2019".
_READ = r"(?:reviewed|checked)"
_MEDICALLY = (
    r"(?:medically|clinically|medical|physician|doctor|clinician|expert|psychiatrist)[\s-]+"
)
_CHECKED_ES = r"(?:(?:m[ée]dica|cl[íi]nica)mente\s+)?(?:revisad|verificad|aprobad)[oa]"
_REVIEW_ES = r"(?:revisi[óo]n|actualizaci[óo]n)\b(?:\s+m[ée]dica)?"
_PAGE = (
    r"(?:(?:this|the|our)\s+(?:[\w-]+\s+)?(?:page|article|text|content|website|site)"
    r"|(?:this|the)\s+(?:information|material|leaflet|handout|summary)"
    r"|(?:everything|all|the\s+\w+|information|content)\s+(?:on|of)\s+this\s+(?:page|site|website)"
    r"|est[ae]\s+(?:p[áa]gina|art[íi]culo|texto|contenido))"
)
_END = r"\s*[.!)\]]*\s*$"

# The review line itself. Each form opens a sentence, a cell of a table or what stands in brackets.
_LINES = (
    # Last (medically) reviewed by …, on …, May 2026, or alone as a label
    rf"last\s+(?:{_MEDICALLY})?{_DATED}\b(?:\s*{_BY}|\s*{_WHEN}|\s*[:–—-]|\s+on\b|{_END})",
    # Updated May 2026; page last reviewed: …; medical content reviewed by Jane Roe, MD
    rf"(?:updated|modified|revised)\s*:?\s*{_WHEN}{_END}",
    rf"(?:\w+\s+)?(?:page|article|content|site|website|text|information)\s+(?:last\s+)?{_DATED}"
    rf"\s*(?::|{_WHEN}|by\s+{_SIGNER})",
    rf"(?:information\s+)?(?:accurate|current|correct|up[\s-]to[\s-]date)\s+as\s+of\s+{_DATE}",
    # Medically reviewed by …, on …, or alone as a label; fact-checked by …
    rf"{_MEDICALLY}{_CHECKED}\b(?:\s*{_BY}|\s*{_WHEN}|\s*:|{_END})",
    rf"fact[\s-]*checked\s+{_BY}",
    # (Written and) reviewed by Jane Roe, MD; reviewed: 2026; reviewed on May 31
    rf"(?:\w+\s+(?:and|&)\s+)?{_CHECKED}\s*(?:by\s*:?\s*{_SIGNER}|by\s*:|by{_END}|:\s*{_SIGNER}"
    rf"|by\s+{_NAME}(?:\s*[,(]?\s*{_WHEN})?{_END})",
    rf"{_READ}\s*(?::\s*{_WHEN}|:{_END}|on\s+{_DATE}|{_WHEN}{_END})",
    rf"signed(?:\s+off)?\s*(?:by\b\s*:?|:)\s*{_SIGNER}",
    # Clinician review by Jane Roe, MD; reviewer: Jane Roe, MD; medical reviewer
    rf"(?:{_MEDICALLY})?review(?:\s+(?:done|completed|performed))?\s*(?:by\b\s*:?|:)\s*{_SIGNER}",
    rf"(?:{_MEDICALLY})?reviewer\b\s*(?:by\b)?\s*:?\s*{_SIGNER}",
    rf"(?:medical|clinical)\s+review(?:er)?\s+by\s+{_NAME}",
    rf"(?:medical|clinical)\s+reviewer\s*(?::|{_END})",
    # Date (of last) review; review date; next review due May 31
    r"date\s+(?:of\s+)?(?:the\s+)?(?:last\s+|latest\s+)?"
    rf"(?:reviewed|updated|modified|revised|review)\s*(?::|{_WHEN}|{_END})",
    r"(?:(?:last|next|latest|medical|clinical|full)\s+)+review(?:\s+(?:date|due))?\s*"
    rf"(?::\s*{_WHEN}|{_WHEN}{_END})",
    rf"(?:(?:last|next|latest|medical|full)\s+)*review\s+(?:date|due)\s*(?::|{_WHEN}|{_END})",
    # Última revisión: …; fecha de la última revisión; revisado por la Dra. Roe
    rf"(?:[úu]ltima|pr[óo]xima)\s+{_REVIEW_ES}\s*(?::|{_WHEN})",
    rf"fecha\s+de\s+(?:la\s+)?(?:[úu]ltima\s+)?{_REVIEW_ES}",
    rf"{_CHECKED_ES}\s+(?:por\s+(?:el\s+|la\s+)?{_SIGNER}|por\s*:|{_WHEN})",
)
# What is said of this page: that it was reviewed by …, on …, or at all; that it is current as of …
_SAID_OF_PAGE = (
    rf"(?:was|were|(?:has|have|had)\s+been|fue|ha\s+sido)\s+(?:(?:\w+ly|last|first)\s+){{0,2}}"
    rf"(?:{_MEDICALLY})?(?:{_DATED}|signed|{_CHECKED_ES})"
    rf"(?:\s+(?:and\s+\w+\s+)?(?:{_BY}|{_WHEN})|{_END})",
    rf"(?:is|are)\s+{_MEDICALLY}{_CHECKED}\b",
    rf"(?:is|are|was|were)\s+(?:accurate|current|correct|up[\s-]to[\s-]date)\s+(?:on|as\s+of)\s+{_DATE}",
)


def _any(forms: tuple[str, ...]) -> str:
    return "(?:" + "|".join(forms) + ")"


_HEAD = r"(?:^|[.!?:;•·|()\[\]–—]|(?<!\w)-)\s*"
_OPENED = re.compile(f"{_HEAD}(?P<words>{_any(_LINES)})", re.IGNORECASE)
_AFTER_COMMA = re.compile(
    rf",\s*(?P<words>last\s+(?:{_MEDICALLY})?{_DATED}\s*(?:{_WHEN}|by\s+{_SIGNER}))", re.IGNORECASE
)
_OF_PAGE = re.compile(rf"\b(?P<words>{_PAGE}\s+{_any(_SAID_OF_PAGE)})", re.IGNORECASE)
# Dr. Roe reviewed this page; was this page reviewed by Dr. Roe
_TURNED = re.compile(
    rf"(?P<words>\b{_SIGNER},?\s+(?:has\s+|have\s+)?(?:\w+ly\s+)?(?:\w+\s+and\s+)?"
    rf"(?:{_CHECKED}|signed)\s+{_PAGE}|\b{_CHECKED}\s+{_PAGE}\s+{_WHEN}"
    rf"|\bwas\s+{_PAGE}\s+(?:last\s+)?{_CHECKED}\s+by\s+{_SIGNER})",
    re.IGNORECASE,
)
# Before a claim they make it none: "not reviewed", "no physician", "when this page was reviewed".
_DENIED = re.compile(
    r"(?:\b(?:not|never|without)\b(?!\s+(?:only|just|merely))|n['’]t\b)(?:\s+\w+){0,4}\s*$"
    r"|^\W*(?:no|nobody|none|neither)\b[^,;:]*$",
    re.IGNORECASE,
)
_ASKING = re.compile(r"\b(?:when|whether|if|until|unless|who|how|why|before|after|once)\s+$", re.I)

_NO = re.compile(
    r"\b(?:not|never)\b(?!\s+(?:only|just|merely))|n['’]t\b|^\W*(?:no|nobody|none)\b", re.IGNORECASE
)
_ABOUT_PAGES = (
    rf"(?:{_PAGE}|(?:our|all|these|this|the)\s+(?:[\w-]+\s+){{0,2}}?(?:page|article|text|site)s?"
    r"|all\s+content[\w\s]{0,40}?|it|they|everything|information|content|(?:this|these)\s+[\w-]+)\b"
)
# What may be said of this page, and is not in the form of the line.
_DOUBTS = (
    # Our articles are reviewed by physicians; it was reviewed by Jane Roe, MD
    rf"^\W*{_ABOUT_PAGES}[^,;:.]{{0,40}}?\b(?:is|are|was|were|has|have|been|be)\b"
    rf"[^,;:.]{{0,20}}?\b{_DATED}\b",
    rf"^\W*(?:information|content)\s+{_DATED}\b",
    # Reviewed by Cochrane authors, ketamine …; we checked these facts
    rf"^\W*(?:reviewed|verified|vetted)\s+{_BY_NOT_YOURS}(?-i:[A-Z])",
    r"^\W*(?:we|i|our\s+(?:[\w-]+\s+){1,3}?)\b[^,;:.]{0,20}\b"
    rf"(?:{_CHECKED}|reviews?|checks?|verif(?:y|ies)|approves?)\s+(?:this|these|all|every|each)\s+"
    r"[^.]{0,40}?\b(?:page|article|text|fact|word|content|information)s?\b",
    rf"^\W*{_CHECKED}\b[^,;:.]{{0,30}}\bby\s+(?:{_STAFF})",
    # A physician reviewed this page; when this page was reviewed; has this page been reviewed
    rf"\b{_CHECKED}\s+{_PAGE}",
    rf"\b{_PAGE}\s+(?:(?:was|is|has|been|last|\w+ly)\s+)+{_DATED}\b",
    rf"^\W*(?:has|was|is|who|when)\b[^.]{{0,60}}?{_PAGE}[^.]{{0,60}}?\b{_DATED}\b",
)
_DOUBTFUL = re.compile(_any(_DOUBTS), re.IGNORECASE)
# A sentence ends at a mark before a space and no small letter, but not after a title or an initial.
_SENTENCE_END = re.compile(r"[.!?][”\"')\]]*\s+(?=[^\sa-z])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:Dr|Dra|Prof|Mr|Mrs|Ms|St|vs|No)|\b(?-i:[A-Z])|M\.D|D\.O|Ph\.D)\.$"
)
# A longer piece of text is no sentence; it is read in parts, so that no pattern reads it all.
_LONGEST = 400


def check_no_review_line(text: str, *, citation: bool = False) -> None:
    """Raise ValidationError where the text has the form of the review line of this page.

    A citation may carry its source's dates and reviewers; refused in it is what names this page,
    and a line with no source before it. Letters of look-alike styles (bold, full width) are read as
    plain ones. A denial ("not medically reviewed") is no claim.
    """
    sentences = list(_sentences(text))
    for number, sentence in enumerate([*sentences, *_pairs(text)]):
        opening = number == 0 or not citation
        if words := _review_line(sentence, opening=opening, within=not citation):
            raise ValidationError(
                "The review line is made by the site from the signature; take it out. "
                f"Found: “{words}”."
            )


def doubtful_sentences(text: str) -> list[str]:
    """The sentences that may claim a review of this page and are not refused, for people to judge.

    Not for citations, whose reviews are those of their sources.
    """
    return [
        sentence
        for sentence in _sentences(text)
        if not _review_line(sentence, opening=True, within=True) and _is_doubtful(sentence)
    ]


def _review_line(sentence: str, *, opening: bool, within: bool) -> str:
    """The words of a sentence that claim a review of this page, or an empty string.

    With `opening` the line is looked for where the sentence opens, with `within` after a colon, a
    bracket or a comma as well.
    """
    found = [*_OF_PAGE.finditer(sentence), *_TURNED.finditer(sentence)]
    if opening:
        found += [one for one in _OPENED.finditer(sentence) if within or not one.start("words")]
    if opening and within:
        found += _AFTER_COMMA.finditer(sentence)
    for one in found:
        before = sentence[max(0, one.start("words") - 60) : one.start("words")]
        asked = one.re is _OF_PAGE and (_ASKING.search(before) or sentence.rstrip().endswith("?"))
        if not asked and not _DENIED.search(before):
            return sentence[one.start("words") :][:80].strip(" .")
    return ""


def _is_doubtful(sentence: str) -> bool:
    return bool(_DOUBTFUL.search(sentence)) and not _NO.search(sentence)


def _sentences(text: str) -> Iterator[str]:
    for line in unicodedata.normalize("NFKC", text).split("\n"):
        start = 0
        for end in _SENTENCE_END.finditer(line):
            if not _ABBREVIATED.search(line[max(start, end.end() - 12) : end.end()].rstrip()):
                yield from _parts(line[start : end.end()].strip())
                start = end.end()
        yield from _parts(line[start:].strip())


def _parts(sentence: str) -> Iterator[str]:
    for start in range(0, len(sentence), _LONGEST):
        yield sentence[start : start + _LONGEST + 100]


def _pairs(text: str) -> Iterator[str]:
    """Two lines in one, where the first may be a label and the second its value."""
    written = [line.strip() for line in unicodedata.normalize("NFKC", text).split("\n")]
    told = [line for line in written if line]
    for before, after in pairwise(told):
        if len(before) <= 60 and before[-1] not in ".!?":
            yield f"{before} {after[:100]}"
