"""Related pages: those in force that a page names or that name it, and no claim to an address."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from conditions.models import Condition
from reviews import clock, workflow
from reviews.reading import at_address
from reviews.reading.related import beside
from tests import cast


def related(client: Client, slug: str, status: int = 200) -> list[str]:
    """The names listed as related on a page, in order."""
    response = client.get(f"/conditions/{slug}/")
    assert response.status_code == status
    html = response.content.decode()
    if "Related" not in html:
        return []
    listed = html[html.index("Related") : html.index("</ul>", html.index("Related"))]
    return re.findall(r'<a href="/conditions/[^"]+/">([^<]+)</a>', listed)


@pytest.fixture
def naming(editor: User, physician: User) -> Condition:
    """A page in force that names the sample page."""
    page = cast.make_condition("naming", by=editor)
    cast.name_target(page, "sample-condition", by=editor)
    cast.publish(page, by=editor, signer=physician)
    return page


def test_pages_name_each_other_both_ways(
    condition: Condition, naming: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)

    assert related(client, "sample-condition") == ["Naming"]
    assert related(client, "naming") == ["Sample condition"]


def test_a_page_in_memory_gains_and_loses_a_page_that_names_it(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    assert related(client, "sample-condition") == []
    naming = cast.make_condition("naming", by=editor)
    cast.name_target(naming, "sample-condition", by=editor)
    cast.publish(naming, by=editor, signer=physician)

    assert related(client, "sample-condition") == ["Naming"]
    workflow.withdraw(naming.subject, by=physician, reason="Because.", notice="safety")
    assert related(client, "sample-condition") == []


def test_a_page_in_memory_gains_and_loses_a_link(
    condition: Condition, naming: Condition, editor: User, physician: User, client: Client
) -> None:
    link = 'href="/conditions/sample-condition/"'
    assert link not in client.get("/conditions/naming/").content.decode()
    cast.publish(condition, by=editor, signer=physician)

    assert link in client.get("/conditions/naming/").content.decode()
    workflow.withdraw(condition.subject, by=physician, reason="Because.", notice="safety")
    assert link not in client.get("/conditions/naming/").content.decode()


@pytest.mark.parametrize("ends", ["waits", "cancelled"])
def test_an_address_that_was_never_public_relates_to_nothing(
    condition: Condition, editor: User, physician: User, client: Client, ends: str
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    naming = cast.make_condition("naming", by=editor)
    cast.name_target(naming, "waiting-address", by=editor)
    cast.publish(naming, by=editor, signer=physician)
    before = client.get("/conditions/naming/")["ETag"]
    cast.edit(condition, by=editor, slug="waiting-address")
    later = clock.now() + timedelta(days=5)
    waiting = cast.publish(condition, by=editor, signer=physician, effective_at=later)
    if ends == "cancelled":
        workflow.cancel(waiting, by=physician, reason="Because.")

    assert related(client, "sample-condition") == []
    assert related(client, "naming") == []
    assert client.get("/conditions/naming/")["ETag"] == before
    assert "waiting-address/" not in client.get("/conditions/naming/").content.decode()
    edition = naming.subject.editions.get()
    assert beside(edition, clock.now()) == []
    assert at_address.live_targets(edition.subject.kind, {"waiting-address"}, clock.now()) == set()


def test_a_withdrawn_page_follows_nothing_that_only_waited(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    secret = cast.make_condition("secret-target", by=editor)
    cast.publish(secret, by=editor, signer=physician)
    cast.publish(condition, by=editor, signer=physician)
    cast.name_target(condition, "secret-target", by=editor)
    later = clock.now() + timedelta(days=5)
    cast.publish(condition, by=editor, signer=physician, effective_at=later)
    workflow.withdraw(condition.subject, by=physician, reason="Because.", notice="safety")

    with time_machine.travel(later + timedelta(days=1), tick=False):
        assert related(client, "sample-condition", 410) == []


def test_many_targets_cost_one_query_in_a_past_edition(
    condition: Condition, editor: User, physician: User
) -> None:
    for number in range(5):
        cast.publish(cast.make_condition(f"t-{number}", by=editor), by=editor, signer=physician)
    slugs = {f"t-{number}" for number in range(5)} | {"nowhere", "sample-condition"}

    found = at_address.live_targets("conditions.condition", slugs, clock.now())

    assert found == {f"t-{number}" for number in range(5)}


def test_a_page_withdrawn_at_the_very_instant_of_its_effect_was_never_public(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    with time_machine.travel(clock.now(), tick=False):
        cast.publish(condition, by=editor, signer=physician)
        workflow.withdraw(condition.subject, by=physician, reason="Because.", notice="safety")

    for path in ("", "record/", "record/1/"):
        assert client.get(f"/conditions/sample-condition/{path}").status_code == 404


def test_a_withdrawal_by_a_server_whose_clock_is_a_little_behind_hides_no_history(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False):
        cast.publish(condition, by=editor, signer=physician)
    with time_machine.travel(now - timedelta(seconds=3), tick=False):
        workflow.withdraw(condition.subject, by=physician, reason="Because.", notice="safety")

    with time_machine.travel(now + timedelta(seconds=1), tick=False):
        assert client.get("/conditions/sample-condition/").status_code == 410
        assert client.get("/conditions/sample-condition/record/").status_code == 200


def test_names_that_sort_together_stand_under_one_letter(
    editor: User, physician: User, client: Client
) -> None:
    for number, name in enumerate(["Sa", "ßa", "Sz"]):
        page = cast.make_condition(f"page-{number}", by=editor, name=name)
        cast.publish(page, by=editor, signer=physician)

    html = client.get("/conditions/").content.decode()

    assert re.findall(r'id="letter-(.)"', html) == ["S"]
