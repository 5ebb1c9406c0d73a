"""The language of a page: its tag, the direction of its script, its locale."""

import re
from typing import Literal

from django.core.exceptions import ValidationError

from reviews.text.characters import OUTER, remove_invisible

# language[-Script][-REGION] of RFC 5646; longer tags name what no page here needs.
_TAG = re.compile("([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?", re.IGNORECASE | re.ASCII)

_SCRIPTS = "Adlm Arab Aran Hebr Mand Mend Nkoo Rohg Samr Syrc Thaa Yezi"
# Languages whose usual script runs right to left (Unicode CLDR, likely subtags).
_LANGUAGES = (
    "acm aeb afb aii ajp apc apd ar arc arq ary arz azb bal bgn bqi ckb dv fa glk haz he iw ji khw "
    "ks lrc luz mzn nqo pbt pes pnb prs ps rhg sd skr syr ug ur yi"
)
# Written from right to left in these countries only.
_COUNTRIES = "az-IQ az-IR kk-CN kk-IR ku-IQ ku-IR ky-CN pa-PK tg-PK tk-AF uz-AF"
_RIGHT_TO_LEFT = frozenset(f"{_SCRIPTS} {_LANGUAGES} {_COUNTRIES}".split())

# Where a bare language plainly means one country to this site's readers, who live in the United
# States. Elsewhere a territory would be a guess, and a wrong locale is worse than none.
_LOCALES = {
    "en": "en_US",
    "es": "es_US",
    "ja": "ja_JP",
    "ko": "ko_KR",
    "pl": "pl_PL",
    "th": "th_TH",
    "tl": "tl_PH",
    "vi": "vi_VN",
}


def clean_lang(value: str) -> str:
    """Return a language's tag such as en or zh-Hant-TW in its usual case; blank stays blank.

    Raises ValidationError for what is not language[-Script][-REGION] (BCP 47).
    """
    bare = remove_invisible(value)[0].strip(OUTER)
    if not bare:
        return ""
    found = _TAG.fullmatch(bare.replace("_", "-"))
    if not found:
        raise ValidationError(
            f"“{bare[:40]}” is not the tag of a language. Write one such as en, es or zh-Hant-TW."
        )
    language, script, region = found.groups(default="")
    parts = (language.lower(), script.title(), region.upper())
    return "-".join(part for part in parts if part)


def direction(lang: str) -> Literal["ltr", "rtl"]:
    """How the words of a language run, for the attribute `dir`; what is no tag runs as English."""
    language, script, region = _parts(lang)
    told = [script] if script else [language, f"{language}-{region}"]
    return "rtl" if _RIGHT_TO_LEFT.intersection(told) else "ltr"


def locale(lang: str) -> str:
    """A language and a territory as Open Graph wants them (en_US), or "" where none is plain."""
    language, _, region = _parts(lang)
    if not region:
        return _LOCALES.get(language, "")
    return f"{language}_{region}" if region.isalpha() else ""


def _parts(lang: str) -> tuple[str, str, str]:
    found = _TAG.fullmatch(lang)
    language, script, region = found.groups(default="") if found else ("", "", "")
    return language.lower(), script.title(), region.upper()
