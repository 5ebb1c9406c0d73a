"""Fixtures shared by all tests."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import TransactionTestCase

from conditions.models import Condition
from reviews.evidence import triggers
from reviews.reading import memory
from tests import cast

# What was imported stays to the end: looking it through again and again took a tenth of the time.
gc.freeze()
gc.set_threshold(200_000, 50, 1000)

# The tests' flush is the one sanctioned way past the triggers: remove, flush, install.
_teardown = TransactionTestCase._fixture_teardown


def _flush(self: TransactionTestCase) -> None:
    triggers.remove(connection)
    _teardown(self)
    triggers.install(connection)


TransactionTestCase._fixture_teardown = _flush  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _quick_and_forgetful(settings: Any) -> Iterator[None]:
    """Cheap password hashes; nothing that a reader's process remembers outlives a test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    memory.forget()
    yield
    memory.forget()


@pytest.fixture
def editor(db: None) -> User:
    """Writes drafts and puts them forward."""
    return cast.person("editor", "Staff", first_name="Edie", last_name="Editor")


@pytest.fixture
def second_editor(db: None) -> User:
    """Writes drafts too."""
    return cast.person("second-editor", "Staff", first_name="Ed", last_name="Second")


@pytest.fixture
def physician(db: None) -> User:
    """Reviews and signs: Pat Sample, MD."""
    user = cast.person("physician", "Physicians")
    cast.make_reviewer(user, "Pat Sample", "MD")
    return user


@pytest.fixture
def second_physician(db: None) -> User:
    """Reviews and signs too: Alex Example, DO."""
    user = cast.person("second-physician", "Physicians")
    cast.make_reviewer(user, "Alex Example", "DO")
    return user


@pytest.fixture
def author_physician(db: None) -> User:
    """A physician who also edits: Robin Both, MD."""
    user = cast.person("author-physician", "Physicians", "Staff")
    cast.make_reviewer(user, "Robin Both", "MD")
    return user


@pytest.fixture
def manager(db: None) -> User:
    """Looks after people, and can withdraw a page."""
    return cast.person("manager", "Managers")


@pytest.fixture
def root(db: None) -> User:
    """A superuser who is no physician."""
    return cast.person("root", is_superuser=True)


@pytest.fixture
def reader(db: None) -> User:
    """Can log in and has no rights."""
    return cast.person("reader")


@pytest.fixture
def condition(editor: User, physician: User) -> Condition:
    """A draft by the editor that can be submitted."""
    return cast.make_condition(by=editor)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--second-engine`: the gate's second run, after everything ran on the first engine."""
    parser.addoption(
        "--second-engine",
        action="store_true",
        help="leave out what asks no database, and what a browser makes of a page's looks",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the other engine has words for, such as TRUNCATE on SQLite."""
    second = config.getoption("--second-engine")
    kept, left_out = [], []
    for item in items:
        other = any(mark.args != (connection.vendor,) for mark in item.iter_markers("engine"))
        same_anywhere = second and (_asks_no_database(item) or item.get_closest_marker("looks"))
        (left_out if other or same_anywhere else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def _asks_no_database(item: pytest.Item) -> bool:
    """pytest-django lets no test ask one that does not say so by its mark or its fixtures."""
    fixtures = {"db", "transactional_db", "live_server"}
    names = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is None and not names & fixtures


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """In CI nothing may skip: a skipped test is a gap that nobody sees."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which CI does not take: {report.longrepr}"
    return report
