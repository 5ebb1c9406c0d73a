"""How a version of a draft is kept: the whole document once, with the contribution that it is.

django-reversion stores one text a version (`FORMAT`). Older versions are a row for the page and one
for each of its rows; they are read here too, and upgraded like any stored document.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.serializers.base import DeserializationError

from conditions.document import upgrades
from conditions.outline import GIVEN, ROWS, SCHEMA, from_the_site, row_model

if TYPE_CHECKING:
    from conditions.models import Condition

FORMAT = "document"


@dataclass(frozen=True)
class Kept:
    """A document with the number of the contribution that says who saved it, if that is known."""

    contribution: int | None
    document: dict[str, Any]


class Serializer:
    """What reversion asks for the text of a version."""

    internal_use_only = True

    def serialize(self, drafts: Sequence["Condition"], **options: Any) -> None:
        """One draft: as it was recorded, or read now where it is kept without being recorded."""
        (draft,) = drafts
        kept = draft.kept or Kept(None, draft.document())
        said = {"contribution": kept.contribution, "document": kept.document}
        self._text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))

    def getvalue(self) -> str:
        """The text."""
        return self._text


def Deserializer(*args: Any, **options: Any) -> Any:
    """A version goes into the draft through the studio alone, which cleans and records it."""
    raise DeserializationError("Restore a version from the draft's history.")


def beginning(contribution: int) -> str:
    """How the text of the version of a contribution begins."""
    return f'{{"contribution":{contribution},'


def read(text: str) -> Kept:
    """A version as this site keeps them, its document in the present schema."""
    said = json.loads(text)
    return Kept(said["contribution"], upgrades.current(said["document"]))


def read_older(page: str, rows: Mapping[str, Sequence[str]]) -> Kept:
    """A version of several texts: the page's, and by their model those of its rows.

    What the site gave to it then was not kept: it is given what the site gives now.
    """
    (said,) = json.loads(page)
    fields = said["fields"]
    shape = upgrades.shape_of(1 if "icd10" in fields else SCHEMA)
    document: dict[str, Any] = {"schema": 1 if "icd10" in fields else SCHEMA, "labels": {}}
    for key in shape.keys:
        if key in shape.rows:
            document[key] = _rows(key, shape.rows[key], said["pk"], rows)
        elif key in shape.lists:
            document[key] = [line for line in fields[key].split("\n") if line]
        elif key not in GIVEN:
            document[key] = fields[key]
    return Kept(None, upgrades.current(document) | from_the_site(document["stance"]))


def _rows(
    part: str, names: Sequence[str], page: int, texts: Mapping[str, Sequence[str]]
) -> list[dict[str, str]]:
    found = []
    for text in texts.get(row_model(part)._meta.label_lower, ()):
        (said,) = json.loads(text)
        fields = said["fields"]
        if fields["condition"] == page:
            row = {name: fields[at] for at, name in ROWS[part].items() if name in names}
            found.append((fields["position"], said["pk"], {"key": fields["key"], **row}))
    return [row for _, _, row in sorted(found, key=lambda one: one[:2])]
