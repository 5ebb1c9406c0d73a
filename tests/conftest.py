"""Fixtures shared by all tests."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.template import Context, RequestContext
from django.test import TransactionTestCase, client
from django.test.utils import setup_databases, teardown_databases

from conditions.models import Condition
from reviews.evidence import triggers
from reviews.reading import memory
from tests import cast, undoing

# What was imported stays to the end: looking it through again and again took a tenth of the time.
gc.freeze()
gc.set_threshold(200_000, 50, 1000)

# Django's client copies the context of everything that is rendered, so each of the hundreds of
# widgets of a form's page too. A test asks for a page's own.
_keep_context = client.store_rendered_templates


def _keep_pages_context(store: dict[str, Any], *, context: Context, **sent: Any) -> None:
    if isinstance(context, RequestContext):
        _keep_context(store, context=context, **sent)


client.store_rendered_templates = _keep_pages_context

# The tests' flush is the one sanctioned way past the triggers: remove, flush, install.
_teardown = TransactionTestCase._fixture_teardown


def _flush(self: TransactionTestCase) -> None:
    triggers.remove(connection)
    _teardown(self)
    triggers.install(connection)


TransactionTestCase._fixture_teardown = _flush  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_keepdb: bool,
    django_db_createdb: bool,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """The database of this run. Pytest-django's own makes none for a module that keeps its rows
    over several tests (`committed`, `standing`) and has no test with `db`.
    """
    with django_db_blocker.unblock():
        made = setup_databases(
            verbosity=0,
            interactive=False,
            aliases={"default"},
            keepdb=django_db_keepdb and not django_db_createdb,
        )
    yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            _end_other_sessions()
            teardown_databases(made, verbosity=0)


def _end_other_sessions() -> None:
    """PostgreSQL drops no database that a live server's thread, or a killed process, still has."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(scope="session", autouse=True)
def _quick_site(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Cheap password hashes, and a folder of collected static files, of which there are none."""
    site.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    site.STATIC_ROOT = Path(tmp_path_factory.mktemp("static"))


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    """Nothing that a reader's process remembers outlives a test."""
    memory.forget()
    yield
    memory.forget()


@pytest.fixture(scope="module")
def standing(
    django_db_setup: None, django_db_blocker: Any
) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """For fixtures of a module's scope: what is written inside `with standing():` stands in each
    of the module's tests as if it were new, and is gone after the last one.

    None of the module's tests may be one with a transaction of its own (`transaction=True`).
    """
    held = undoing.block()
    with django_db_blocker.unblock():
        held.__enter__()

    @contextmanager
    def stand() -> Iterator[None]:
        with django_db_blocker.unblock():
            yield

    yield stand
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        held.__exit__(None, None, None)


@pytest.fixture
def case(request: pytest.FixtureRequest, subtests: pytest.Subtests) -> undoing.Case:
    """For a loop over cases that share one set-up: each stands in `with case(name=…):`.

    One that fails is named and the others still run; what it wrote is taken back before the next.
    """
    back = nullcontext if _asks_no_database(request.node) else undoing.undone

    @contextmanager
    def one(**named: Any) -> Iterator[None]:
        short = {key: getattr(it, "__name__", ascii(it)[:80]) for key, it in named.items()}
        with subtests.test(**short), back():
            yield

    return one


@pytest.fixture(scope="module")
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database stands open to all tests of a module and is emptied after the last one.

    For a site that is built once, committed so that a server sees it, and then only looked at.
    """
    with django_db_blocker.unblock():
        yield
        TransactionTestCase("__init__")._fixture_teardown()


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
        help="leave out what asks no database, what a browser makes of a page, and forms and pages",
    )


# Forms, files, what a page says of rows that were read, and the sentences of the rules ask the
# database for rows and no more. What each engine does in its own way is asked beside the evidence
# and the reading path, by races, by every verb in every state, and by the random histories, which
# try the rules on both; or it is marked `both_engines`.
PLAIN = (
    "tests/conditions/cleaning/",
    "tests/conditions/demo/",
    "tests/conditions/public/",
    "tests/conditions/studio/",
    "tests/conditions/test_exchange.py",
    "tests/config/test_access.py",
    "tests/config/test_accounts.py",
    "tests/config/test_throttling.py",
    "tests/reviews/desk/",
    "tests/reviews/evidence/test_ahead.py",
    "tests/reviews/evidence/test_damage.py",
    "tests/reviews/mail/test_calendar.py",
    "tests/reviews/mail/test_news.py",
    "tests/reviews/workflow/",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the other engine has words for, such as TRUNCATE on SQLite."""
    second = config.getoption("--second-engine")
    kept, left_out = [], []
    for item in items:
        other = any(mark.args != (connection.vendor,) for mark in item.iter_markers("engine"))
        same_anywhere = second and _is_same_anywhere(item)
        (left_out if other or same_anywhere else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def _is_same_anywhere(item: pytest.Item) -> bool:
    if item.get_closest_marker("both_engines") or item.get_closest_marker("races"):
        return False
    is_plain = item.nodeid.startswith(PLAIN)
    return is_plain or _asks_no_database(item) or bool(item.get_closest_marker("looks"))


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
