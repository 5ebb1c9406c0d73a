"""Breaks each rule on purpose, one at a time, and shows that the tests notice.

`python -m tests.mutations [NUMBER…]` copies the project to a temporary folder, makes one change of
the list there, and runs the tests named beside it: they must fail. Exit 1 if one stays green. Not
part of `make test`, because it takes minutes; run it when the tests of a rule were changed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]


class Mutation(NamedTuple):
    """Words of a module, what stands in their place, and where the tests of that rule are."""

    module: str
    words: str
    instead: str
    tests: str


MUTATIONS = [
    # Who may sign
    Mutation(
        "reviews/workflow/signing.py",
        'if must_disclose(edition, by, at) and settings.AUTHOR_MAY_SIGN != "disclosed":',
        "if False:",
        "tests/reviews/workflow/test_authors.py",
    ),
    Mutation(
        "reviews/workflow/authors.py",
        "people.update(save.by for save in saves)",
        "people.update(save.by for save in saves[-1:])",
        "tests/reviews/workflow/test_authors.py",
    ),
    Mutation(
        "reviews/workflow/authors.py",
        "return people | _by_pieces(subject, fresh, people, at)",
        "return people",
        "tests/reviews/workflow/test_authors.py",
    ),
    Mutation(
        "reviews/models/people.py",
        "expires_on__gte=clock.local_date(at)",
        "expires_on__gt=clock.local_date(at)",
        "tests/reviews/workflow/test_sign_off.py",
    ),
    Mutation(
        "reviews/workflow/refusals.py",
        "if not (reviewer.is_active and by.is_active):",
        "if False:",
        "tests/reviews/workflow/test_sign_off.py tests/reviews/workflow/test_people.py",
    ),
    Mutation(
        "reviews/workflow/credentials.py",
        "if user is not None and user.pk == by.pk:",
        "if user is not None or session is None:",
        "tests/reviews/workflow/test_sign_off.py tests/config/test_throttling.py",
    ),
    Mutation(
        "reviews/workflow/credentials.py",
        "if len(instants) == IN_A_DAY and instants[0] > at - WAIT:",
        "if len(instants) > IN_A_DAY:",
        "tests/config/test_throttling.py",
    ),
    Mutation(
        "reviews/workflow/claims.py",
        "if by.pk == claim.by_id:",
        "if False:",
        "tests/reviews/workflow/test_confirmations.py",
    ),
    Mutation(
        "reviews/workflow/claims.py",
        "if by.pk == claim.person_id:\n        yield",
        "if False:\n        yield",
        "tests/reviews/workflow/test_confirmations.py",
    ),
    # What is signed
    Mutation(
        "reviews/workflow/signing.py",
        "if edition.digest != digest or",
        "if",
        "tests/reviews/workflow/test_sign_off.py",
    ),
    Mutation(
        "reviews/workflow/signing.py",
        "if (before.pk if before else None) != against:",
        "if False:",
        "tests/reviews/workflow/test_sign_off.py",
    ),
    Mutation(
        "reviews/workflow/signing.py",
        "if printed_digest(by, at) != profile:",
        "if False:",
        "tests/reviews/workflow/test_sign_off.py tests/reviews/workflow/test_people.py",
    ),
    Mutation(
        "reviews/workflow/drafts.py",
        "if last is None or not is_recorded(draft, document, last, at=at):",
        "if last is None:",
        "tests/reviews/workflow/test_submit.py",
    ),
    Mutation(
        "reviews/workflow/drafts.py",
        "elif not unchanged_because:",
        "elif False:",
        "tests/reviews/workflow/test_submit.py",
    ),
    # Corrections and dates
    Mutation(
        "reviews/workflow/signing.py",
        "if before.is_overdue(clock.local_date(at)):",
        "if False:",
        "tests/reviews/workflow/test_corrections.py",
    ),
    Mutation(
        "reviews/workflow/drawing_up.py",
        "min(due, signed_on + URGENT_DAYS)",
        "signed_on + URGENT_DAYS",
        "tests/reviews/workflow/test_corrections.py",
    ),
    Mutation(
        "reviews/workflow/corrections.py",
        "if counted.changed > most:",
        "if counted.changed > most + 1:",
        "tests/reviews/workflow/test_corrections.py",
    ),
    Mutation(
        "reviews/workflow/corrections.py",
        "if counted.uncounted:",
        "if False:",
        "tests/reviews/workflow/test_corrections.py",
    ),
    Mutation(
        "reviews/text/days.py",
        "return on > due",
        "return on >= due",
        "tests/conditions/public/test_review_lines.py",
    ),
    Mutation(
        "reviews/workflow/drawing_up.py",
        "min(day.day, calendar.monthrange(year, month + 1)[1])",
        "min(day.day, 28)",
        "tests/reviews/workflow/test_sign_off.py",
    ),
    # What is public
    Mutation(
        "reviews/models/sign_offs.py",
        "return self.standing(at).filter(effective_at__lte=at)",
        "return self.filter(effective_at__lte=at)",
        "tests/reviews/workflow/test_cancel.py",
    ),
    Mutation(
        "reviews/models/sign_offs.py",
        ".exclude(Exists(Withdrawal.objects.since_signed(at)))\n        )",
        ")",
        "tests/reviews/workflow/test_withdraw.py",
    ),
    Mutation(
        "reviews/models/sign_offs.py",
        "return self.in_force(at).exclude(Exists(held))",
        "return self.in_force(at)",
        "tests/reviews/workflow/test_overlays.py",
    ),
    Mutation(
        "reviews/workflow/overlays.py",
        "if standing.kind == Overlay.Kind.HOLD and standing.by_physician:",
        "if False:",
        "tests/reviews/workflow/test_overlays.py",
    ),
    Mutation(
        "reviews/workflow/ending.py",
        "if before is not None and notice == Withdrawal.Notice.SAFETY:",
        "if False:",
        "tests/reviews/workflow/test_redact.py tests/reviews/workflow/test_withdraw.py",
    ),
    # Evidence
    Mutation(
        "reviews/evidence/checks.py",
        "if isinstance(row, Edition) and digest_of(row.text) != row.digest:",
        "if False:",
        "tests/reviews/reading/test_fails_closed.py tests/reviews/evidence/test_verify_record.py",
    ),
    Mutation(
        "reviews/evidence/checks.py",
        "if sign_off.digest != edition.digest:",
        "if False:",
        "tests/reviews/reading/test_fails_closed.py tests/reviews/evidence/test_verify_record.py",
    ),
    Mutation(
        "reviews/evidence/checks.py",
        "if chain.hash_of(event.prev, event.body) != event.hash:",
        "if False:",
        "tests/reviews/evidence/test_verify_record.py",
    ),
    Mutation(
        "reviews/reading/proved.py",
        "if found.listed != (None if is_off else found.sign_off):",
        "if False:",
        "tests/reviews/reading/test_fails_closed.py tests/reviews/evidence/test_verify_record.py",
    ),
    # Words on the way in
    Mutation(
        "conditions/cleaning/sanitise.py",
        'self.pieces.append(_NEXT_CELL if self._cells else "")',
        'self.pieces.append("")',
        "tests/conditions/cleaning tests/conditions/document",
    ),
    Mutation(
        "conditions/cleaning/sanitise.py",
        "if lost and not pasted:",
        "if False:",
        "tests/conditions/cleaning",
    ),
    Mutation(
        "conditions/cleaning/sanitise.py",
        "if (fault := link_target_fault(href))",
        "if (fault := '')",
        "tests/conditions/cleaning",
    ),
]


def main(chosen: list[int]) -> int:
    """Try each mutation, or those whose numbers were given; 1 if one is not noticed."""
    unnoticed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "*.sqlite3*"))
        for number, mutation in enumerate(MUTATIONS, 1):
            if chosen and number not in chosen:
                continue
            seen = _is_noticed(copy, mutation)
            unnoticed += not seen
            print(f"{number:2} {'caught' if seen else 'NOT CAUGHT'}: {mutation.module}:", end=" ")
            print(" ".join(mutation.words.split())[:70], flush=True)
    return int(unnoticed > 0)


def _is_noticed(copy: Path, mutation: Mutation) -> bool:
    file = copy / mutation.module
    whole = file.read_text(encoding="utf-8")
    if whole.count(mutation.words) != 1:
        raise SystemExit(f"{mutation.module} must hold these words once: {mutation.words}")
    file.write_text(whole.replace(mutation.words, mutation.instead), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    try:
        ran = subprocess.run(
            [*command, *mutation.tests.split()], cwd=copy, capture_output=True, check=False
        )
    finally:
        file.write_text(whole, encoding="utf-8")
    # 1 says that tests failed; anything else, that they did not run.
    if ran.returncode not in (0, 1):
        raise SystemExit(ran.stdout.decode()[-2000:])
    return ran.returncode == 1


if __name__ == "__main__":
    sys.exit(main([int(number) for number in sys.argv[1:]]))
