"""Evidence is never updated or deleted: not by SQL, the ORM, a cascade or a migration (I5)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.sql import emit_pre_migrate_signal
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import F, ProtectedError
from django.test import Client

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence import chain, triggers
from reviews.evidence.kinds import Kind
from reviews.evidence.triggers import APPEND_ONLY
from reviews.models import (
    Claim,
    Edition,
    EditionAuthor,
    Event,
    Remark,
    Reviewer,
    SignOff,
    Subject,
    Submission,
)
from tests import cast
from tests.undoing import Case

REFUSED = "append-only"
on_sqlite = pytest.mark.engine("sqlite")
on_postgresql = pytest.mark.engine("postgresql")


@pytest.fixture
def record(condition: Condition, editor: User, physician: User) -> Condition:
    """A signed page with a row in every table of evidence."""
    signed = cast.publish(condition, by=editor, signer=physician)
    other = cast.make_condition("withdrawn-page", by=editor)
    cast.publish(other, by=editor, signer=physician)
    cast.lay_over("flag", other, by=editor)
    workflow.withdraw(other.subject, by=physician, reason="Found a fault.", notice="safety")
    talked_about = cast.submit(cast.make_condition("talked-about", by=editor), by=editor)
    workflow.take_on(talked_about, by=physician)
    workflow.resolve(workflow.comment(talked_about, by=physician, text="Right."), by=editor)
    concern = workflow.log_concern(condition.subject, by=editor, part="", text="A fault.")
    workflow.settle(concern, by=physician, how="It was none.")
    workflow.archive(cast.make_condition("put-away", by=editor).subject, by=editor)
    mistaken = cast.make_condition("mistaken", by=editor)
    workflow.erase_draft(mistaken.subject, by=editor, reason="By mistake.")
    cast.confirm(physician)
    workflow.record_reviewer(physician.reviewer, by=None, before=None)
    workflow.object_to(Claim.objects.get(), by=physician)
    workflow.confirm_all(physician)
    gone = cast.make_reviewer(cast.person("gone", "Physicians"), "Gil Gone", "MD")
    left = cast.make_condition("page-of-who-goes", by=editor)
    cast.publish(left, by=editor, signer=gone.user)
    day, root = clock.today(), cast.person("root", is_superuser=True)
    away = {"stand_in": physician.reviewer, "first_on": day, "last_on": day}
    workflow.go_away(gone, by=root, **away)
    workflow.end_reviewer(gone, by=root, proof=cast.proof(), step="left", on=day)
    assert signed.subject == condition.subject
    assert all(model._default_manager.exists() for model in [*APPEND_ONLY, Remark])
    return condition


def execute(sql: str, parameters: Iterable[Any] = ()) -> int:
    """Run one statement in a savepoint; the number of rows that it touched."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        return cursor.rowcount


def rows(model: type[models.Model]) -> list[dict[str, Any]]:
    """The whole table."""
    return list(model._default_manager.order_by("pk").values())


def plain_field(model: type[models.Model]) -> models.Field[Any, Any]:
    """Any column that is not the key."""
    return next(field for field in model._meta.concrete_fields if not field.primary_key)


def table(model: type[models.Model]) -> str:
    """The table's name."""
    return model._meta.db_table


def is_guarded(model: type[models.Model], verb: str) -> bool:
    """Whether the database refuses to change a table, found out by trying."""
    column = plain_field(model).column
    sql = {
        "UPDATE": f"UPDATE {table(model)} SET {column} = {column}",
        "DELETE": f"DELETE FROM {table(model)}",
    }[verb]
    try:
        with transaction.atomic():
            touched = execute(sql)
            transaction.set_rollback(True)
    except DatabaseError as refusal:
        return REFUSED in str(refusal) or "a remark is" in str(refusal)
    assert touched, f"nothing to change in {table(model)}"
    return False


def all_guarded() -> dict[str, bool]:
    """Every table and statement, and whether it is refused."""
    return {
        f"{verb} {model.__name__}": is_guarded(model, verb)
        for model in APPEND_ONLY
        for verb in ("UPDATE", "DELETE")
    }


# --- Plain SQL


def test_plain_sql_changes_no_evidence(record: Condition, case: Case) -> None:
    one = "WHERE {key} IN (SELECT {key} FROM {table} LIMIT 1)"
    for model in APPEND_ONLY:
        before = rows(model)
        for statement in (
            "UPDATE {table} SET {column} = {column}",
            f"UPDATE {{table}} SET {{column}} = {{column}} {one}",
            "DELETE FROM {table}",
            f"DELETE FROM {{table}} {one}",
        ):
            sql = statement.format(
                table=table(model), column=plain_field(model).column, key=model._meta.pk.column
            )
            with case(sql=sql):
                with pytest.raises(DatabaseError, match=REFUSED):
                    execute(sql)

                assert rows(model) == before


@on_postgresql
def test_truncate_empties_no_table_of_evidence(record: Condition, case: Case) -> None:
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # so that no pending check is what refuses
    for model in (*APPEND_ONLY, Remark):
        before = rows(model)
        for how in ("", " CASCADE", " RESTART IDENTITY CASCADE"):
            with case(model=model.__name__, how=how):
                words = REFUSED if how else "cannot truncate|append-only"
                with pytest.raises(DatabaseError, match=words):
                    execute(f"TRUNCATE {table(model)}{how}")

                assert rows(model) == before


@on_postgresql
def test_truncating_the_people_takes_no_evidence_along(record: Condition) -> None:
    before = {model: rows(model) for model in APPEND_ONLY}

    execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match=REFUSED):
        execute("TRUNCATE auth_user CASCADE")

    assert {model: rows(model) for model in APPEND_ONLY} == before


@on_sqlite
def test_replace_overwrites_no_evidence(record: Condition, case: Case) -> None:
    for model in (*APPEND_ONLY, Remark):
        before = rows(model)
        for verb in ("REPLACE", "INSERT OR REPLACE"):
            with case(model=model.__name__, verb=verb):
                with pytest.raises(DatabaseError, match=REFUSED):
                    execute(f"{verb} INTO {table(model)} SELECT * FROM {table(model)}")

                assert rows(model) == before


def unique_columns(model: type[models.Model]) -> list[list[str]]:
    """Every column, or set of columns, besides the key that no two rows may share."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    return [
        *([field.column] for field in fields if field.unique),
        *(
            [model._meta.get_field(name).column for name in rule.fields]
            for rule in model._meta.constraints
            if isinstance(rule, models.UniqueConstraint)
        ),
    ]


UNIQUE = [(model, columns) for model in APPEND_ONLY for columns in unique_columns(model)]


def displacing(model: type[models.Model], same: list[str]) -> str:
    """SQL that inserts a row under a new key which equals another row in some columns."""
    columns = [field.column for field in model._meta.concrete_fields]
    key = model._meta.pk.column
    into = ", ".join(f'"{column}"' for column in columns)
    given = ", ".join("9999" if column == key else f'"{column}"' for column in columns)
    where = " AND ".join(f'"{column}" IS NOT NULL' for column in same)
    return (
        f"INSERT OR REPLACE INTO {table(model)} ({into}) "
        f"SELECT {given} FROM {table(model)} WHERE {where} LIMIT 1"
    )


def barely(sql: str) -> None:
    """Run one statement as SQLite's own shell would: no foreign keys, no recursive triggers."""
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as bare:
        assert bare.execute("PRAGMA recursive_triggers").fetchone() == (0,)
        bare.execute(sql)
        bare.commit()


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_a_bare_connection_changes_no_evidence(
    record: Condition, editor: User, physician: User, subtests: pytest.Subtests
) -> None:
    cast.publish(cast.edit(record, by=editor, name="New"), by=editor, signer=physician)
    live = workflow.in_force(record.subject, clock.now())
    workflow.cancel(live, by=physician, reason="A fault.")
    attempts = [
        (model, statement.format(table=table(model), column=plain_field(model).column))
        for model in APPEND_ONLY
        for statement in (
            "UPDATE {table} SET {column} = {column}",
            "UPDATE OR REPLACE {table} SET {column} = {column}",
            "DELETE FROM {table}",
        )
    ]
    attempts += [
        (model, f"INSERT OR REPLACE INTO {table(model)} SELECT * FROM {table(model)}")
        for model in (*APPEND_ONLY, Remark)
    ]
    attempts += [(model, displacing(model, same)) for model, same in UNIQUE]

    for model, sql in attempts:
        with subtests.test(sql=sql):
            before = rows(model)

            with pytest.raises(sqlite3.DatabaseError, match=REFUSED):
                barely(sql)

            assert rows(model) == before


# --- The ORM


def _save(row: models.Model) -> None:
    row.save()


def _update(row: models.Model) -> None:
    name = plain_field(type(row)).name
    type(row)._default_manager.update(**{name: F(name)})


def _update_one(row: models.Model) -> None:
    name = plain_field(type(row)).name
    type(row)._default_manager.filter(pk=row.pk).update(**{name: F(name)})


def _bulk_update(row: models.Model) -> None:
    type(row)._default_manager.bulk_update([row], [plain_field(type(row)).name])


def _save_again(row: models.Model) -> None:
    row.save(force_insert=True)


def _upsert(row: models.Model) -> None:
    type(row)._default_manager.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=[row._meta.pk.name],
        update_fields=[plain_field(type(row)).name],
    )


def _delete(row: models.Model) -> None:
    row.delete()


def _delete_all(row: models.Model) -> None:
    type(row)._default_manager.all().delete()


def _raw_delete(row: models.Model) -> None:
    queryset = type(row)._default_manager.filter(pk=row.pk)
    queryset._raw_delete(queryset.db)


ATTEMPTS: list[Callable[[models.Model], None]] = [
    _save,
    _update,
    _update_one,
    _bulk_update,
    _save_again,
    _upsert,
    _delete,
    _delete_all,
    _raw_delete,
]


def test_the_orm_changes_no_evidence(record: Condition, case: Case) -> None:
    for model in APPEND_ONLY:
        before = rows(model)
        for attempt in ATTEMPTS:
            with case(model=model.__name__, attempt=attempt.__name__):
                loaded = model._default_manager.order_by("pk")[0]

                with pytest.raises(DatabaseError), transaction.atomic():
                    attempt(loaded)

                assert rows(model) == before


# --- People, pages and content types


@pytest.mark.parametrize("username", ["editor", "physician"])
def test_a_person_with_evidence_is_not_deleted(username: str, record: Condition) -> None:
    before = {model: rows(model) for model in APPEND_ONLY}

    with pytest.raises(ProtectedError), transaction.atomic():
        User.objects.get(username=username).delete()

    assert User.objects.filter(username=username).exists()
    assert {model: rows(model) for model in APPEND_ONLY} == before


def test_a_person_without_evidence_can_be_deleted(record: Condition, reader: User) -> None:
    reader.delete()

    assert not User.objects.filter(username="reader").exists()


def test_a_queryset_delete_is_refused_before_any_row_goes(record: Condition, case: Case) -> None:
    for model in (User, Reviewer, Subject, Edition, SignOff, Event, Submission):
        before = {one: rows(one) for one in (*APPEND_ONLY, Submission, model)}
        with case(model=model.__name__):
            with pytest.raises(ProtectedError), transaction.atomic():
                model._default_manager.all().delete()

            assert {one: rows(one) for one in before} == before


def test_raw_deletion_of_what_evidence_points_to_does_not_last(
    record: Condition, case: Case
) -> None:
    def raw_delete(model: type[models.Model]) -> None:
        with transaction.atomic():
            model._default_manager.all()._raw_delete(connection.alias)
            connection.check_constraints()

    for model in (User, Reviewer, Submission):
        before = {one: rows(one) for one in (*APPEND_ONLY, model)}
        with case(model=model.__name__):
            with pytest.raises(IntegrityError):
                raw_delete(model)

            assert {one: rows(one) for one in before} == before


def test_deleting_every_content_type_leaves_the_evidence(record: Condition) -> None:
    before = {model: rows(model) for model in APPEND_ONLY}

    ContentType.objects.all().delete()

    assert not ContentType.objects.exists()
    assert {model: rows(model) for model in APPEND_ONLY} == before


@pytest.mark.parametrize("how", ["row", "queryset"])
def test_deleting_a_draft_changes_no_evidence_and_no_public_byte(
    how: str, record: Condition, client: Client
) -> None:
    before = {model: rows(model) for model in APPEND_ONLY}
    shown = client.get(f"/conditions/{record.slug}/")

    record.delete() if how == "row" else Condition.objects.all().delete()

    after = client.get(f"/conditions/{record.slug}/")
    assert not Condition.objects.filter(slug=record.slug).exists()
    assert {model: rows(model) for model in APPEND_ONLY} == before
    assert (shown.status_code, after.status_code) == (200, 200)
    assert after.content == shown.content


def _keys() -> list[models.ForeignKey[Any, Any]]:
    """Every foreign key that starts or ends at a model of `reviews`, wherever it is declared."""
    return [
        field
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey)
        and "reviews" in (model._meta.app_label, field.related_model._meta.app_label)
    ]


def test_no_key_to_or_from_the_notary_cascades_or_forgets() -> None:
    keys = _keys()

    assert len(keys) > 30
    assert Condition._meta.get_field("subject") in keys
    assert [key for key in keys if key.remote_field.on_delete is not models.PROTECT] == []


def test_the_notary_keeps_no_generic_key() -> None:
    pointing = {key.model.__name__ for key in _keys() if key.related_model is ContentType}

    assert pointing == set()
    assert [one for one in APPEND_ONLY if one._meta.private_fields] == []


@pytest.mark.django_db
def test_no_key_cascades_in_the_database_itself() -> None:
    for model in APPEND_ONLY:
        sql, parameters = {
            "sqlite": (f'SELECT on_delete FROM pragma_foreign_key_list("{table(model)}")', []),
            "postgresql": (
                "SELECT confdeltype::text FROM pg_constraint "
                "WHERE contype = 'f' AND %s::regclass IN (conrelid, confrelid)",
                [table(model)],
            ),
        }[connection.vendor]

        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            found = {row[0] for row in cursor.fetchall()}

        assert found <= {"NO ACTION", "a"}, model
        assert found or model is Subject, model  # which points to nothing


# --- Four eyes


def _sign_row(edition: Edition, signer: User, template: SignOff, **fields: Any) -> SignOff:
    """A sign-off of an edition as a template has it, by somebody else."""
    copied = {
        field.attname: getattr(template, field.attname)
        for field in SignOff._meta.concrete_fields
        if not field.primary_key
    }
    return SignOff(
        **{
            **copied,
            "edition_id": edition.pk,
            "submission_id": None,
            "signer_id": signer.pk,
            **fields,
        }
    )


def test_the_database_refuses_an_authors_signature_by_the_orm(
    record: Condition, editor: User
) -> None:
    signed = SignOff.objects.filter(subject=record.subject).get()
    forged = _sign_row(signed.edition, editor, signed)

    with pytest.raises(DatabaseError, match="among the authors"), transaction.atomic():
        chain.append(Kind.SIGNED, at=clock.now(), by=editor, subject=record.subject, row=forged)

    assert list(SignOff.objects.filter(subject=record.subject)) == [signed]
    assert not SignOff.objects.filter(signer=editor).exists()


def test_the_database_holds_four_eyes_by_sql(
    record: Condition, second_physician: User, case: Case
) -> None:
    signed = SignOff.objects.filter(subject=record.subject).get()
    columns = [field.column for field in SignOff._meta.concrete_fields]
    for signer, disclosed, policy, refusal in (
        ("editor", False, "never", "among the authors"),
        ("editor", False, "disclosed", "among the authors"),
        ("editor", True, "never", "disclosure_needs_its_policy"),
        ("editor", True, "disclosed", ""),
        ("second-physician", False, "never", ""),
    ):
        with case(signer=signer, disclosed=disclosed, policy=policy):
            with transaction.atomic():
                event = chain.append(Kind.SIGNED, at=clock.now(), by=None)
            given = {
                "event_id": event.pk,
                "submission_id": None,
                "signer_id": User.objects.get(username=signer).pk,
                "disclosed": disclosed,
                "policy": policy,
            }
            chosen = ", ".join("%s" if column in given else column for column in columns)
            sql = (
                f"INSERT INTO reviews_signoff ({', '.join(columns)}) "
                f"SELECT {chosen} FROM reviews_signoff WHERE event_id = {signed.pk}"
            )
            values = [given[column] for column in columns if column in given]

            if refusal:
                with pytest.raises(DatabaseError, match=refusal):
                    execute(sql, values)
            else:
                execute(sql, values)

            assert SignOff.objects.filter(pk=event.pk).exists() is not bool(refusal)


def test_an_author_added_before_the_signature_counts(
    condition: Condition, editor: User, physician: User
) -> None:
    submission = cast.submit(condition, by=editor)
    EditionAuthor.objects.create(edition=submission.edition, user=physician)

    with pytest.raises(workflow.NotAllowed, match="another physician"):
        cast.sign(submission, by=physician)

    assert not SignOff.objects.exists()


# --- After migrations, and after the tests' own flush


def _lose_triggers(model: type[models.Model]) -> None:
    """What a migration may do: SQLite rebuilds the table; on PostgreSQL they are dropped."""
    if connection.vendor != "sqlite":
        triggers.remove(connection)
        return
    emit_pre_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
    state = MigrationExecutor(connection).loader.project_state().apps
    rebuilt = state.get_model("reviews", model.__name__)
    with connection.schema_editor() as editor:
        editor._remake_table(rebuilt)


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_rebuilds_a_table_brings_its_triggers_back(record: Condition) -> None:
    for model in APPEND_ONLY:
        before = rows(model)

        _lose_triggers(model)
        assert not is_guarded(model, "UPDATE"), f"the simulation lost no trigger of {model}"
        call_command("migrate", verbosity=0)

        assert set(all_guarded().values()) == {True}, model
        assert rows(model) == before, model


@pytest.mark.django_db(transaction=True)
def test_a_field_altered_by_a_migration_leaves_evidence_guarded(record: Condition) -> None:
    state = MigrationExecutor(connection).loader.project_state().apps
    sign_off = state.get_model("reviews", "SignOff")
    old = sign_off._meta.get_field("license_states")
    wider = models.CharField(max_length=401)
    wider.set_attributes_from_name("license_states")
    wider.model = sign_off

    with connection.schema_editor() as editor:
        editor.alter_field(sign_off, old, wider)
    call_command("migrate", verbosity=0)

    assert set(all_guarded().values()) == {True}
    with connection.schema_editor() as editor:
        editor.alter_field(sign_off, wider, old)
    call_command("migrate", verbosity=0)
    assert set(all_guarded().values()) == {True}


@pytest.mark.django_db(transaction=True)
def test_four_eyes_and_remarks_are_guarded_again_after_a_rebuild(
    record: Condition, editor: User
) -> None:
    signed = SignOff.objects.filter(subject=record.subject).get()
    for model in (SignOff, Remark):
        _lose_triggers(model)
    call_command("migrate", verbosity=0)

    forged = _sign_row(signed.edition, editor, signed)
    with pytest.raises(DatabaseError, match="among the authors"), transaction.atomic():
        chain.append(Kind.SIGNED, at=clock.now(), by=editor, subject=record.subject, row=forged)
    assert is_guarded(Remark, "UPDATE")
    assert is_guarded(Remark, "DELETE")


def _trigger_names() -> list[str]:
    sql = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1",
        "postgresql": "SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_installing_the_triggers_twice_is_installing_them_once(record: Condition) -> None:
    once = _trigger_names()

    triggers.install(connection)
    triggers.install(connection)

    assert len(once) >= len(APPEND_ONLY)
    assert _trigger_names() == once
    assert set(all_guarded().values()) == {True}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "after a flush"])
def test_the_tests_own_flush_leaves_evidence_guarded(turn: str, editor: User) -> None:
    assert not Event.objects.exists(), "the flush before this test left evidence"

    cast.make_condition(by=editor)

    for model in (Event, Subject):
        assert is_guarded(model, "UPDATE")
        assert is_guarded(model, "DELETE")
