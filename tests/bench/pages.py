"""Measure the public pages beside a Django "hello world" on the same gunicorn: never a test.

Run as `python -m tests.bench.pages`. Prints requests per second, the median of three rounds in
which the two sites take turns, and their ratio.
"""

from __future__ import annotations

import http.client
import os
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
GUNICORN = ["-m", "gunicorn", "--workers", "2", "--log-level", "error", "--no-control-socket"]
# What nginx would send in front; both sites get the same headers.
HEADERS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
PAGE = "/conditions/borderline-personality-disorder/"
CONNECTIONS = 8
SECONDS = 4
ROUNDS = 3

HELLO = """
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="hello", ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, MIDDLEWARE=[]
)
urlpatterns = [path("", lambda request: HttpResponse("Hello, world"))]
application = get_wsgi_application()
"""
SETTINGS = """
from config.settings import *

STATIC_ROOT = {static!r}
"""


def main() -> None:
    """Set both sites up in a temporary folder, measure them in turns, and print the numbers."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        environment = set_up(folder)
        (folder / "hello.py").write_text(HELLO)
        hello = stack.enter_context(served("hello:application", folder, environment))
        site = stack.enter_context(served("config.wsgi:application", folder, environment))
        forgetful = stack.enter_context(
            served("config.wsgi:application", folder, {**environment, "READ_MEMORY_SECONDS": "0"})
        )
        paths = {
            "hello world": (hello, "/"),
            "a page": (site, PAGE),
            "a page, asked afresh each time": (forgetful, PAGE),
            "A to Z": (site, "/conditions/"),
        }
        for port, path in paths.values():
            status, body = fetch(port, path)
            if status != 200 or (port != hello and b"Borderline" not in body):
                raise SystemExit(f"{path} does not answer as it should ({status}).")
        rates: dict[str, list[float]] = {label: [] for label in paths}
        for _ in range(ROUNDS):
            for label, (port, path) in paths.items():
                rates[label].append(measure(port, path))
    report(rates)


def report(rates: dict[str, list[float]]) -> None:
    """Print each median with its rounds, and the share of the hello world."""
    hello = statistics.median(rates["hello world"])
    for label, found in rates.items():
        median = statistics.median(found)
        rounds = ", ".join(f"{rate:.0f}" for rate in found)
        print(f"{label:<32}{median:8.0f} requests/s  {median / hello:6.2f} of hello  ({rounds})")


def set_up(folder: Path, database: str = "") -> dict[str, str]:
    """A demonstration's database and collected static files; the environment to serve them in.

    `database` is the address of an empty one; else it is made in the folder.
    """
    (folder / "bench_settings.py").write_text(SETTINGS.format(static=str(folder / "static")))
    base = {
        **{key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")},
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        "DJANGO_SETTINGS_MODULE": "bench_settings",
        "DATABASE_URL": database or f"sqlite:///{folder / 'bench.sqlite3'}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "CLINIC_NAME": "Tovani",
        "CLINIC_TREATMENT": "ketamine therapy",
        "CLINIC_TIME_ZONE": "America/New_York",
        "CLINIC_CONTACT": "hello@tovani.example",
        "EMAIL_URL": "consolemail://",
    }
    demonstration = {"DEBUG": "1", "SECRET_KEY": "throw-away-" + secrets.token_hex(32)}
    production = {
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "SITE_URL": "https://127.0.0.1",
        "TRUSTED_PROXIES": "1",
    }
    manage({**base, **demonstration}, "demo", "--no-serve")
    manage({**base, **production}, "collectstatic", "--no-input")
    return {**base, **production}


def manage(environment: dict[str, str], *arguments: str) -> str:
    """What a management command printed; all of it is shown if it fails."""
    ran = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise SystemExit(f"manage.py {arguments[0]} failed:\n{ran.stdout}{ran.stderr}")
    return ran.stdout


@contextmanager
def served(application: str, folder: Path, environment: dict[str, str]) -> Iterator[int]:
    """Serve an application with two workers on a free loopback port; yields the port."""
    port = free_port()
    arguments = [sys.executable, *GUNICORN, "--bind", f"127.0.0.1:{port}", application]
    server = subprocess.Popen(arguments, cwd=folder, env=environment)
    try:
        wait_for(port, server)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers; stop if it ended or does not answer within 20 seconds."""
    until = time.monotonic() + 20
    while time.monotonic() < until and server.poll() is None:
        try:
            fetch(port, "/")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"The server on port {port} does not answer.")


def fetch(port: int, path: str) -> tuple[int, bytes]:
    """The status and body of one address."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=HEADERS)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def measure(port: int, path: str) -> float:
    """Requests per second over a few seconds."""
    return by_wrk(port, path) if shutil.which("wrk") else by_threads(port, path)


def by_wrk(port: int, path: str) -> float:
    """Requests per second by wrk. Stops if any answer was not a success."""
    headers = [part for name, value in HEADERS.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{SECONDS}s", *headers]
    ran = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
    )
    if "Non-2xx" in ran.stdout:
        raise SystemExit(f"{path} did not always answer:\n{ran.stdout}")
    found = re.search(r"Requests/sec:\s*([\d.]+)", ran.stdout)
    assert found
    return float(found[1])


def by_threads(port: int, path: str) -> float:
    """Requests per second by threads of this process. Stops if any answer was not a success."""
    until = time.monotonic() + SECONDS
    counts = [0] * CONNECTIONS
    failed: list[int] = []

    def ask(number: int) -> None:
        while time.monotonic() < until and not failed:
            status, _ = fetch(port, path)
            if status != 200:
                failed.append(status)
            counts[number] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise SystemExit(f"{path} answered {failed[0]}")
    return sum(counts) / SECONDS


if __name__ == "__main__":
    main()
