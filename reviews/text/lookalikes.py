"""Letters, digits and hosts that look like others, for people to be shown: nothing is refused."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

# Alphabets whose letters can pass for one another; in other scripts (Japanese beside Latin) a word
# of two is ordinary.
_ALPHABETS = ("Latin", "Cyrillic", "Greek", "Armenian", "Cherokee", "Coptic", "Lisu")
# Letters that nobody can tell from a Latin one in most fonts (Unicode TS 39, confusables).
_LOOK_LATIN = frozenset("аеорсухіјѕԁԛԝһӏАВЕЅІЈКМНОРСТУХҮοινρυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
# In medicine a Greek letter is a sign at the edge of a word: TNFα, ΔFosB, Aβ42.
_GREEK_SIGNS = frozenset("αβγδεζηθκλμξπστφχψωΓΔΘΛΞΠΣΦΨΩ")
_WORD = re.compile(r"[^\s‐‑–—/.,;:!?()\[\]{}<>@“”„\"'’&|+=*-]+")
_LETTERS = re.compile(r"[^\W\d_]+")
# East Asian text has wide letters and digits of its own.
_EAST_ASIAN = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO")
# So many words are named; the rest are counted.
MOST_NAMED = 20


def look_alikes(text: str) -> list[str]:
    """A sentence for each word that mixes alphabets or has letters or digits that pass for others.

    Such words are named once, MOST_NAMED at most. Digits and wide letters are none where the text
    is written in their own script.
    """
    scripts = {_first_name(one) for one in text if one.isalpha()}
    words = list(dict.fromkeys(_WORD.findall(text)))
    foreign = _passing_for_latin(words)
    said = [
        f"“{word}” {fault}"
        for word in words
        for fault in _faults(word, scripts, is_foreign=word in foreign)
    ]
    if len(said) <= MOST_NAMED:
        return said
    return [*said[:MOST_NAMED], f"There are {len(said) - MOST_NAMED:,} more words like these."]


def host_in_ascii(host: str) -> str:
    """The name of a site as the network knows it: in small letters, other scripts as xn--."""
    return ".".join(
        label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
        for label in unicodedata.normalize("NFKC", host.lower()).split(".")
    )


def host_look_alikes(host: str) -> list[str]:
    """A sentence on each name of a site in another script: how it reads, and what is odd in it."""
    plain = host_in_ascii(host)
    if "xn--" not in plain:
        return []
    try:
        read = ".".join(_read(label) for label in plain.split("."))
    except UnicodeError:
        return [f"“{plain}” cannot be read."]
    odd = look_alikes(read)
    return [f"“{plain}” reads “{read}”{': ' + ' '.join(odd) if odd else '.'}"]


def _faults(word: str, scripts: set[str], *, is_foreign: bool) -> Iterator[str]:
    alphabets = Counter(script for one in word if (script := _alphabet(one)))
    odd = _mixed(word, alphabets) if len(alphabets) > 1 else ""
    if odd:
        yield odd
    elif is_foreign:
        (script,) = alphabets
        yield f"is written in {script} letters that look Latin, among Latin words."
    for one in dict.fromkeys(word):
        if unicodedata.category(one) == "Nd" and not one.isascii() and not _at_home(one, scripts):
            yield f"has the digit {one}, which is not the plain {unicodedata.digit(one)}."
    plain = unicodedata.normalize("NFKC", word)
    styles = {_first_name(one) for one in word if one.isalpha()}
    if "FULLWIDTH" in styles and not scripts.intersection(_EAST_ASIAN):
        yield f"has wide letters; the plain ones are {plain}."
    if "MATHEMATICAL" in styles:
        yield f"has letters of a special style; the plain ones are {plain}."


def _mixed(word: str, alphabets: Counter[str]) -> str:
    """What is odd in a word of several alphabets, or an empty string where it is ordinary."""
    if set(alphabets) == {"Latin", "Greek"} and all(
        _has_signs_only(letters) for letters in _LETTERS.findall(word)
    ):
        return ""
    # The alphabet of most letters is the word's own; of two alike, Latin.
    own, *others = sorted(alphabets, key=lambda one: (-alphabets[one], _ALPHABETS.index(one)))
    odd = [
        f"{', '.join(letters)} {'is' if len(letters) == 1 else 'are'} {script}"
        for script in others
        if (letters := list(dict.fromkeys(one for one in word if _alphabet(one) == script)))
    ]
    return f"mixes {' and '.join([own, *others])} letters: {'; '.join(odd)}."


def _has_signs_only(letters: str) -> bool:
    """Whether the Greek in a run of letters is no more than a sign before and after Latin ones."""
    greek = [at for at, one in enumerate(letters) if _alphabet(one) == "Greek"]
    return len(greek) in (0, len(letters)) or all(
        at in (0, len(letters) - 1) and letters[at] in _GREEK_SIGNS for at in greek
    )


def _passing_for_latin(words: list[str]) -> set[str]:
    """The words of letters that all look Latin, in a text whose other words are Latin."""
    passing: dict[str, set[str]] = {}
    honest: set[str] = set()
    for word in words:
        letters = [(one, script) for one in word if (script := _alphabet(one))]
        alphabets = {script for _, script in letters}
        # One Greek letter alone is a sign: ρ = 0.4.
        is_sign = alphabets == {"Greek"} and len(letters) == 1
        if len(alphabets) != 1 or is_sign:
            continue
        (script,) = alphabets
        if script != "Latin" and all(one in _LOOK_LATIN for one, _ in letters):
            passing.setdefault(script, set()).add(word)
        else:
            honest.add(script)
    if "Latin" not in honest:
        return set()
    return {word for script in passing.keys() - honest for word in passing[script]}


def _alphabet(character: str) -> str:
    """The alphabet of a letter, or an empty string for letters of other scripts and for signs."""
    script = _first_name(character).title() if character.isalpha() else ""
    return script if script in _ALPHABETS else ""


def _first_name(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _at_home(digit: str, scripts: set[str]) -> bool:
    """Whether a text has letters of the script that a digit belongs to."""
    name = unicodedata.name(digit, "")
    if name.startswith("FULLWIDTH"):
        return bool(scripts.intersection(_EAST_ASIAN))
    return any(script in re.split("[ -]", name) for script in scripts - {"MATHEMATICAL"})


def _read(label: str) -> str:
    """A label of a host in its own script; raises UnicodeError for what is none."""
    if not label.startswith("xn--"):
        return label
    read = label[4:].encode("ascii").decode("punycode")
    if read.isascii() or not read.isprintable() or host_in_ascii(read) != label:
        raise UnicodeError(label)
    return read
