"""Where the demonstration's mail goes: a line on the console, and a folder."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.console import EmailBackend as Console


class EmailBackend(BaseEmailBackend):
    """Each letter is shown as text and kept as a file in EMAIL_FILE_PATH; none is sent.

    A mail program opens the files.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.console = Console(**kwargs)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Show and keep them."""
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            path = folder / _name(message)
            path.write_bytes(message.message().as_bytes())
            to, subject = ", ".join(message.to), message.subject
            self.console.stream.write(
                f"Letter to {to}: {subject}\n{message.body}\nKept in {path}\n\n"
            )
        self.console.stream.flush()
        return len(email_messages)


def _name(message: EmailMessage) -> str:
    """When, to whom and what: 2026-11-25-070001-000000-manager-a-page-was-held.eml."""
    who = message.to[0].partition("@")[0] if message.to else ""
    words = re.sub(r"[^a-z0-9]+", "-", f"{who} {message.subject.partition(': ')[2]}".lower())
    return f"{datetime.now(UTC):%Y-%m-%d-%H%M%S-%f}-{words.strip('-')[:80]}.eml"
