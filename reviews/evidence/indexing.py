"""The words by which a search finds an edition, derived from what is frozen."""

import re
from contextlib import suppress

from django.db import DatabaseError, connection, transaction

from reviews.models import Edition, EditionOriginal
from reviews.reviewable import IndexedText, model_of
from reviews.text.folding import spread

# The number of the form in which words are held. Whoever changes what `indexed` makes of a text
# raises it: so the next migration indexes every edition afresh.
FORM = 2
_HYPHENS = re.compile(r"(?<=\w)[-‐./](?=\w)")
# So many characters of an edition are found by their words: PostgreSQL's vector ends at 1 MB.
_INDEXED = 150_000


def indexed(edition: Edition) -> IndexedText:
    """An edition's words as its index holds them: folded, a line for each other name.

    A name with a hyphen ("C-PTSD") has its form without one ("cptsd") among the other names.
    """
    said = model_of(edition.subject.kind).index(edition)
    synonyms = said.synonyms.split("\n")
    joined = [_HYPHENS.sub("", name) for name in (said.name, *synonyms)]
    lines = dict.fromkeys(spread(name) for name in (*synonyms, *joined))
    others = "\n".join(line for line in lines if line != spread(said.name))
    return IndexedText(spread(said.name), others, spread(said.body)[:_INDEXED])


def fill_originals() -> None:
    """After a migration: which page each edition translates, where that was never derived."""
    if EditionOriginal._meta.db_table not in connection.introspection.table_names():
        return
    with suppress(DatabaseError), transaction.atomic():
        for edition in Edition.objects.filter(original=None).select_related("subject").iterator():
            slug = model_of(edition.subject.kind).original(edition.document)
            if slug:
                EditionOriginal.objects.create(edition=edition, slug=slug)
