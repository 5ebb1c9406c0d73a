"""A real Chromium against a live server: each person has a browser context of their own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.cast import PASSWORD

# A shared machine is slow at times.
expect.set_options(timeout=20_000)
# Playwright's own loop makes Django believe that the test is asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# Where Debian puts what fonts/narrow.conf and fonts/wide.conf choose, and in which package.
FONTS = {
    "narrow": Path("/usr/share/fonts/truetype/liberation"),
    "wide": Path("/usr/share/fonts/truetype/dejavu"),
}
PACKAGES = {"narrow": "fonts-liberation", "wide": "fonts-dejavu-core"}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives browsers."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright, request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The system's Chromium; for a test that says so, with narrow or wide letters."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed (Debian's package: chromium)")
    fonts: str | None = getattr(request, "param", None)
    if fonts and not FONTS[fonts].is_dir():
        pytest.skip(f"No {fonts} fonts at {FONTS[fonts]} (Debian: {PACKAGES[fonts]})")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    file = Path(__file__).with_name("fonts") / f"{fonts}.conf"
    letters = {"FONTCONFIG_FILE": str(file)} if fonts else {}
    started = playwright.chromium.launch(
        executable_path=chromium, args=flags, env={**os.environ, **letters}
    )
    yield started
    started.close()


@pytest.fixture(scope="session")
def server(django_db_setup: None) -> Iterator[str]:
    """The address of the site. Unlike pytest-django's fixture it asks for no flush after a test."""
    started = LiveServer("localhost")
    yield started.url
    started.stop()


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """Open a browser of one's own: open_page(user, width=…, dark=…, javascript=…).

    Whatever the browser's console calls an error fails the test at its end: a blocked script or
    style is one.
    """
    contexts = []
    errors: list[str] = []

    def open_as(
        user: User | None = None,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        javascript: bool = True,
    ) -> Page:
        context = browser.new_context(
            base_url=server,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: _note(errors, message))
        page.on("pageerror", lambda error: errors.append(str(error)))
        if user is not None:
            page.goto("/admin/login/")
            page.get_by_label("Username").fill(user.get_username())
            page.get_by_role("textbox", name="Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert errors == []


def _note(errors: list[str], message: Any) -> None:
    # The icon that browsers ask for on their own, and the status of refused forms, are no faults.
    if message.type == "error" and "Failed to load resource" not in message.text:
        errors.append(message.text)
