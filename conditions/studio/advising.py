"""Advice on a saved draft, with what is known around it, and where on the form it belongs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string

from conditions.document import advice
from conditions.document.advice import Advice, Known
from conditions.document.advice.citations import targets
from conditions.document.parts import label_of
from conditions.models import KIND, Condition, HouseWord, Reference
from conditions.outline import KEYS, OUTLINE
from reviews import clock
from reviews.reading import at_address


@dataclass(frozen=True)
class Placed:
    """A piece of advice: what its part is called, and the id of its place on the draft's form."""

    advice: Advice
    label: str
    place: str


def advice_on(condition: Condition) -> list[Placed]:
    """What is to be said about a draft as it was saved, what is required first."""
    document = condition.document()
    named = targets(document)
    known = Known(
        live=at_address.live_targets(KIND, named, clock.now()) if named else (),
        drafted=set(Condition.objects.filter(slug__in=named).values_list("slug", flat=True)),
        rules=[word.rule for word in HouseWord.objects.all()],
        was_signed=condition.subject.sign_offs.exists(),
    )
    return [
        Placed(one, _label(one.part, document), place_of(one.part, document))
        for one in advice.advise(document, known)
    ]


def place_of(part: str, document: Mapping[str, Any]) -> str:
    """The id on the form of a part, or of the field of a row; "" for the whole page."""
    key, _, rest = part.partition(".")
    item = next((item for item in OUTLINE if item.key == key), None)
    if item is None or not item.columns:
        return f"part-{key}" if key in KEYS else ""
    row, _, name = rest.partition(".")
    index = next((at for at, one in enumerate(document[key]) if one["key"] == row), None)
    return f"part-{key}" if index is None else f"id_{key}-{index}-{item.columns[name]}"


def _label(part: str, document: Mapping[str, Any]) -> str:
    key, _, rest = part.partition(".")
    if key not in KEYS:
        return "The whole page"
    row = rest.partition(".")[0]
    rows = document[key] if row else ()
    number = next((at for at, one in enumerate(rows, 1) if one["key"] == row), 0)
    return f"{label_of(key, document)}, {number}" if number else label_of(key, document)


def beside(form: Any, found: Sequence[Placed]) -> None:
    """Put what is said of a row's fields into their help, which is read out with them."""
    if isinstance(form.instance, Reference) and form.instance.pk and "citation" in form.fields:
        form.fields["citation"].help_text = f"Cite it in a text as [ref:{form.instance.key}]."
    for name, field in form.fields.items():
        place = f"id_{form.add_prefix(name)}"
        if own := [one.advice for one in found if one.place == place]:
            field.help_text = render_to_string(
                "admin/conditions/condition/advice_of_part.html",
                {"help": field.help_text, "advice": own},
            )
