"""Long random histories: `python -m tests.histories --steps 20000 --seed 1`.

On SQLite, or the engine of DATABASE_URL, in a database of its own. Every history begins with an
empty site and has 200 steps and a seed of its own, which is printed where something is found: by it
the history is walked again.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
import sys
import time
from contextlib import suppress

import django
from django.db import connection

from tests import environment  # noqa: F401  (before Django reads its settings)

STEPS_OF_ONE = 200


def main() -> None:
    """Walk until so many steps are done; exit 1 where anything was found."""
    asked = argparse.ArgumentParser(prog="python -m tests.histories", description=__doc__)
    asked.add_argument("--steps", type=int, default=2000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--go-on", action="store_true", help="do not stop at the first finding")
    options = asked.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    gc.freeze()  # as the tests do
    gc.set_threshold(200_000, 50, 1000)
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DEBUG = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    logging.disable(logging.ERROR)  # what is not found is not news here
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        found = walk_all(options.steps, options.seed, go_on=options.go_on)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    sys.exit(bool(found))


def walk_all(steps: int, seed: int, *, go_on: bool) -> int:
    """Walk history after history and tell what came of it; how many findings there were.

    Stopped (Ctrl-C, or SIGTERM), it tells what came of it so far.
    """
    from tests.histories.run import history
    from tests.histories.walk import Finding, Sums

    sums, first, findings, began = Sums(), seed, 0, time.monotonic()
    with suppress(KeyboardInterrupt):
        while sums.steps < steps and (go_on or not findings):
            try:
                history(seed, min(STEPS_OF_ONE, steps - sums.steps), sums)
            except Finding as finding:
                findings += 1
                print(f"FOUND with --seed {seed}: {finding}\n", flush=True)
            seed += 1
            if (seed - first) % 10 == 0:
                print(f"{sums.steps} steps, {time.monotonic() - began:.0f} s", flush=True)
    print(
        f"{sums.steps:,} steps on {connection.vendor}, seeds {first} to {seed - 1}, "
        f"{findings} findings, {time.monotonic() - began:.0f} s"
    )
    for verb in sorted({verb for verb, _ in sums.verbs}):
        outcomes = ", ".join(
            f"{n} {how}" for (one, how), n in sorted(sums.verbs.items()) if one == verb
        )
        why = ", ".join(f"{n} {w}" for (one, w), n in sums.reasons.most_common() if one == verb)
        print(f"  {verb:<18} {outcomes}" + (f"  ({why})" if why else ""))
    return findings


if __name__ == "__main__":
    main()
