"""Eight editors save drafts while eight readers read, on a real server: measured, never a test.

Run as `python -m tests.bench.editors`: on SQLite, and then on PostgreSQL where DATABASE_URL names
a server, in fresh databases. Tells of answers that were a server's fault (5xx), of contributions
that were lost, of the median save beside that of an editor who is alone, and of the pages read.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import django
import psycopg

from tests import environment  # noqa: F401  (before Django reads its settings)
from tests.bench import pages

EDITORS, READERS = 8, 8
SECONDS, ALONE_SECONDS = 60, 15
# Every so many saves of an editor go to the draft that all share, where a slower one is refused.
SHARED_EACH = 4
PASSWORD = "bench-editors-only"
READ = [
    *("/", "/conditions/", pages.PAGE, "/conditions/complex-ptsd/", "/search/?q=treatment"),
    *("/conditions/borderline-personality-disorder/record/", "/feed.xml"),
]
PEOPLE = f"""
import json
from django.contrib.auth.models import Group, User
from conditions import demo, exchange
people = []
for number in range({EDITORS}):
    user = User.objects.create_user(f"editor-{{number}}", password={PASSWORD!r}, is_staff=True)
    user.groups.add(Group.objects.get(name="Staff"))
    people.append(user)
document = demo.sample("borderline-personality-disorder")
found = {{}}
for slug in ["shared", *(user.username for user in people)]:
    condition, _ = exchange.load(document | {{"slug": slug, "name": slug}}, by=people[0])
    found[slug] = condition.pk
print(json.dumps(found))
"""
# Only summaries were changed: with that of a version the draft is again what its digest says.
CHECK = """
import json, sys
from django.contrib.auth.models import User
from reversion.models import Version
from conditions.document import stored
from conditions.models import Condition
from reviews.models import Contribution
from reviews.text.canonical import digest_of, text_of
lost = []
for pk, saves in json.load(open({saved!r})).items():
    condition = Condition.objects.get(pk=pk)
    document = condition.document()
    versions = list(Version.objects.get_for_object(condition).select_related("revision__user"))
    summaries = [(one, stored.read(one.serialized_data).document["summary"]) for one in versions]
    for editor, word in saves:
        mine = [(one, text) for one, text in summaries if f"<p>{{word}}</p>" in text]
        by = [one.revision.user.username for one, _ in mine if one.revision.user]
        digests = [digest_of(text_of(document | {{"summary": text}})) for _, text in mine]
        made = Contribution.objects.filter(subject=condition.subject, digest__in=digests)
        authors = list(made.values_list("by__username", flat=True))
        if by != [editor] or authors != [editor]:
            lost.append([pk, editor, word, by, authors])
print(json.dumps(lost))
"""


@dataclass
class Seen:
    """What came of one stretch of time."""

    saved: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)
    refused: int = 0
    reads: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, status: int) -> None:
        """Count an answer that should not have been."""
        with self.lock:
            self.faults[f"{what}: {status}"] += 1


class Browser:
    """One person's log-in and connection."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, SimpleCookie()

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, float]:
        """Status, text and milliseconds of a page, or of a form that is sent."""
        headers = {
            **pages.HEADERS,
            "Host": "127.0.0.1",
            "Cookie": "; ".join(f"{name}={one.value}" for name, one in self.cookies.items()),
        }
        body = None
        if form is not None:
            token = self.cookies["csrftoken"].value if "csrftoken" in self.cookies else ""
            body = urlencode({**form, "csrfmiddlewaretoken": token})
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": "https://127.0.0.1",
            }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        began = time.perf_counter()
        try:
            connection.request("POST" if form is not None else "GET", path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        took = (time.perf_counter() - began) * 1000
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                self.cookies.load(value)
        return response.status, text, took

    def log_in(self, name: str) -> None:
        """Log in by the site's own form."""
        path = "/admin/login/?next=/admin/"
        self.ask(path)
        status, _, _ = self.ask(path, {"username": name, "password": PASSWORD, "next": "/admin/"})
        if status != 302:
            raise SystemExit(f"{name} could not log in ({status}).")


def main() -> None:
    """Measure on each engine that is there."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    url = os.environ.get("DATABASE_URL", "")
    django.setup()
    with tempfile.TemporaryDirectory() as name:
        run("SQLite", Path(name), f"sqlite:///{Path(name) / 'bench.sqlite3'}")
    if url.startswith("postgres"):
        with tempfile.TemporaryDirectory() as name, fresh_database(url) as database:
            run("PostgreSQL", Path(name), database)


@contextmanager
def fresh_database(url: str) -> Iterator[str]:
    """An empty database beside the one of an address, gone afterwards."""
    parts = urlsplit(url)
    name = f"bench_{parts.path.strip('/')}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        server.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(parts._replace(path=f"/{quote(name)}"))
    finally:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def run(engine: str, folder: Path, database: str) -> None:
    """One editor alone, then all of them with the readers; and what came of it."""
    site = pages.set_up(folder, database)
    drafts = json.loads(pages.manage(site, "shell", "-v", "0", "-c", PEOPLE))
    with pages.served("config.wsgi:application", folder, site) as port:
        alone = stretch(port, drafts, editors=1, readers=0, seconds=ALONE_SECONDS)
        crowd = stretch(port, drafts, editors=EDITORS, readers=READERS, seconds=SECONDS)
    for label, seen in (("one editor alone", alone), (f"{EDITORS} editors", crowd)):
        saved = folder / "saved.json"
        saved.write_text(json.dumps(seen.saved))
        lost = json.loads(
            pages.manage(site, "shell", "-v", "0", "-c", CHECK.format(saved=str(saved)))
        )
        report(f"{engine}, {label}", seen, lost)


def report(label: str, seen: Seen, lost: list[Any]) -> None:
    """A few lines for one stretch of time."""
    times = sorted(seen.milliseconds)
    print(
        f"{label:<30}{len(times):6} saved, median {statistics.median(times):6.0f} ms, "
        f"slowest {times[-1]:6.0f} ms; {seen.refused} refused as stale; {seen.reads} pages read"
    )
    print(f"{'':<30}{len(lost):6} contributions lost; not as they should be: {dict(seen.faults)}")
    for one in lost[:5]:
        print(f"{'':<30}lost: {one}")


def stretch(port: int, drafts: dict[str, int], *, editors: int, readers: int, seconds: int) -> Seen:
    """Let so many people work for so long."""
    seen = Seen()
    browsers = [Browser(port) for _ in range(editors)]
    for number, browser in enumerate(browsers):
        browser.log_in(f"editor-{number}")
    until = time.monotonic() + seconds
    jobs: list[Callable[[], None]] = [
        lambda number=number: edit(seen, browsers[number], number, drafts, until)
        for number in range(editors)
    ]
    jobs += [
        lambda number=number: read(seen, Browser(port), number, until) for number in range(readers)
    ]
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def edit(seen: Seen, browser: Browser, number: int, drafts: dict[str, int], until: float) -> None:
    """Open the form, type a word, save; again and again."""
    from tests.conditions.studio.test_admin import Fields

    name, turn = f"editor-{number}", 0
    while time.monotonic() < until:
        turn += 1
        pk = drafts["shared" if turn % SHARED_EACH == 0 else name]
        path = f"/admin/conditions/condition/{pk}/change/"
        status, html, _ = browser.ask(path)
        if status != 200:
            seen.note("opened", status)
            continue
        form = {key: value for key, value in Fields(html).typed.items() if "__prefix__" not in key}
        word = f"Word {number} of {turn} at {time.time_ns()}."
        form["summary"] = f"<p>A summary that is changed again.</p><p>{word}</p>"
        status, html, took = browser.ask(path, form)
        with seen.lock:
            if status == 302:
                seen.saved.setdefault(str(pk), []).append((name, word))
                seen.milliseconds.append(took)
            elif status < 500 and "was changed since you opened it" in html and word in html:
                seen.refused += 1
            else:
                seen.faults[f"saved: {status}"] += 1


def read(seen: Seen, browser: Browser, number: int, until: float) -> None:
    """Read one public page after another."""
    turn = number
    while time.monotonic() < until:
        turn += 1
        status, _, _ = browser.ask(READ[turn % len(READ)])
        with seen.lock:
            seen.reads += 1
        if status != 200:
            seen.note(f"read {READ[turn % len(READ)]}", status)


if __name__ == "__main__":
    main()
