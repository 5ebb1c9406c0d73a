"""Measure search over 2,000 signed pages on the engine of DATABASE_URL: never a test.

Run as `python -m tests.bench.search`. Works in a database of its own, as the tests do, and prints
the median of each kind of query, the results' words remembered as in a warm worker.
"""

from __future__ import annotations

import os
import statistics
import time
from typing import Any

import django

from tests import environment  # noqa: F401  (before Django reads its settings)

PAGES, ROUNDS = 2000, 15
ASKED = {
    "a name": "Borderline personality disorder",
    "an abbreviation": "BPD",
    "a word of every page": "treatment",
    "a phrase": "a feeling of emptiness that does not go away",
    "a misspelling": "bordeline personalty disorder",
    "nothing": "qqqqqq",
}


def main() -> None:
    """Make the pages, measure, and throw them away."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0)
    try:
        fill()
        report()
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def fill() -> None:
    """Two thousand pages with a sample's words, and one of another sample."""
    from django.db import connection

    from conditions import demo, exchange
    from tests import cast, crowd

    editor, physician = cast.person("editor", "Staff"), cast.person("physician", "Physicians")
    cast.make_reviewer(physician, "Pat Sample", "MD")
    many, _ = exchange.load(demo.sample("treatment-resistant-depression"), by=editor)
    one, _ = exchange.load(demo.sample("borderline-personality-disorder"), by=editor)
    document = many.document()
    names = ({"slug": f"page-{number}", "name": f"Page {number}"} for number in range(PAGES - 1))
    crowd.publish([document | name for name in names], by=editor, signer=physician)
    cast.publish(one, by=editor, signer=physician)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def report() -> None:
    """Print a line for each kind of query."""
    from django.db import connection
    from django.test import Client

    from conditions.models import KIND
    from reviews import clock
    from reviews.reading import search
    from reviews.text import folding

    client = Client()
    print(f"{PAGES:,} pages on {connection.vendor}, median of {ROUNDS}")
    for label, asked in ASKED.items():

        def find(asked: str = asked) -> Any:
            return search.search(KIND, folding.query(asked), clock.now(), name_of)

        total = find().total
        page = median(lambda asked=asked: client.get("/search/", {"q": asked}))
        print(f"{label:<24}{median(find):8.1f} ms {page:8.1f} ms as a page {total:6,} found")


def name_of(document: dict[str, Any]) -> str:
    """What is made of a document here."""
    return str(document["name"])


def median(act: Any) -> float:
    """Milliseconds, after one round that does not count."""
    act()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
