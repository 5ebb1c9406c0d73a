"""The one list of the kinds of event."""

from __future__ import annotations

import re
from pathlib import Path

from reviews.evidence.kinds import DECISIVE, Kind
from reviews.models import (
    Overlay,
    Redaction,
    RelianceEnd,
    SignOff,
    Submission,
    Withdrawal,
    evidence_models,
)

ROOT = Path(__file__).parents[3]


def test_every_model_of_evidence_has_a_kind_of_event_that_carries_it() -> None:
    assert {kind.row for kind in Kind if kind.row} == set(evidence_models())


def test_every_end_of_a_submission_is_a_kind_of_event() -> None:
    ends = set(Submission.Status) - {Submission.Status.OPEN}

    assert {end.value for end in ends} <= {kind.value for kind in Kind}


def test_sign_offs_their_ends_overlays_and_redactions_decide_what_is_public() -> None:
    assert set(DECISIVE) == {
        kind.value
        for model in (SignOff, Withdrawal, Overlay, Redaction, RelianceEnd)
        for kind in Kind.carrying(model)
    }


def test_a_kind_is_stored_as_its_word_alone() -> None:
    for kind in Kind:
        assert re.fullmatch("[a-z_]{1,40}", kind.value), kind
        assert str(kind) == kind.value


def test_no_event_is_appended_by_a_typed_word() -> None:
    for folder in ("reviews", "conditions", "config"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not re.search(r"\.append\(\s*\"[a-z_]+\",\s*at=", path.read_text()), path
