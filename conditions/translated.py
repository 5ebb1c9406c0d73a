"""What a translation says of itself while its original says something else, in its language."""

from dataclasses import dataclass
from datetime import date

from reviews.text.days import day

_MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto"),
    *("septiembre", "octubre", "noviembre", "diciembre"),
)


@dataclass(frozen=True)
class Said:
    """A sentence, and the tag of the language that it is in."""

    words: str
    lang: str


def unchecked(lang: str, on: date) -> Said:
    """That the original changed on a day: in the page's own language, or else in English."""
    if lang.lower().partition("-")[0] == "es":
        spelled = f"{on.day} de {_MONTHS[on.month - 1]} de {on.year}"
        return Said(f"El original cambió el {spelled}; esta traducción no se ha revisado.", "es")
    return Said(f"The original changed on {day(on)}; this translation has not been checked.", "en")
