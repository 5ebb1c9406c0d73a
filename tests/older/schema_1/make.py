"""How the files of this folder were made: a clinic's year, told by the code of schema 1.

Run once for each engine, with commit 940252f checked out, the last one before the house was
divided into rooms and documents began to grow. From the folder of that checkout, with this folder
copied somewhere else:

    python /tmp/copy/make.py sqlite:////tmp/older.sqlite3 FOLDER
    python /tmp/copy/make.py postgres://user:password@host/an_empty_database FOLDER

It cannot run on later code, whose documents are of a later schema, and need not: what it made is
kept. Both engines hold the same rows, since everything random comes from a seed. Everybody in the
story is fictional, and nobody reviewed its pages.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, os.getcwd())
os.environ["DATABASE_URL"], FOLDER = sys.argv[1], Path(sys.argv[2])
from tests import environment  # noqa: E402, F401  (sets what the settings read)

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

import django  # noqa: E402

django.setup()

import time_machine  # noqa: E402
from answers import answer  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from pages import FULL  # noqa: E402
from story import ZONE, Clinic  # noqa: E402

from conditions import demo  # noqa: E402
from conditions.models import Condition  # noqa: E402
from reviews import proof, reading  # noqa: E402
from reviews.canonical import digest_of, text_of  # noqa: E402
from reviews.models import Address, Edition, Reviewer, Subject  # noqa: E402

# When the public site was read, before and after a sign-off that waited took effect.
INSTANTS = ("2026-11-20T10:00:00-05:00", "2027-01-05T10:00:00-05:00")
SEARCHES = (
    *("examplosis", "specimen", "ketamine", "borderline personality", "bipoler", "C-PTSD"),
    *("F60.3", "Zürich", "naïve", "ejemplosis", "abcdefgh", "tremor or cough", "12.5 mg"),
    *("waiting", "withdrawn", "calibration", "I want to end my life", "nothing has these wordz"),
)


def tell() -> None:
    """The whole story. Random bytes come from a seed, so that both engines hold the same."""
    seeded = random.Random(940252)  # noqa: S311

    def token(size: int = 32) -> str:
        return seeded.randbytes(size).hex()

    def row() -> uuid.UUID:
        return uuid.UUID(int=seeded.getrandbits(128), version=4)

    with (
        time_machine.travel(datetime(2025, 12, 1, 14, 0, tzinfo=ZONE), tick=False) as clock,
        mock.patch("secrets.token_hex", token),
        mock.patch.object(Subject._meta.get_field("uuid"), "default", row),
        override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]),
    ):
        clinic = Clinic(clock)
        demo.build(print)
        clinic.on("2025-12-02")
        clinic.people()
        clinic.tell(
            *(clinic.examplosis(), clinic.translated(), clinic.withdrawn(), clinic.returned()),
            *(clinic.waiting(), clinic.disclosed(), clinic.under_review(), clinic.small_ones()),
            *(clinic.drafts(), clinic.people_change()),
        )
        clock.move_to(datetime(2026, 11, 10, 9, 0, tzinfo=ZONE))
        fault = next(proof.faults(), None)
        assert fault is None, fault


# --- What is kept


def paths() -> Iterator[str]:
    """Every public address, and days and searches that show something of each page."""
    yield from ("/", "/conditions/", "/feed.xml", "/sitemap.xml", "/search/?q=")
    yield from (f"/search/?q={query.replace(' ', '+')}" for query in SEARCHES)
    yield from (f"/reviewers/{one.slug}/" for one in Reviewer.objects.order_by("pk"))
    slugs = {*Address.objects.values_list("slug", flat=True)}
    slugs |= {*Edition.objects.values_list("slug", flat=True)}
    slugs |= {*Condition.objects.values_list("slug", flat=True)}
    for slug in sorted(slugs):
        base = f"/conditions/{slug}/"
        yield from (base, f"/conditions/{slug}.json", f"{base}record/")
        yield from (f"{base}record/?on={day}" for day in ("2026-01-15", "2026-08-04"))
        subjects = Edition.objects.filter(slug=slug).values("subject")
        numbers = Edition.objects.filter(subject__in=subjects).values_list("number", flat=True)
        yield from (f"{base}record/{number}/" for number in sorted({*numbers}))


def read() -> dict[str, Any]:
    """What each address answers; of a later instant only where that differs."""
    asked = list(paths())
    found: dict[str, Any] = {}
    before: dict[str, Any] = {}
    for instant in INSTANTS:
        with time_machine.travel(datetime.fromisoformat(instant), tick=False):
            reading.forget()
            # A past day's words are the same on any day: asked once.
            answers = {path: answer(path) for path in asked if not (before and "?on=" in path)}
        found[instant] = {path: said for path, said in answers.items() if said != before.get(path)}
        before = answers
    return found


def sqlite_dump(file: str) -> str:
    """The database as SQL, save the full text's own tables, which a rebuild fills."""
    old = sqlite3.connect(file)
    master = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
    rows = [row for row in old.execute(master) if not row[1].startswith("sqlite_")]
    virtual = [name for _, name, sql in rows if sql.startswith("CREATE VIRTUAL")]
    derived = {name for _, name, _ in rows for table in virtual if name.startswith(f"{table}_")} - {
        name for kind, name, _ in rows if kind == "trigger"
    }
    plain = [row for row in rows if row[1] not in {*derived, *virtual}]
    lines = ["BEGIN"]
    lines += [sql for kind, _, sql in plain if kind == "table"]
    for kind, name, _ in [*plain, ("table", "sqlite_sequence", "")]:
        if kind != "table":
            continue
        columns = [column[1] for column in old.execute(f'PRAGMA table_info("{name}")')]
        quoted = " || ',' || ".join(f'quote("{column}")' for column in columns)
        if name == "sqlite_sequence":
            lines.append("DELETE FROM sqlite_sequence")
        lines += [
            f'INSERT INTO "{name}" VALUES ({values})'
            for (values,) in old.execute(f'SELECT {quoted} FROM "{name}" ORDER BY rowid')
        ]
    lines += [sql for _, name, sql in rows if name in virtual]
    lines += [f"INSERT INTO {table}({table}) VALUES ('rebuild')" for table in virtual]
    lines += [sql for kind, _, sql in plain if kind in ("index", "trigger", "view")]
    return ";\n".join([*lines, "COMMIT", ""])


def postgresql_dump(url: str) -> str:
    """What pg_dump writes, without what only psql reads."""
    options = ["--inserts", "--no-owner", "--no-privileges", "--no-comments"]
    said = subprocess.run(["pg_dump", *options, url], check=True, capture_output=True, text=True)
    return "".join(
        line for line in said.stdout.splitlines(keepends=True) if not line.startswith("\\")
    )


def pack(name: str, text: str) -> None:
    with open(FOLDER / f"{name}.gz", "wb") as file, gzip.GzipFile("", "wb", 9, file, 0) as packed:
        packed.write(text.encode())
    print(name, (FOLDER / f"{name}.gz").stat().st_size)


def main() -> None:
    call_command("migrate", verbosity=0)
    tell()
    seq, last = proof.head()
    engine = connection.vendor
    settings = connection.settings_dict
    found = {"head": f"{seq}:{last}", "instants": read()}
    connection.close()
    if engine == "sqlite":
        pack("sqlite.sql", sqlite_dump(settings["NAME"]))
    else:
        pack("postgresql.sql", postgresql_dump(sys.argv[1]))
    answers, kept = json.dumps(found, ensure_ascii=False, indent=0), FOLDER / "answers.json.gz"
    if kept.exists():
        assert gzip.decompress(kept.read_bytes()).decode() == answers, "the engines do not agree"
    pack("answers.json", answers)
    one = text_of(FULL)
    (FOLDER / "document.json").write_text(
        json.dumps(FULL, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    (FOLDER / "document.canonical.txt").write_text(one, encoding="utf-8")
    (FOLDER / "document.sha256").write_text(digest_of(one) + "\n", encoding="utf-8")
    assert one == Edition.objects.get(slug="examplosis", number=1).text


if __name__ == "__main__":
    main()
