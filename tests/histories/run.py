"""One history from an empty site to its end, after which everything is as it was."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from django.db import transaction
from django.test import override_settings

from reviews.reading import memory
from tests import undoing
from tests.histories import deciding, writing
from tests.histories.acts import ACTS
from tests.histories.looking import look
from tests.histories.walk import START, Sums, Walk


def history(seed: int, steps: int, sums: Sums) -> None:
    """Take so many steps, and count them. Raises Finding where product and oracle disagree.

    Every third clinic lets an author sign who says so.
    """
    policy = "disclosed" if seed % 3 == 0 else "never"
    travel = time_machine.travel(START, tick=False)
    with override_settings(AUTHOR_MAY_SIGN=policy), travel as hand, undoing.block():
        try:
            walk = Walk(seed, hand, policy=policy, sums=sums)
            _begin(walk)
            for _ in range(steps):
                walk.step(ACTS, look)
            walk.close()
        finally:
            transaction.set_rollback(True)
            memory.forget()


def _begin(walk: Walk) -> None:
    """Two pages, signed if it goes well, so that the first steps have something to do."""
    for _ in range(2):
        writing.new_page(walk)
    for _ in range(8):
        if not all(page.signed for page in walk.clinic.pages.values()):
            walk.at += timedelta(hours=1)
            walk.move()
            deciding.sign(walk)
