"""Random histories over all verbs, short; `python -m tests.histories` walks further."""

from __future__ import annotations

import pytest

from reviews.workflow import drafts
from tests.histories.run import history
from tests.histories.walk import Finding, Sums

TRIED = (
    *("sign full", "sign correction", "sign urgent", "reaffirm", "cancel", "withdraw"),
    *("suggest", "resolve", "end reliance"),
)

pytestmark = pytest.mark.django_db


def test_whatever_is_tried_product_and_oracle_agree() -> None:
    sums = Sums()
    for seed in (6, 10):
        history(seed, 29, sums)

    done = {verb: sums.verbs[verb, "accepted"] for verb in TRIED}
    assert all(done.values()), done  # or the walk went nowhere


def test_a_rule_that_is_broken_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "authors_of", lambda *_: set())

    with pytest.raises(Finding, match="Authors"):
        history(1, 30, Sums())
