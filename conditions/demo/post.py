"""The demonstration's own `run_due`: letters go out while it serves."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection

from reviews.mail import outbox

# Seconds from one round to the next: nobody has to wait for a letter that they look for.
EVERY = 10.0


@contextmanager
def sending(say: Callable[[str], Any]) -> Iterator[threading.Thread]:
    """Inside the block a thread does from time to time what a real clinic's timer does.

    Production runs `manage.py run_due` every minute by cron or systemd (DESIGN §5); a demonstration
    has no timer, so it brings its own. The thread has a connection of its own, closed after each
    round; each letter is taken by one guarded UPDATE, so that no letter goes out twice. It is a
    daemon: it never keeps the server from ending.
    """
    stop = threading.Event()
    thread = threading.Thread(target=rounds, args=(stop, say), name="run_due", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        stop.set()


def rounds(stop: threading.Event, say: Callable[[str], Any]) -> None:
    """Write and send what is due, again and again until somebody says stop."""
    while not stop.wait(EVERY):
        try:
            outbox.run()
        except DatabaseError as fault:
            say(f"Letters wait for the next round: {fault}")
        finally:
            connection.close()
