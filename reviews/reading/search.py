"""Finding pages by the signed words in force: one behaviour, on PostgreSQL and on SQLite.

The index is derived and holds words folded by `reviews.text.folding`, so both engines compare
alike. What it finds is joined with what is in force at that instant; what is shown comes from the
evidence. A page's rank depends on its own words alone, never on how many other editions have them.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from reviews.evidence.indexing import FORM, indexed
from reviews.models import Edition, EditionIndex, Listing
from reviews.models.prepared import Prepared
from reviews.reading import proved
from reviews.text import folding
from reviews.text.folding import Query

Brief = TypeVar("Brief")
Match = Literal["all", "spelling", "some"]

# How many results are shown.
MOST = 20
# From which likeness on a name may be what was meant: "bipoler" is .45 like "bipolar 2 depression".
LIKE = 0.4

INDEX = EditionIndex._meta.db_table


@dataclass(frozen=True)
class Results(Generic[Brief]):
    """The best results first, MOST at most, and how many there are.

    `match` says how they answer: with "all" words; where no page has them all, by a name of a like
    "spelling"; or else with "some" of the words.
    """

    briefs: list[Brief]
    total: int
    match: Match


def search(
    kind: str, query: Query, at: datetime, brief: Callable[[dict[str, Any]], Brief]
) -> Results[Brief]:
    """What `brief` makes of the documents in force at an instant that a query finds.

    One database query where a page has all the words, else two, and one more for briefs not
    remembered. A row that is no longer what was signed is left out.
    """
    if not query:
        return Results([], 0, "all")
    match: Match = "all"
    found = _ask(_ALL, kind, query, at, every=True)
    if not found:
        found, match = _ask(_NEAR, kind, query, at, every=False), "some"
        like = [row for row in found if row[3] is not None and row[3] >= LIKE]
        if like:
            found, match = like, "spelling"
    briefs = proved.briefs([(sign_off, row_hash) for sign_off, row_hash, *_ in found], brief)
    total = found[0][2] if found and match != "spelling" else len(found)
    return Results(briefs, total - len(found) + len(briefs), match)


# --- The two questions, in words that both engines understand; {full_text} is each one's own

_BEGIN = """
WITH in_force (sign_off, hash, edition, title) AS ({in_force}),
found (edition, rank) AS MATERIALIZED ({full_text})"""
# The page of that name comes first, then one of that other name, then one whose name begins so;
# among the others a name counts for more than another name, and both for more than the body.
_ALL = f"""{_BEGIN}
SELECT sign_off, hash, COUNT(*) OVER ()
FROM found
JOIN in_force ON in_force.edition = found.edition
JOIN {INDEX} named ON named.edition_id = found.edition
ORDER BY CASE
    WHEN named.name = %(asked)s THEN 3
    WHEN %(line)s || named.synonyms || %(line)s LIKE %(is_a_line)s THEN 2
    WHEN named.name LIKE %(begins)s THEN 1
    ELSE 0
END DESC, rank DESC, title, sign_off
LIMIT {MOST}"""  # noqa: S608
_NEAR = f"""{_BEGIN},
near AS MATERIALIZED (
    SELECT sign_off, hash, title, rank,
        strict_word_similarity(%(asked)s, named.name || %(line)s || named.synonyms) AS likeness
    FROM in_force
    JOIN {INDEX} named ON named.edition_id = in_force.edition
    LEFT JOIN found ON found.edition = in_force.edition
)
SELECT sign_off, hash, COUNT(*) OVER (), likeness
FROM near
WHERE likeness >= {LIKE} OR rank IS NOT NULL
ORDER BY CASE WHEN likeness >= {LIKE} THEN likeness ELSE 0 END DESC, rank DESC, title, sign_off
LIMIT {MOST}"""  # noqa: S608


def _in_force(kind: str, at: datetime) -> QuerySet[Listing, Any]:
    current = Listing.objects.current(kind, at).order_by()
    return current.values_list("sign_off", "sign_off__event__hash", "sign_off__edition", "name")


_IN_FORCE: Prepared[Listing] = Prepared(_in_force, kind=str, at=datetime)


def _ask(question: str, kind: str, query: Query, at: datetime, *, every: bool) -> list[Any]:
    """The rows of a question (sign-off, hash, how many, …), the best first."""
    engine = _engine(connection)
    in_force, values = _IN_FORCE.sql(kind=kind, at=at)
    numbered = {f"in_force_{number}": value for number, value in enumerate(values)}
    asked = query.folded
    with connection.cursor() as cursor:
        cursor.execute(
            question.format(
                in_force=in_force % tuple(f"%({name})s" for name in numbered),
                full_text=engine.full_text,
            ),
            {
                **numbered,
                **engine.asked(query, every=every),
                # Folded words hold no wildcard.
                "asked": asked,
                "line": "\n",
                "is_a_line": f"%\n{asked}\n%",
                "begins": f"{asked}%",
            },
        )
        return list(cursor.fetchall())


# --- The engines


class _SQLite:
    """FTS5: a table over the index's own columns, kept in step by triggers."""

    table: ClassVar[str] = "reviews_words"
    # Not ranked by bm25: it weighs a word by how many editions have it, unsigned ones too, and so
    # the order of what is public would tell what is not. The + keeps SQLite from asking for each
    # row anew.
    full_text = f"""
        SELECT {table}.rowid, SUM(wanted.value)
        FROM json_each(%(wanted)s) wanted JOIN {table} ON {table} MATCH wanted.key
        WHERE +{table}.rowid IN (SELECT rowid FROM {table} WHERE {table} MATCH %(match)s)
        GROUP BY {table}.rowid"""  # noqa: S608
    weights: ClassVar[dict[str, int]] = {"name": 10, "synonyms": 8, "body": 1}
    missing = (
        "This SQLite was built without FTS5, which search needs. "
        "Use a Python whose sqlite3 has it, or PostgreSQL (DATABASE_URL)."
    )

    def asked(self, query: Query, *, every: bool) -> dict[str, str]:
        """The words quoted, so that none is an operator; those that stand as typed rank higher."""
        terms = [f'"{term.letters}"' + "*" * term.begins for term in query.terms]
        worth = dict.fromkeys(terms, 1) | {f'"{query.folded}"*': len(terms)}
        wanted = {
            f"{column} : {words}": weight * times
            for column, weight in self.weights.items()
            for words, times in worth.items()
        }
        return {
            "match": (" AND " if every else " OR ").join(terms),
            "wanted": json.dumps(wanted),
        }

    def stands(self, cursor: Any) -> bool:
        """Whether the table and its triggers are there, in the form of today."""
        names = [self.table, *self._triggers()]
        cursor.execute(
            "SELECT COUNT(*) FROM sqlite_master WHERE name IN (%s, %s, %s, %s)"
            " AND (type = 'table' OR instr(sql, %s))",
            [*names, _form()],
        )
        return bool(cursor.fetchone()[0] == len(names))

    def statements(self) -> list[str]:
        """Make everything afresh, from what stands in the index."""
        columns = ", ".join(self.weights)
        add = (
            f"INSERT INTO {self.table} (rowid, {columns}) "  # noqa: S608
            f"VALUES (NEW.edition_id, NEW.name, NEW.synonyms, NEW.body);"
        )
        take_out = (
            f"INSERT INTO {self.table} ({self.table}, rowid, {columns}) "  # noqa: S608
            f"VALUES ('delete', OLD.edition_id, OLD.name, OLD.synonyms, OLD.body);"
        )
        does = {"INSERT": add, "DELETE": take_out, "UPDATE": f"{take_out} {add}"}
        return [
            *(f"DROP TRIGGER IF EXISTS {name}" for name in self._triggers()),
            f"DROP TABLE IF EXISTS {self.table}",
            f"CREATE VIRTUAL TABLE {self.table} USING fts5({columns}, content='{INDEX}', "
            f"content_rowid='edition_id', tokenize='unicode61 remove_diacritics 0')",
            f"INSERT INTO {self.table} ({self.table}) VALUES ('rebuild')",  # noqa: S608
            *(
                f"CREATE TRIGGER {name} AFTER {verb} ON {INDEX} "
                f"BEGIN /* {_form()} */ {does[verb]} END"
                for name, verb in zip(self._triggers(), does, strict=True)
            ),
        ]

    def _triggers(self) -> list[str]:
        return [f"{self.table}_{verb}" for verb in ("insert", "delete", "update")]


class _PostgreSQL:
    """A generated column of the index, which Django does not know, and pg_trgm for likeness."""

    column: ClassVar[str] = "words"
    full_text = f"""
        SELECT edition_id, ts_rank('{{0.1, 0.1, 0.8, 1}}', {column}, %(match)s::tsquery)
            * CASE WHEN {column} @@ %(phrase)s::tsquery THEN 2 ELSE 1 END
        FROM {INDEX} WHERE {column} @@ %(match)s::tsquery"""  # noqa: S608
    missing = (
        "Search needs PostgreSQL's extension pg_trgm, and this role may not create it. As the "
        "database's owner run CREATE EXTENSION pg_trgm; (Debian: postgresql-contrib), then "
        "migrate again."
    )

    def asked(self, query: Query, *, every: bool) -> dict[str, str]:
        """The words quoted, so that none is an operator; those that stand as typed rank higher."""
        terms = (f"'{term.letters}'" + ":*" * term.begins for term in query.terms)
        return {
            "match": (" & " if every else " | ").join(terms),
            "phrase": " <-> ".join(f"'{word}'" for word in query.folded.split()) + ":*",
        }

    def stands(self, cursor: Any) -> bool:
        """Whether the extension, the column and its index are there, in the form of today."""
        cursor.execute(
            "SELECT obj_description(to_regclass(%s)) = %s"
            " AND EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm')",
            [f"{INDEX}_{self.column}", _form()],
        )
        return bool(cursor.fetchone()[0])

    def statements(self) -> list[str]:
        """Make everything afresh, from what stands in the index."""
        weighed = " || ".join(
            f"setweight(to_tsvector('simple', {name}), '{weight}')"
            for name, weight in (("name", "A"), ("synonyms", "B"), ("body", "D"))
        )
        return [
            "CREATE EXTENSION IF NOT EXISTS pg_trgm",
            f"ALTER TABLE {INDEX} DROP COLUMN IF EXISTS {self.column}",
            f"ALTER TABLE {INDEX} ADD COLUMN {self.column} tsvector "
            f"GENERATED ALWAYS AS ({weighed}) STORED",
            f"CREATE INDEX {INDEX}_{self.column} ON {INDEX} USING gin ({self.column})",
            f"COMMENT ON INDEX {INDEX}_{self.column} IS '{_form()}'",
        ]


def _form() -> str:
    """What the tables are marked with, so that those of another form are known."""
    return f"words in form {FORM}"


def _engine(connection: BaseDatabaseWrapper) -> _SQLite | _PostgreSQL:
    return _PostgreSQL() if connection.vendor == "postgresql" else _SQLite()


def prepare(connection: BaseDatabaseWrapper) -> None:
    """Teach a new connection to SQLite the word that PostgreSQL's pg_trgm has for likeness."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(
            "strict_word_similarity", 2, folding.likeness, deterministic=True
        )


def install(connection: BaseDatabaseWrapper, *, afresh: bool) -> None:
    """Index every edition again, if asked to or where the full text does not stand in today's form.

    Does nothing while the tables do not stand yet. Raises ImproperlyConfigured, saying what to do,
    on an engine that lacks what search needs.
    """
    engine = _engine(connection)
    with connection.cursor() as cursor:
        if INDEX not in connection.introspection.table_names(cursor):
            return
        stands = engine.stands(cursor)
    if stands and not afresh:
        return
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        try:
            for statement in () if stands else engine.statements():
                cursor.execute(statement)
        except DatabaseError as fault:
            if any(name in str(fault) for name in ("fts5", "pg_trgm")):
                raise ImproperlyConfigured(engine.missing) from fault
            raise
        for edition in Edition.objects.using(connection.alias).select_related("subject"):
            EditionIndex.objects.using(connection.alias).update_or_create(
                edition=edition, defaults=asdict(indexed(edition))
            )
