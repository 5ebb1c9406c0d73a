"""Triggers that make evidence append-only and hold four eyes, on both engines."""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, UniqueConstraint

from reviews import models
from reviews.evidence.kinds import Kind
from reviews.models import EditionAuthor, Event, Remark, SignOff, Subject

APPEND_ONLY: list[type[Model]] = [Event, Subject, EditionAuthor, *models.evidence_models()]


def _tables() -> list[str]:
    return [model._meta.db_table for model in APPEND_ONLY]


def install(connection: BaseDatabaseWrapper) -> None:
    """Create every trigger afresh; does nothing while the tables do not stand yet."""
    needed = {*_tables(), Remark._meta.db_table}
    with connection.cursor() as cursor:
        if not needed <= set(connection.introspection.table_names(cursor)):
            return
    remove(connection)
    _run(connection, _postgresql() if connection.vendor == "postgresql" else _sqlite())


def prepare(connection: BaseDatabaseWrapper) -> None:
    """Before a migration: SQLite refuses to rebuild a table that another table's trigger names."""
    if connection.vendor == "sqlite":
        names = (f"{SignOff._meta.db_table}_four_eyes", f"{Remark._meta.db_table}_blank_said")
        _run(connection, [f"DROP TRIGGER IF EXISTS {name}" for name in names])


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop every trigger: for the tests' flush, the one sanctioned way past them."""
    names = [
        (f"{table}_{rule}", table)
        for table in [*_tables(), Remark._meta.db_table]
        for rule in (
            "no_update",
            "no_delete",
            "no_replace",
            "append_only",
            "four_eyes",
            "blank_only",
            "blank_said",
        )
    ]
    on = connection.vendor == "postgresql"
    _run(
        connection,
        [
            f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if on else "")
            for name, table in names
        ],
    )


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


_REFUSED = "evidence is append-only"
_FOUR_EYES = "the signer is among the authors"
_BLANK_ONLY = "a remark is only ever blanked"
_BLANK_SAID = "a remark is blanked only after its event"


def _replaces(model: type[Model]) -> str:
    """SQL that is true where a new row has a unique value, or set of values, of a standing one."""
    meta = model._meta
    unique = [[field.column] for field in meta.concrete_fields if field.unique]
    unique += [
        [meta.get_field(name).column for name in constraint.fields]  # type: ignore[union-attr]
        for constraint in meta.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    return " OR ".join(
        f"EXISTS (SELECT 1 FROM {meta.db_table} WHERE "
        + " AND ".join(f"{column} = NEW.{column}" for column in columns)
        + ")"
        for columns in unique
    )


def _not_said(find: str) -> str:
    """SQL that is true where no event says that a remark is blanked.

    `find` is the engine's function that finds one text in another: the body is canonical text, so
    that this piece of it can mean nothing else.
    """
    return (
        f"NOT EXISTS (SELECT 1 FROM {Event._meta.db_table} "
        f"WHERE kind = '{Kind.REMARK_BLANKED.value}' "
        f"AND {find}(body, '\"remark\":\"' || OLD.digest || '\"') > 0)"
    )


def _sqlite() -> list[str]:
    statements = [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
        for table in _tables()
        for verb in ("UPDATE", "DELETE")
    ]
    # INSERT OR REPLACE deletes without a DELETE trigger wherever recursive_triggers is off, as in
    # SQLite's own shell; so no row may come in that would replace another.
    kept: list[type[Model]] = [*APPEND_ONLY, Remark]
    statements += [
        f"CREATE TRIGGER {model._meta.db_table}_no_replace BEFORE INSERT "
        f"ON {model._meta.db_table} WHEN {_replaces(model)} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
        for model in kept
    ]
    sign_off, author, remark = (m._meta.db_table for m in (SignOff, EditionAuthor, Remark))
    return [
        *statements,
        f"CREATE TRIGGER {sign_off}_four_eyes BEFORE INSERT ON {sign_off} "
        f"WHEN NOT NEW.disclosed AND EXISTS (SELECT 1 FROM {author} "
        f"WHERE edition_id = NEW.edition_id AND user_id = NEW.signer_id) "
        f"BEGIN SELECT RAISE(ABORT, '{_FOUR_EYES}'); END",
        f"CREATE TRIGGER {remark}_no_delete BEFORE DELETE ON {remark} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
        f"CREATE TRIGGER {remark}_blank_only BEFORE UPDATE ON {remark} "
        f"WHEN NEW.digest <> OLD.digest OR NEW.text <> '' OR NEW.salt <> '' "
        f"BEGIN SELECT RAISE(ABORT, '{_BLANK_ONLY}'); END",
        f"CREATE TRIGGER {remark}_blank_said BEFORE UPDATE ON {remark} "
        f"WHEN {_not_said('instr')} "
        f"BEGIN SELECT RAISE(ABORT, '{_BLANK_SAID}'); END",
    ]


def _postgresql() -> list[str]:
    sign_off, author, remark = (m._meta.db_table for m in (SignOff, EditionAuthor, Remark))

    def function(name: str, body: str) -> str:
        return (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
            f"AS $$ BEGIN {body} END $$"
        )

    return [
        function("reviews_append_only", f"RAISE EXCEPTION '{_REFUSED}';"),
        *(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION reviews_append_only()"
            for table in _tables()
        ),
        function(
            "reviews_four_eyes",
            f"IF NOT NEW.disclosed AND EXISTS (SELECT 1 FROM {author} "
            f"WHERE edition_id = NEW.edition_id AND user_id = NEW.signer_id) "
            f"THEN RAISE EXCEPTION '{_FOUR_EYES}'; END IF; RETURN NEW;",
        ),
        f"CREATE TRIGGER {sign_off}_four_eyes BEFORE INSERT ON {sign_off} "
        f"FOR EACH ROW EXECUTE FUNCTION reviews_four_eyes()",
        f"CREATE TRIGGER {remark}_no_delete BEFORE DELETE OR TRUNCATE ON {remark} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION reviews_append_only()",
        function(
            "reviews_blank_only",
            "IF NEW.digest <> OLD.digest OR NEW.text <> '' OR NEW.salt <> '' "
            f"THEN RAISE EXCEPTION '{_BLANK_ONLY}'; END IF; "
            f"IF {_not_said('strpos')} THEN RAISE EXCEPTION '{_BLANK_SAID}'; END IF; RETURN NEW;",
        ),
        f"CREATE TRIGGER {remark}_blank_only BEFORE UPDATE ON {remark} "
        f"FOR EACH ROW EXECUTE FUNCTION reviews_blank_only()",
    ]
