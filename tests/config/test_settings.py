"""One settings file: production names what it lacks and stops; nothing insecure reaches it."""

from __future__ import annotations

import logging
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from config import checks
from config.checks import ProxyWatch

ROOT = Path(settings.BASE_DIR)
PRODUCTION = {
    "SECRET_KEY": "b7wq9zr2kx5mv8ct4yh1nj6pd3gs0fl-AQWERTZUIOPLKJHGFDSA",
    "ALLOWED_HOSTS": "pages.clinic.example",
    "SITE_URL": "https://pages.clinic.example",
    "CLINIC_NAME": "Clinic",
    "CLINIC_TREATMENT": "a treatment",
    "CLINIC_TIME_ZONE": "America/New_York",
    "CLINIC_CONTACT": "hello@clinic.example",
    "EMAIL_URL": "smtp://localhost:25",
}


def start(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Start Django with this environment and nothing else of ours."""
    return subprocess.run(
        [sys.executable, *(command or ("-c", "import django; django.setup()"))],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "config.settings", "PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def read(environment: dict[str, str]) -> dict[str, Any]:
    """The settings that the file gives with this environment and nothing else of ours."""
    kept = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        return runpy.run_path(str(ROOT / "config" / "settings.py"))
    finally:
        os.environ.clear()
        os.environ.update(kept)


def refusal(environment: dict[str, str]) -> str:
    """The sentence with which the settings are refused."""
    with pytest.raises(ImproperlyConfigured) as refused:
        read(environment)
    return str(refused.value)


def test_production_starts_with_all_that_it_needs_and_passes_djangos_checks() -> None:
    done = start(PRODUCTION, "manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_what_the_settings_refuse_does_not_start_and_the_last_line_says_why() -> None:
    for environment in ({}, {**PRODUCTION, "SITE_URL": "http://pages.clinic.example"}):
        done = start(environment)

        assert done.returncode != 0, "it started"
        last = done.stderr.strip().splitlines()[-1]
        assert last == f"django.core.exceptions.ImproperlyConfigured: {refusal(environment)}"


def test_debug_is_off_unless_somebody_turns_it_on() -> None:
    assert read(PRODUCTION)["DEBUG"] is False


def test_production_names_what_it_lacks_and_stops() -> None:
    for name in PRODUCTION:
        others = {key: kept for key, kept in PRODUCTION.items() if key != name}
        for environment in (others, {**others, name: ""}):
            said = refusal(environment)

            assert f"Set {name} in the environment" in said
            assert not [other for other in others if other in said], name


def test_production_names_everything_at_once() -> None:
    said = refusal({})

    assert [name for name in PRODUCTION if name in said] == list(PRODUCTION)


BAD_VALUES = [
    ("SECRET_KEY", "throw-away-" + "x9" * 40),
    ("SECRET_KEY", PRODUCTION["SECRET_KEY"][:49]),
    ("SITE_URL", "http://pages.clinic.example"),
    ("SITE_URL", "pages.clinic.example"),
    ("ALLOWED_HOSTS", "*"),
    ("ALLOWED_HOSTS", ".clinic.example"),
    ("ALLOWED_HOSTS", "*.clinic.example"),
    ("ALLOWED_HOSTS", "pages.clinic.example, *"),
    ("ALLOWED_HOSTS", "pages.clinic.example,.clinic.example"),
    ("CLINIC_TIME_ZONE", "New York"),
    ("CLINIC_TIME_ZONE", "Amerika/New_York"),
    ("CLINIC_TIME_ZONE", "../../etc/passwd"),
    ("CLINIC_TIME_ZONE", "/etc/localtime"),
    ("CLINIC_TIME_ZONE", "America"),
    ("AUTHOR_MAY_SIGN", "always"),
    ("AUTHOR_MAY_SIGN", "Disclosed"),
    ("CLINIC_PHONE", "call us"),
    ("CLINIC_PHONE", "911"),
    ("CLINIC_PHONE", "555-0100; javascript:1"),
    ("TRUSTED_PROXIES", "2"),
    ("TRUSTED_PROXIES", "-1"),
    ("TRUSTED_PROXIES", "yes"),
    ("READ_MEMORY_SECONDS", "a while"),
    ("DATABASE_URL", "mysql://user:secret@localhost/pages"),
    ("DATABASE_URL", "oracle://user:secret@localhost/pages"),
    ("DATABASE_URL", "nonsense"),
]


def test_production_refuses_a_bad_value_in_a_sentence_that_names_it(
    subtests: pytest.Subtests,
) -> None:
    for name, value in BAD_VALUES:
        with subtests.test(name=name, value=value):
            said = refusal({**PRODUCTION, name: value})

            assert name in said
            assert said.endswith(".")
            assert "secret" not in said
            assert not [other for other in PRODUCTION if other != name and other in said]


def test_a_secret_of_fifty_characters_is_long_enough() -> None:
    fifty = PRODUCTION["SECRET_KEY"][:50]

    assert read({**PRODUCTION, "SECRET_KEY": fifty})["SECRET_KEY"] == fifty


def test_every_fault_is_named_at_once() -> None:
    said = refusal({**PRODUCTION, "SITE_URL": "http://x", "AUTHOR_MAY_SIGN": "x"})

    assert "SITE_URL" in said
    assert "AUTHOR_MAY_SIGN" in said


def test_a_demonstration_needs_a_secret_and_nothing_else() -> None:
    assert "Set SECRET_KEY in the environment" in refusal({"DEBUG": "1"})
    assert start({"DEBUG": "1", "SECRET_KEY": "throw-away-x"}).returncode == 0


def test_a_bad_value_is_refused_in_debug_too() -> None:
    said = refusal({"DEBUG": "1", "SECRET_KEY": "throw-away-x", "AUTHOR_MAY_SIGN": "x"})

    assert "AUTHOR_MAY_SIGN" in said


def test_both_answers_to_who_may_sign_are_accepted() -> None:
    for allowed in ("never", "disclosed"):
        assert read({**PRODUCTION, "AUTHOR_MAY_SIGN": allowed})["AUTHOR_MAY_SIGN"] == allowed


def test_production_keeps_cookies_and_connections_safe() -> None:
    for environment, behind_a_proxy in (({}, False), ({"TRUSTED_PROXIES": "1"}, True)):
        given = read({**PRODUCTION, **environment})

        assert given["AUTHOR_MAY_SIGN"] == "never"
        assert bool(given.get("SECURE_PROXY_SSL_HEADER")) is behind_a_proxy
        for safe in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"):
            assert given[safe] is True, safe


# --- A proxy that the settings do not know


def looks(*requests: tuple[str, str]) -> bool:
    """Whether a process warns that sees these (address, forwarded for) again and again."""
    watch, warned = ProxyWatch(), list[logging.LogRecord]()
    handler = logging.Handler()
    handler.emit = warned.append  # type: ignore[method-assign]
    checks.log.addHandler(handler)
    for _ in range(checks.ENOUGH + 5):
        for address, forwarded in requests:
            request = HttpRequest()
            request.META["REMOTE_ADDR"] = address
            if forwarded:
                request.META["HTTP_X_FORWARDED_FOR"] = forwarded
            watch.look(request)
    checks.log.removeHandler(handler)
    assert len(warned) <= 1
    return bool(warned) and "TRUSTED_PROXIES=1" in warned[0].getMessage()


def test_production_warns_once_when_a_proxy_stands_in_front_unknown(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 0
    proxied, direct = ("10.0.0.2", "203.0.113.9"), ("9.9.9.9", "")
    assert looks(proxied)
    assert looks(("127.0.0.1", "203.0.113.9, 10.1.1.1"), ("127.0.0.1", "203.0.113.10"))
    for others in (
        [direct],
        [("9.9.9.9", "10.0.0.1")],
        [proxied, direct],
        [proxied, ("10.0.0.3", "203.0.113.9")],
        [("10.0.0.2", "")],
        [("", "203.0.113.9")],
        [("not an address", "203.0.113.9")],
    ):
        assert not looks(*others), others
    settings.TRUSTED_PROXIES = 1
    assert not looks(proxied)
