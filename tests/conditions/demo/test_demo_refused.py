"""manage.py demo refuses a database that is not its own, and to run in production."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from conditions.demo import building
from conditions.models import Condition
from tests import cast
from tests.conditions.demo.test_demo import demonstrate, everything


@pytest.mark.parametrize("in_use", ["people only", "people and pages"])
def test_the_demonstration_refuses_a_database_in_use(db: None, settings: Any, in_use: str) -> None:
    settings.DEBUG = True
    somebody = cast.person("somebody", "Staff")
    if in_use == "people and pages":
        cast.make_condition("own-page", by=somebody)
    before = everything()

    with pytest.raises(CommandError, match="not the demonstration's"):
        demonstrate()

    assert everything() == before
    assert not User.objects.filter(username="editor").exists()


def test_the_demonstration_refuses_outside_debug(db: None) -> None:
    before = everything()

    with pytest.raises(CommandError, match="DEBUG=1 only"):
        demonstrate()

    assert everything() == before
    assert not User.objects.exists()


def test_a_first_run_that_was_broken_off_is_taken_up_again(db: None, settings: Any) -> None:
    settings.DEBUG = True

    def broken_off(said: str) -> None:
        if said.strip() == "second-manager":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        building.build(broken_off)
    assert not User.objects.filter(username="editor").exists()

    demonstrate()

    assert User.objects.filter(username="editor").exists()
    assert Condition.objects.filter(slug="borderline-personality-disorder").exists()
    call_command("verify_record", stdout=StringIO())
