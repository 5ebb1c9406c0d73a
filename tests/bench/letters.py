"""Measure `run_due` over 200 and 2,000 signed pages on the engine of DATABASE_URL: never a test.

Run as `python -m tests.bench.letters`. Works in a database of its own, as the tests do. Prints, for
a morning on which every page comes due in 60 days, and for one on which every page is overdue, the
seconds, the queries and the letters; then how much longer ten times the pages take.
"""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta

import django

from tests import environment  # noqa: F401  (before Django reads its settings)

FEW, MANY = 200, 2000
MORNINGS = {"comes due": -60, "overdue": 1}


def main() -> None:
    """Make the pages, measure, and throw them away."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import connection

    seconds = {}
    for pages in (FEW, MANY):
        connection.creation.create_test_db(verbosity=0)
        try:
            seconds[pages] = measure(pages)
        finally:
            connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    for name in MORNINGS:
        ratio = seconds[MANY][name] / seconds[FEW][name]
        print(f"{MANY} pages, {name}: {ratio:.1f} times as long as {FEW}")


def measure(pages: int) -> dict[str, float]:
    """The seconds of each morning's run over so many pages."""
    import time_machine
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from conditions import demo, exchange
    from reviews import clock
    from reviews.mail import outbox
    from reviews.models import SignOff
    from tests import cast, crowd

    editor, physician = cast.person("editor", "Staff"), cast.person("physician", "Physicians")
    cast.person("manager", "Managers")
    cast.make_reviewer(physician, "Pat Sample", "MD")
    condition, _ = exchange.load(demo.sample("borderline-personality-disorder"), by=editor)
    document = condition.document()
    names = ({"slug": f"page-{number}", "name": f"Page {number}"} for number in range(pages))
    crowd.publish([document | name for name in names], by=editor, signer=physician)
    due = SignOff.objects.latest("pk").next_review_due
    seconds: dict[str, float] = {}
    for name, days in MORNINGS.items():
        at = datetime.combine(due + timedelta(days=days), datetime.min.time(), clock.zone())
        with time_machine.travel(at.replace(hour=8), tick=False):
            start = time.perf_counter()
            with CaptureQueriesContext(connection) as asked:
                sent, failed = outbox.run()
            seconds[name] = time.perf_counter() - start
        later = time_machine.travel(at.replace(hour=9), tick=False)
        with later, CaptureQueriesContext(connection) as again:
            outbox.run()
        print(
            f"{pages} pages, {name}: {seconds[name]:.2f} s, {len(asked)} queries, {sent} letters, "
            f"{failed} failed; again {len(again)} queries"
        )
    return seconds


if __name__ == "__main__":
    main()
