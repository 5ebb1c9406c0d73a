"""Every step that a history may take, with how often it is tried."""

from __future__ import annotations

from collections.abc import Callable

from tests.histories import (
    deciding,
    hostile,
    leaving,
    licensing,
    neighbors,
    serving,
    staffing,
    submitting,
    talking,
    writing,
)
from tests.histories.walk import Walk

ACTS: list[tuple[int, Callable[[Walk], None]]] = [
    *((3, writing.new_page), (6, writing.edit), (3, writing.save_again)),
    *((3, writing.past_the_form), (1, writing.put_back), (2, writing.stale_form)),
    *((5, writing.old_export), (3, writing.restore), (1, writing.delete)),
    *((16, submitting.submit), (4, submitting.request_changes), (2, submitting.take_back)),
    *((60, deciding.sign), (10, deciding.reaffirm), (3, deciding.sign_on_an_old_form)),
    *((16, deciding.cancel), (6, deciding.withdraw)),
    *((4, deciding.flag), (4, deciding.hold), (8, deciding.release), (5, deciding.redact)),
    *((2, staffing.make_account), (2, staffing.change_groups), (4, staffing.bring_back)),
    *((2, staffing.change_address), (3, staffing.reset), (9, staffing.answer_claim)),
    *((6, staffing.run_due), (3, licensing.make_profile), (5, licensing.change_profile)),
    *((4, licensing.renew), (4, licensing.confirm_profile), (1, staffing.guess)),
    *((4, talking.take_on), (4, talking.pass_on), (5, talking.comment), (10, talking.suggest)),
    *((10, talking.take_over), (7, talking.settle), (2, talking.reopen), (1, talking.export)),
    *((2, leaving.end_reviewer), (8, leaving.bring_back), (3, leaving.end_reliance)),
    *((2, leaving.go_away), (1, leaving.come_back)),
    *((2, neighbors.log_concern), (2, neighbors.settle), (3, neighbors.archive)),
    *((30, serving.on_the_server), (3, hostile.change_evidence), (2, hostile.damage)),
]
