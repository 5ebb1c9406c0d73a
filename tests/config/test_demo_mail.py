"""The demonstration's letters: shown on the console, kept in a folder, sent nowhere."""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from conditions.models import Condition
from reviews import clock
from reviews.mail import outbox
from tests import cast


def test_each_letter_is_a_file_that_a_mail_program_opens_and_text_on_the_console(
    condition: Condition,
    editor: User,
    physician: User,
    settings: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    time_machine: Any,
) -> None:
    time_machine.move_to(datetime(2026, 3, 3, 12, tzinfo=clock.zone()))
    folder = tmp_path / "not" / "yet" / "made"
    settings.EMAIL_BACKEND = "config.people.demo_mail.EmailBackend"
    settings.EMAIL_FILE_PATH = str(folder)
    cast.publish(condition, by=editor, signer=physician)
    cast.lay_over("flag", condition, by=editor)

    outbox.run()

    kept = sorted(folder.iterdir())
    assert len({path.name for path in kept}) == len(kept) == 2
    (at_once,) = (path for path in kept if "a-page-was-flagged" in path.name)
    message = message_from_bytes(at_once.read_bytes())
    assert (message["To"], message.get_content_type()) == (
        "physician@example.com",
        "multipart/alternative",
    )
    shown = capsys.readouterr().out
    assert str(at_once) in shown
    assert "flagged “Sample condition”" in shown
    assert "<html" not in shown
