"""What `make lint` runs beside ruff: types, import directions, migrations, deployment settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests import environment

BIN = Path(sys.executable).parent
# A production-like environment: everything set, nothing throw-away.
PRODUCTION = {
    **environment.TESTS,
    "DEBUG": "0",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-0123456789abcdefghijklmnop",
    "ALLOWED_HOSTS": "clinic.example",
    "SITE_URL": "https://clinic.example",
    "EMAIL_URL": "smtp://localhost:25",
}
MANAGE = [sys.executable, "manage.py"]
CHECKS: list[tuple[list[str], dict[str, str]]] = [
    ([str(BIN / "mypy")], environment.TESTS),
    ([str(BIN / "lint-imports")], {}),
    ([*MANAGE, "makemigrations", "--check", "--dry-run"], environment.TESTS),
    ([*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
]


def main() -> int:
    """Run every check; 1 if one fails."""
    failed = 0
    for command, environ in CHECKS:
        print("$", Path(command[0]).name, *command[1:], flush=True)
        failed |= subprocess.run(command, env=os.environ | environ, check=False).returncode
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
