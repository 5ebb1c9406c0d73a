"""Any single damage to any column is one named fault of verify_record, never a traceback."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, models, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conditions.models import Condition
from reviews.models import Event, Shown
from reviews.reading import memory
from tests import cast
from tests.reviews.every_verb import (
    Record,
    drop,
    made_by_every_verb,
    rewrite_said,
    tampering,
    verify,
)

pytestmark = pytest.mark.django_db

# Keys that mean nothing: no evidence, no list and no page speaks of them.
HARMLESS = {"EditionAuthor.id", "EditionTarget.id", "Listing.id", "Submission.id"}
NAMED = re.compile(r"DOES NOT HOLD  [A-Za-z]+ [^\n]+: [^\n]+\n")
# How often each column is damaged; more than once where somebody looks for longer.
ROUNDS = int(os.environ.get("DAMAGE_ROUNDS", "1"))
_TEXTS = ["", "Kastanie", "{}", "[]", "null", '{"seq":1}', "-1", "é" * 30, "f" * 64]
# What only SQLite takes: a value of another kind, bytes, and bytes that are no text.
_ODD = ["'Kastanie'", "'9999-99-99 99:99:99'", "x'fffe'", "CAST(x'ff41' AS TEXT)", "1.5", "'[]'"]


@pytest.fixture
def record(
    editor: User,
    second_editor: User,
    physician: User,
    second_physician: User,
    manager: User,
    settings: Any,
) -> Record:
    return made_by_every_verb(editor, second_editor, physician, second_physician, manager, settings)


def tables() -> list[type[models.Model]]:
    """All but what one reader was shown: it is theirs alone, and nothing rests on it."""
    found = apps.get_app_config("reviews").get_models()
    return [model for model in found if not model._meta.proxy and model is not Shown]


def damages(field: Any, random: Random) -> Iterator[str]:
    """SQL for values that a column could be damaged to, in random order."""
    found = ["NULL"]
    if field.remote_field:
        others = field.related_model._base_manager.values_list("pk", flat=True)
        found += [f"'{str(key).replace('-', '')}'" for key in others[:5]]
    if isinstance(field, models.CharField | models.TextField):
        found += [f"'{text}'" for text in _TEXTS] + [f"{field.column} || 'x'"]
    elif isinstance(field, models.BooleanField):
        found += [f"NOT {field.column}"]
    elif isinstance(field, models.DateField) and connection.vendor == "postgresql":
        found += [f"{field.column} + interval '1 day'", f"{field.column} - interval '99 year'"]
    elif isinstance(field, models.DateTimeField):
        found += ["'2001-02-03 04:05:06'", "'2199-02-03 04:05:06.000007'"]
    elif isinstance(field, models.DateField):
        found += ["'2001-02-03'", "'2199-02-03'"]
    elif isinstance(field, models.UUIDField):
        found += ["'00000000000040008000000000000000'"]
    elif field.get_internal_type() != "OneToOneField" or not field.primary_key:
        found += ["0", "999999", f"{field.column} + 1000"]
    if connection.vendor == "sqlite":
        found += _ODD
    random.shuffle(found)
    yield from found


def damage(model: type[models.Model], field: Any, random: Random) -> str:
    """Damage a column of a random row, past every rule; what was done, or "" if nothing could be.

    What the database itself refuses, even without triggers, is no damage.
    """
    column, table, key = field.column, model._meta.db_table, model._meta.pk
    keys = list(model._base_manager.order_by("pk").values_list("pk", flat=True))
    if not keys:
        return ""
    chosen = key.get_db_prep_value(random.choice(keys), connection)
    asked = "quote({})" if connection.vendor == "sqlite" else "({})::text"
    for sql in damages(field, random):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                where = f"{table} WHERE {key.column} = %s"
                cursor.execute(f"SELECT {asked.format(column)} FROM {where}", [chosen])
                before = cursor.fetchone()
                cursor.execute(
                    f"UPDATE {table} SET {column} = {sql} WHERE {key.column} = %s "
                    f"RETURNING {asked.format(column)}",
                    [chosen],
                )
                if cursor.fetchone() != before:
                    return f"{model.__name__}.{field.attname} of {chosen} = {sql}"
        except DatabaseError:
            continue
    return ""


def test_whatever_is_damaged_is_one_named_fault(record: Record, subtests: pytest.Subtests) -> None:
    random = Random(8)  # noqa: S311
    tried = harmless = 0
    for model in tables() * ROUNDS:
        for field in model._meta.concrete_fields:
            with subtests.test(f"{model.__name__}.{field.attname}"), tampering():
                done = damage(model, field, random)
                if not done:
                    continue
                tried += 1
                code, out, err = verify()

                if code == 0:
                    harmless += 1
                    assert f"{model.__name__}.{field.attname}" in HARMLESS, done
                else:
                    assert (code, out) == (1, ""), done
                    assert re.match(r"DOES NOT HOLD  [A-Za-z]+ [^\n]*: [^\n]+\n\Z", err), (
                        done,
                        err,
                    )
    assert tried > 80 * ROUNDS
    assert verify()[0] == 0


def test_whatever_row_is_deleted_is_named(record: Record, subtests: pytest.Subtests) -> None:
    for model in tables():
        rows = list(model._base_manager.order_by("pk"))
        if not rows:
            continue
        with subtests.test(model.__name__), tampering():
            drop(rows[len(rows) // 2])
            code, _, err = verify()

            assert code == 1
            assert err.startswith("DOES NOT HOLD  ")


def test_an_event_whose_row_is_no_object_breaks_its_page_and_not_the_site(
    record: Record, editor: User, physician: User, client: Client
) -> None:
    fine = cast.publish(cast.make_condition("last-page", by=editor), by=editor, signer=physician)
    whole = client.get("/conditions/other-condition/").content
    for row in ([1], "row", 7, {"row": []}):
        with tampering():
            rewrite_said(Event.objects.get(pk=fine.pk), row=row)
            memory.forget()
            answers = {
                address: client.get(address)
                for address in (
                    *("/", "/conditions/", "/feed.xml", "/sitemap.xml", "/search/?q=page"),
                    *("/reviewers/second-physician/", "/conditions/other-condition/"),
                )
            }
            broken = [
                client.get(f"/conditions/last-page{end}").status_code
                for end in ("/", ".json", "/record/")
            ]

        assert broken == [503, 503, 503], row
        assert {one.status_code for one in answers.values()} == {200}, row
        assert "last-page" not in answers["/conditions/"].content.decode()
        assert answers["/conditions/other-condition/"].content == whole


def test_the_record_inside_is_still_told_when_an_event_cannot_be_read(
    record: Record, manager: User, client: Client
) -> None:
    client.force_login(manager)
    address = f"/admin/reviews/subject/{record.subject.pk}/change/"
    last = Event.objects.filter(subject=record.subject).latest("seq")
    bodies = ("not JSON", "[]", "{}", '{"at":"no day","by":"nobody"}', '{"at":7,"by":[1]}')
    for body in bodies:
        with tampering():
            Event.objects.filter(pk=last.pk).update(body=body)
            page = client.get(address)

        assert page.status_code == 200, body
        told = "Somebody saved the draft of A sample condition."
        assert re.search(rf"{told}\s+<small>\(<a [^>]+>event {last.seq}</a>", page.content.decode())


def test_a_hundred_events_on_the_record_inside_cost_one_query_for_all_people(
    record: Record, editor: User, second_editor: User, manager: User, client: Client
) -> None:
    client.force_login(manager)
    address = f"/admin/reviews/subject/{record.subject.pk}/change/"

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            page = client.get(address).content.decode()
        assert "Ed Second" in page
        return len(asked)

    few = queries()
    page = Condition.objects.get(subject=record.subject)
    for number in range(40):
        cast.edit(page, by=(editor, second_editor)[number % 2], name=f"Name {number}")

    assert Event.objects.filter(subject=record.subject).count() > 45
    assert queries() == few
