"""Translations whose original changed, and withdrawn pages that are now part of another."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from conditions.models import Condition
from conditions.translated import unchecked
from reviews import clock, workflow
from reviews.text.days import day
from tests import cast
from tests.conditions.public.test_page_costs import at_most
from tests.undoing import Case

JULY_3 = datetime(2027, 7, 3, 16, 0, tzinfo=UTC)
SPANISH = "El original cambió el 3 de julio de 2027; esta traducción no se ha revisado."
ADDRESS = "/conditions/traduccion/"


def shown(address: str = ADDRESS) -> str:
    return Client().get(address).content.decode()


@pytest.fixture
def original(condition: Condition, editor: User, physician: User) -> Condition:
    cast.publish(condition, by=editor, signer=physician)
    return condition


@pytest.fixture
def translation(original: Condition, editor: User, physician: User) -> Condition:
    made = cast.make_condition("traduccion", by=editor, lang="es", translation_of=original.slug)
    cast.publish(made, by=editor, signer=physician)
    return made


def anew(original: Condition, *, by: User, signer: User, words: str = "New.") -> None:
    cast.edit(original, by=by, summary=f"<p>What helps: {words}</p>")
    cast.publish(original, by=by, signer=signer)


def test_a_translation_says_in_its_language_that_its_original_changed_until_it_is_signed(
    original: Condition, translation: Condition, editor: User, physician: User
) -> None:
    assert "no se ha revisado" not in shown()
    with time_machine.travel(JULY_3, tick=False):
        anew(original, by=editor, signer=physician)
    with time_machine.travel(JULY_3 + timedelta(days=2), tick=False):
        page = shown()
        assert f'lang="es" dir="ltr" role="note"><strong>{SPANISH}</strong>' in page
        said = json.loads(Client().get("/conditions/traduccion.json").content)
        assert said["original_changed_on"] == "2027-07-03"
        assert SPANISH not in shown("/conditions/sample-condition/")

        cast.reaffirm(
            translation.subject,
            by=physician,
            digest=translation.subject.editions.get().digest,
            proof=cast.proof(),
        )

        assert "no se ha revisado" not in shown()


def test_reaffirming_the_original_changes_nothing_and_keeps_the_day_of_its_change(
    original: Condition, translation: Condition, editor: User, physician: User
) -> None:
    def reaffirm() -> None:
        live = workflow.in_force(original.subject, clock.now())
        assert live is not None
        cast.reaffirm(original.subject, by=physician, digest=live.digest, proof=cast.proof())

    reaffirm()
    assert "no se ha revisado" not in shown()
    with time_machine.travel(JULY_3, tick=False):
        anew(original, by=editor, signer=physician)
    with time_machine.travel(JULY_3 + timedelta(days=30), tick=False):
        reaffirm()

        assert SPANISH in shown()


def test_an_original_that_changes_by_itself_or_steps_back_is_told_from_that_instant(
    original: Condition, translation: Condition, editor: User, physician: User
) -> None:
    cast.edit(original, by=editor, summary="<p>Later.</p>")
    with time_machine.travel(JULY_3 - timedelta(days=9), tick=False):
        cast.publish(original, by=editor, signer=physician, effective_at=JULY_3)
        assert "no se ha revisado" not in shown()
    with time_machine.travel(JULY_3 + timedelta(days=1), tick=False):
        assert SPANISH in shown()
        live = workflow.in_force(original.subject, clock.now())
        assert live is not None

        workflow.cancel(live, by=physician, reason="A fault.")

        # It says again what it said when the translation was signed.
        assert "no se ha revisado" not in shown()


def test_other_languages_say_it_in_english() -> None:
    said = unchecked("pt", JULY_3.date())

    assert said.lang == "en"
    assert said.words == (
        f"The original changed on {day(JULY_3.date())}; this translation has not been checked."
    )
    assert unchecked("es-MX", JULY_3.date()).words == SPANISH


def test_it_costs_a_page_no_query_more(
    original: Condition, translation: Condition, editor: User, physician: User
) -> None:
    anew(original, by=editor, signer=physician)

    with at_most(4):
        assert "no se ha revisado" in shown()
    with at_most(1):
        shown()


def test_holding_the_original_takes_its_translation_off_every_form(
    original: Condition, translation: Condition, physician: User
) -> None:
    cast.lay_over("hold", original, by=physician)

    for address in (ADDRESS, "/conditions/traduccion.json"):
        assert Client().get(address).status_code == 410
    assert "traduccion" not in shown("/conditions/") + shown("/sitemap.xml")

    cast.lay_over("release", original, by=physician)
    assert Client().get(ADDRESS).status_code == 200


# --- A subject that is now part of another page


def test_a_withdrawn_page_leads_to_the_page_that_it_is_part_of_as_long_as_that_stands(
    original: Condition, editor: User, physician: User, case: Case
) -> None:
    whole = cast.make_condition("whole", by=editor, name="The whole subject")
    cast.publish(whole, by=editor, signer=physician)
    workflow.withdraw(
        original.subject,
        by=physician,
        reason="Merged.",
        notice="no_longer_offered",
        successor=whole.subject,
    )

    def said() -> tuple[str, str | None]:
        answer = Client().get("/conditions/sample-condition/")
        assert answer.status_code == 410
        machines = json.loads(Client().get("/conditions/sample-condition.json").content)
        return answer.content.decode(), machines["now_part_of"]

    page, machine = said()
    assert 'This subject is now part of: <a href="/conditions/whole/">The whole subject</a>' in page
    assert machine == "http://localhost:8000/conditions/whole/"

    with case(then="withdrawn"):
        workflow.withdraw(whole.subject, by=physician, reason="Old.", notice="out_of_date")
        page, machine = said()
        assert "now part of" not in page
        assert "/conditions/whole/" not in page
        assert machine is None
    with case(then="held"):
        cast.lay_over("hold", whole, by=physician)
        page, machine = said()
        assert "now part of" not in page
        assert machine is None
    with case(then="moved"):
        cast.edit(whole, by=editor, slug="moved", name="A moved subject")
        cast.publish(whole, by=editor, signer=physician)
        assert 'href="/conditions/moved/">A moved subject</a>' in said()[0]


def test_only_a_page_that_patients_can_read_is_chosen(
    original: Condition, editor: User, physician: User, case: Case
) -> None:
    never = cast.make_condition("never", by=editor)
    off = cast.make_condition("off", by=editor)
    cast.publish(off, by=editor, signer=physician)
    cast.lay_over("hold", off, by=physician)
    for successor in (never, off, original):
        with (
            case(successor=successor.slug),
            pytest.raises(workflow.NotAllowed, match="Choose another one"),
        ):
            workflow.withdraw(
                original.subject,
                by=physician,
                reason="Merged.",
                notice="no_longer_offered",
                successor=successor.subject,
            )
    assert Client().get("/conditions/sample-condition/").status_code == 200
