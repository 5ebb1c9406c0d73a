"""The clinic's own words, doses, and letters that pass for others."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conditions.document.advice.known import Advice, Known, texts
from reviews.text.lookalikes import look_alikes

_UNIT = r"(?:mg|mcg|µg|μg|ug|g|kg|ml|mL|L|IU|units?|tablets?|drops?|%)"
_NUMBER = r"\d[\d.,]*"
_RANGE = rf"{_NUMBER}(?:\s?(?:to|–|-)\s?{_NUMBER})?"
_GLUED = re.compile(r"(?<![\w.])\d[\d.,]*(?:mg|mcg|µg|μg|ug|g|kg|ml|mL|IU)(?![\w])")
_BARE = re.compile(
    rf"\b(?:dos(?:e|es|age|ages)\s+(?:of|is|was|from|up to|about)\s+|(?:take|takes|taking)\s+)"
    rf"({_RANGE})(?![\w.,/–-]|\s*(?:{_UNIT}|times|to|or|per|micrograms?|milligrams?|grams?)\b|\s?%)",
    re.IGNORECASE,
)
_OF_TIME = re.compile(r"\s*(?:minutes?|hours?|days?|weeks?|months?|years?|steps?)\b")
# ISMP, "List of Error-Prone Abbreviations": .5 is read as 5, and 5.0 as 50.
_NAKED = re.compile(rf"(?<![\w.])(\.\d+)\s?{_UNIT}(?!\w)")
_TRAILING = re.compile(rf"(?<![\w.])(\d+\.0+)\s?{_UNIT}(?!\w)")


def house_words(document: Mapping[str, Any], known: Known) -> Iterator[Advice]:
    """Words that the clinic does not write; the plural of the last one too."""
    for part, text in texts(document):
        for rule in known.rules:
            words = r"\s+".join(map(re.escape, rule.avoid.split()))
            if found := re.search(rf"(?<!\w){words}s?(?!\w)", text, re.IGNORECASE):
                why = f" {rule.why}" if rule.why else ""
                instead = f"Say “{rule.instead}”" if rule.instead else "Say it otherwise"
                yield Advice(part, "word", f"{instead}, not “{found[0]}”.{why}")


def doses(document: Mapping[str, Any]) -> Iterator[Advice]:
    """Doses without a unit, glued to it, or written so that a point can be missed."""
    for part, text in texts(document):
        for found in _GLUED.finditer(text):
            yield Advice(part, "dose", f"“{found[0]}”: put a space between number and unit.")
        for found in _BARE.finditer(text):
            if not _OF_TIME.match(text, found.end(1)):
                yield Advice(part, "dose", f"“{found[0]}” has no unit: say of what.")
        for found in _NAKED.finditer(text):
            yield Advice(part, "dose", f"“{found[0]}”: write 0{found[1]}, or the point is missed.")
        for found in _TRAILING.finditer(text):
            whole = found[1].partition(".")[0]
            yield Advice(part, "dose", f"“{found[0]}”: write {whole}, or the point is missed.")


def scripts(document: Mapping[str, Any]) -> Iterator[Advice]:
    """Words that mix alphabets or have letters or digits that pass for others."""
    for part, text in texts(document):
        for sentence in look_alikes(text):
            yield Advice(part, "letters", sentence if sentence.endswith(".") else f"{sentence}.")
