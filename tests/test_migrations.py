"""The migrations say what the models say."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState
from django.db.models import CharField


@pytest.mark.django_db
def test_no_model_differs_from_its_migrations() -> None:
    printed = StringIO()

    call_command("makemigrations", check=True, dry_run=True, stdout=printed)

    assert "No changes detected" in printed.getvalue()


@pytest.mark.django_db
def test_a_changed_model_would_be_noticed() -> None:
    loader = MigrationExecutor(connection).loader
    changed = ProjectState.from_apps(loader.project_state().apps)
    changed.add_field("reviews", "edition", "forgotten", CharField(max_length=1, default=""), True)

    missing = MigrationAutodetector(loader.project_state(), changed).changes(loader.graph)

    assert list(missing) == ["reviews"]


@pytest.mark.django_db
def test_every_migration_was_applied_to_the_test_database() -> None:
    executor = MigrationExecutor(connection)

    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


@pytest.mark.parametrize("app", ["reviews", "conditions"])
@pytest.mark.django_db
def test_no_migration_writes_evidence(app: str) -> None:
    migrations = MigrationExecutor(connection).loader.disk_migrations

    own = [migration for (label, _), migration in migrations.items() if label == app]

    assert own
    writing = {"RunPython", "RunSQL"}
    found = {one.name for one in own if writing & {type(op).__name__ for op in one.operations}}
    # They write rows of drafts and advice to editors, which are no evidence.
    assert found - {"0003_fill_codes", "0006_first_house_words"} == set()
