"""In place of the tests' empty database: one that the code of schema 1 filled, migrated."""

from __future__ import annotations

import gzip
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def django_db_setup(
    django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Point the connection at a scratch database while these tests run.

    pytest-django's own fixture of that name stands behind `django_db`, so each test is rolled back
    as any other is; what was loaded and migrated once serves them all.
    """
    folder = tmp_path_factory.mktemp("older")
    with django_db_blocker.unblock(), _loaded(folder) as name, _connected_to(name):
        call_command("migrate", verbosity=0)
        with django_db_blocker.block():
            yield


@contextmanager
def _connected_to(name: str) -> Iterator[None]:
    usual = connection.settings_dict["NAME"]
    _connect(name)
    try:
        yield
    finally:
        _connect(usual)


def _connect(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    # Those remembered are another database's.
    ContentType.objects.clear_cache()


def _loaded(folder: Path) -> Any:
    return _postgresql() if connection.vendor == "postgresql" else _sqlite(folder)


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    file = folder / "schema_1.sqlite3"
    loading = sqlite3.connect(file)
    loading.executescript(_dump("sqlite"))
    loading.close()
    yield str(file)


@contextmanager
def _postgresql() -> Iterator[str]:
    name = f"older_schema_1_{os.getpid()}"
    with _server("postgres") as server:
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
        try:
            with _server(name) as empty:
                empty.execute(_dump("postgresql"))
            yield name
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _server(database: str) -> Any:
    known = connection.settings_dict
    return psycopg.connect(
        host=known["HOST"] or None,
        port=known["PORT"] or None,
        user=known["USER"] or None,
        password=known["PASSWORD"] or None,
        dbname=database,
        autocommit=True,
    )


def _dump(engine: str) -> str:
    return gzip.decompress((HERE / f"{engine}.sql.gz").read_bytes()).decode()
