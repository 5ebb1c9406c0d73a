"""Where the demonstration's mail goes: the console, and a folder."""

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.console import EmailBackend as Console
from django.core.mail.backends.filebased import EmailBackend as Folder


class EmailBackend(BaseEmailBackend):
    """Each letter is shown on the console and kept as a file in EMAIL_FILE_PATH; none is sent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.places: list[BaseEmailBackend] = [Console(**kwargs), Folder(**kwargs)]

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Show and keep them."""
        for place in self.places:
            place.send_messages(email_messages)
        return len(email_messages)
