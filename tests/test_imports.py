"""Imports run one way, and markup is trusted in one place."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.undoing import Case

ROOT = Path(settings.BASE_DIR)
APPS = ("config", "conditions", "reviews")
TRUSTED = ROOT / "conditions" / "templatetags" / "rich.py"
TRUSTING_NAMES = {"mark_safe", "SafeString", "SafeText", "SafeData", "__html__"}
TRUSTING_TAGS = re.compile(r"\|\s*safe(seq)?\b|{%-?\s*autoescape\s+off|{%\s*filter\b[^%]*\bsafe\b")


def sources(app: str) -> list[Path]:
    """Every Python file of an app."""
    return sorted((ROOT / app).rglob("*.py"))


def templates() -> list[Path]:
    """Every template, wherever an app or the project keeps one."""
    folders = [ROOT / "templates", *(ROOT / app / "templates" for app in APPS)]
    return sorted(file for folder in folders for file in folder.rglob("*") if file.is_file())


def imported(source: str) -> Iterator[str]:
    """The dotted names that a module imports, inside functions too, and by import_module."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
            case ast.ImportFrom(level=level) if level > 1:
                yield "." * level
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name),
                args=[ast.Constant(value=str(module)), *_],
            ) if name in ("import_module", "import_string", "__import__"):
                yield module


def trusts_markup(source: str) -> bool:
    """Whether a module names anything that lets markup past escaping."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case (
                ast.Name(id=name)
                | ast.Attribute(attr=name)
                | ast.alias(name=name)
                | ast.FunctionDef(name=name)
            ) if name in TRUSTING_NAMES:
                return True
            case ast.keyword(arg="autoescape", value=ast.Constant(value=False)):
                return True
    return False


def test_the_import_contract_holds() -> None:
    command = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 kept, 0 broken" in done.stdout


def test_the_notary_knows_nothing_of_what_it_notarises(case: Case) -> None:
    for file in sources("reviews"):
        with case(file=file):
            known = {name.partition(".")[0] for name in imported(file.read_text())}

            assert not known & {"conditions", "config", "tests", ""}


@pytest.mark.parametrize(
    "source",
    [
        "import conditions",
        "import conditions.models as models",
        "from conditions.models import Condition",
        "def late():\n    from conditions import page",
        "from importlib import import_module\nimport_module('conditions.page')",
    ],
)
def test_a_forbidden_import_is_seen_wherever_it_stands(source: str) -> None:
    assert "conditions" in {name.partition(".")[0] for name in imported(source)}


@pytest.mark.parametrize("app", APPS)
def test_markup_is_trusted_in_one_module_only(app: str) -> None:
    trusting = {file for file in sources(app) if trusts_markup(file.read_text())}

    assert trusting == ({TRUSTED} if app == "conditions" else set())


def test_no_template_switches_escaping_off() -> None:
    files = templates()

    assert len(files) > 10
    assert [file for file in files if TRUSTING_TAGS.search(file.read_text())] == []


@pytest.mark.parametrize(
    "tag",
    ["{{ words|safe }}", "{{ words | safe }}", "{{ rows|safeseq }}", "{% autoescape off %}"],
)
def test_a_template_that_trusts_markup_is_seen(tag: str) -> None:
    assert TRUSTING_TAGS.search(tag)


def test_no_line_of_a_template_is_longer_than_160_characters() -> None:
    long = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in sorted((ROOT / "templates").rglob("*.*"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 160
    ]
    assert long == []
