"""Physicians who go: what rests on them says so, or is held; and who comes back."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence import audit
from reviews.models import Claim, Overlay, RelianceEnd, Reviewer, SignOff
from reviews.reading import memory
from reviews.text.days import day
from reviews.workflow import NotAllowed
from tests import cast
from tests.traces import refused

PAGE = "/conditions/sample-condition/"
GONE = "no longer reviews pages here since"
OWN = "no longer stands behind this page since"


def html(path: str = PAGE) -> str:
    memory.forget()
    return " ".join(Client().get(path).content.decode().split())


def as_json() -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(Client().get(f"{PAGE[:-1]}.json").content)
    return answer


def end(who: User, *, by: User, on: date | None = None, **more: Any) -> None:
    workflow.end_reviewer(
        Reviewer.objects.get(user=who),
        by=by,
        **{"proof": cast.proof(), "step": "left", "on": on or clock.today(), **more},
    )


@pytest.fixture
def signed(condition: Condition, editor: User, physician: User) -> SignOff:
    return cast.publish(condition, by=editor, signer=physician)


def test_a_page_that_rests_on_somebody_who_went_says_so_and_is_due_within_90_days(
    signed: SignOff, condition: Condition, editor: User, second_physician: User, manager: User
) -> None:
    assert GONE not in html()
    last = clock.today() + timedelta(days=90)

    end(signed.signer, by=manager)

    page = Client().get(PAGE)
    line = f"Pat Sample {GONE} {day(clock.today())}."
    shown = " ".join(page.content.decode().split())
    assert shown.count(line) == 4  # at the top, under Review, on paper, and for machines
    assert 'Last reviewed by <a href="/reviewers/physician/"' in shown
    assert f'Next review due <time datetime="{last}">' in shown
    told = as_json()
    assert (told["next_review_due"], told["overdue"]) == (str(last), False)
    assert [one["sentence"] for one in told["no_longer_relied_on"]] == [line]
    assert told["sign_off"]["signed_by"] == "Pat Sample"
    assert line in html(f"{PAGE}record/")
    assert "No longer reviews pages here." in html("/reviewers/physician/")
    with refused("no longer active"):
        cast.reaffirm(signed.subject, by=signed.signer, digest=signed.digest, proof=cast.proof())
    with time_machine.travel(clock.now() + timedelta(days=91)):
        assert "The next full review is late" in html()
        assert as_json()["overdue"] is True
    cast.reaffirm(signed.subject, by=second_physician, digest=signed.digest, proof=cast.proof())
    assert GONE not in html()
    assert as_json()["no_longer_relied_on"] == []
    assert list(audit.faults()) == []


def test_it_costs_no_page_a_query_more_save_the_one_that_rests_on_them(
    signed: SignOff, second_physician: User, editor: User, manager: User
) -> None:
    other = cast.make_condition("other-condition", by=editor)
    cast.publish(other, by=editor, signer=second_physician)
    counts = {}
    for when in ("before", "after"):
        for path in (PAGE, "/conditions/other-condition/"):
            memory.forget()
            with CaptureQueriesContext(connection) as asked:
                Client().get(path)
            counts[when, path] = len(asked)
            with CaptureQueriesContext(connection) as again:
                Client().get(path)
            assert len(again) == 1
        if when == "before":
            end(signed.signer, by=manager)

    assert counts["after", "/conditions/other-condition/"] == counts["before", PAGE]
    assert counts["after", PAGE] == counts["before", PAGE] + 2


def test_a_correction_by_another_keeps_the_line_and_the_sooner_day(
    signed: SignOff, condition: Condition, editor: User, second_physician: User, manager: User
) -> None:
    end(signed.signer, by=manager)
    cast.edit(condition, by=editor, summary="<p>What helps is something different.</p>")

    corrected = cast.publish(condition, by=editor, signer=second_physician, scope="correction")

    assert corrected.next_review_due == clock.today() + timedelta(days=90)
    shown = html()
    assert f"Pat Sample {GONE}" in shown
    assert "the change was checked by" in shown


def test_an_edition_that_comes_back_by_a_cancellation_says_who_went(
    signed: SignOff, condition: Condition, editor: User, second_physician: User, manager: User
) -> None:
    cast.edit(condition, by=editor, name="Another name")
    newer = cast.publish(condition, by=editor, signer=second_physician)
    end(signed.signer, by=manager)
    assert GONE not in html()

    workflow.cancel(newer, by=manager, reason="Why.")

    assert f"Pat Sample {GONE}" in html()
    assert as_json()["next_review_due"] == str(clock.today() + timedelta(days=90))


def test_what_they_signed_for_later_says_so_when_it_takes_effect(
    condition: Condition, editor: User, physician: User, manager: User
) -> None:
    later = clock.now() + timedelta(days=30)
    waiting = cast.publish(condition, by=editor, signer=physician, effective_at=later)
    assert workflow.resting_on(physician.reviewer, clock.now()) == [waiting]

    end(physician, by=manager)

    with time_machine.travel(later + timedelta(hours=1)):
        assert f"Pat Sample {GONE} {day(waiting.signed_on)}." in html()


def test_pages_chosen_are_held_and_the_others_kept(
    signed: SignOff, editor: User, manager: User
) -> None:
    other = cast.make_condition("other-condition", by=editor)
    kept = cast.publish(other, by=editor, signer=signed.signer)

    end(
        signed.signer,
        by=manager,
        hold=[signed.subject_id],
        seen=[signed.subject_id, kept.subject_id],
    )

    assert Client().get(PAGE).status_code == 410
    assert Client().get("/conditions/other-condition/").status_code == 200
    overlay = Overlay.objects.get()
    assert overlay.reason.text == "Pat Sample, MD reviews pages here no longer."
    assert list(audit.faults()) == []


def test_who_may_end_whom_and_on_which_day(
    signed: SignOff, editor: User, manager: User, second_physician: User, root: User
) -> None:
    today = clock.today()
    for by in (editor, second_physician, signed.signer):
        with refused("Only a manager"):
            end(signed.signer, by=by)
    cast.make_reviewer(manager, "Man Ager", "MD")
    with refused("Nobody ends their own profile"):
        end(manager, by=manager)
    with refused("That day lies ahead"):
        end(signed.signer, by=manager, on=today + timedelta(days=1))
    with refused("They signed “Sample condition” on"):
        end(signed.signer, by=manager, on=today - timedelta(days=1))
    with refused("Choose whether"):
        end(signed.signer, by=manager, step="back")
    with refused("changed since you opened"):
        end(signed.signer, by=manager, seen=[])
    with pytest.raises(NotAllowed, match="Nothing was changed"):
        end(signed.signer, by=manager, proof=cast.proof("wrong"))
    assert GONE not in html()
    with time_machine.travel(clock.now() + timedelta(days=10)):
        end(signed.signer, by=root, step="retired", on=today + timedelta(days=4))
        assert f"Pat Sample {GONE} {day(today + timedelta(days=4))}." in html()
        assert as_json()["next_review_due"] == str(today + timedelta(days=94))
        with refused("already"):
            end(signed.signer, by=root)


def test_who_comes_back_stands_behind_their_pages_and_signs_once_confirmed(
    signed: SignOff, manager: User, root: User, physician: User
) -> None:
    was = html()
    with refused("was not ended"):
        workflow.bring_back(physician.reviewer, by=manager, proof=cast.proof())
    end(physician, by=manager)

    workflow.bring_back(physician.reviewer, by=manager, proof=cast.proof())

    assert html() == was
    physician = User.objects.get(pk=physician.pk)
    assert "once another manager confirms it" in next(
        workflow.is_entitled(physician, clock.now()), ""
    )
    workflow.confirm(Claim.objects.get(kind="profile"), by=root)
    again = cast.reaffirm(signed.subject, by=physician, digest=signed.digest, proof=cast.proof())
    assert again.pk
    assert list(audit.faults()) == []


def test_a_physician_stands_behind_one_page_no_longer(
    signed: SignOff, editor: User, manager: User, second_physician: User, physician: User
) -> None:
    other = cast.make_condition("other-condition", by=editor)
    cast.publish(other, by=editor, signer=physician)
    own = {"proof": cast.proof(), "reason": "New data.", "hold": False}
    for by in (editor, manager, second_physician):
        with refused("Only a physician on whose signature"):
            workflow.end_reliance(signed.subject, by=by, **own)

    workflow.end_reliance(signed.subject, by=physician, **own)

    shown = html()
    assert f"Pat Sample {OWN} {day(clock.today())}." in shown
    assert "New data" not in shown
    assert as_json()["next_review_due"] == str(clock.today() + timedelta(days=90))
    assert OWN not in html("/conditions/other-condition/")
    with refused("said already"):
        workflow.end_reliance(signed.subject, by=physician, **own)
    end(physician, by=manager)
    assert OWN in html()
    assert GONE not in html()
    assert GONE in html("/conditions/other-condition/")
    workflow.bring_back(physician.reviewer, by=manager, proof=cast.proof())
    assert OWN in html()
    assert "no longer" not in html("/conditions/other-condition/")


def test_a_physician_who_stands_behind_a_page_no_longer_may_hold_it_and_sign_it_anew(
    signed: SignOff, physician: User, second_physician: User
) -> None:
    reason = {"proof": cast.proof(), "reason": "A dose."}
    workflow.end_reliance(signed.subject, by=physician, hold=True, **reason)
    assert Client().get(PAGE).status_code == 410

    workflow.release(signed.subject, by=second_physician, **reason)
    assert OWN in html()
    cast.reaffirm(signed.subject, by=physician, digest=signed.digest, proof=cast.proof())

    assert OWN not in html()
    assert RelianceEnd.objects.count() == 1
    assert list(audit.faults()) == []


def test_a_changed_name_shows_once_confirmed_and_signed_evidence_keeps_the_old_one(
    signed: SignOff, physician: User, manager: User
) -> None:
    cast.confirm(physician)
    reviewer = Reviewer.objects.get(user=physician)
    before = workflow.standing_of(reviewer)
    reviewer.printed_name = "Pat Newname"
    reviewer.save()
    workflow.record_reviewer(reviewer, by=manager, before=before)

    assert "<h1>Pat Sample, MD</h1>" in html("/reviewers/physician/")
    cast.confirm(physician)
    assert "<h1>Pat Newname, MD</h1>" in html("/reviewers/physician/")
    assert "Pat Sample" in html()
    assert "Newname" not in html()
    end(physician, by=manager)
    assert f"Pat Sample {GONE}" in html()


def test_who_signed_anew_and_goes_is_told_of_and_what_they_ended_stays_ended(
    signed: SignOff, condition: Condition, physician: User, manager: User
) -> None:
    own = {"proof": cast.proof(), "reason": "A dose.", "hold": False}
    workflow.end_reliance(signed.subject, by=physician, **own)
    again = cast.reaffirm(signed.subject, by=physician, digest=signed.digest, proof=cast.proof())

    end(physician, by=manager)

    assert f"Pat Sample {GONE} {day(clock.today())}." in html()
    workflow.bring_back(physician.reviewer, by=manager, proof=cast.proof())
    assert "no longer" not in html()
    workflow.cancel(again, by=manager, reason="Why.")
    assert OWN in html()
    assert list(audit.faults()) == []


def test_who_was_ended_is_made_active_by_being_brought_back_alone(
    signed: SignOff, physician: User, manager: User
) -> None:
    end(physician, by=manager)
    reviewer = Reviewer.objects.get(user=physician)
    before = workflow.standing_of(reviewer)
    reviewer.is_active = True
    reviewer.save()

    with refused("Bring them back"):
        workflow.record_reviewer(reviewer, by=manager, before=before)
