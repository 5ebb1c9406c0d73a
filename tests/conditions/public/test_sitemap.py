"""The sitemap and what may be indexed: every page in force under its one address, and no other."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from conditions.models import Condition
from conditions.public import machines
from reviews import workflow
from reviews.models import Listing
from reviews.reading import memory
from tests import cast
from tests.conditions.public.test_page_costs import at_most
from tests.markup import Head
from tests.reviews.every_verb import drop, put, tampering
from tests.undoing import Case

SITEMAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SITE = "http://localhost:8000"
PAGE = f"{SITE}/conditions/sample-condition/"
OTHER = f"{SITE}/conditions/other-page/"
NOON = datetime(2027, 5, 1, 16, 0, tzinfo=UTC)


def listed(client: Client, address: str = "/sitemap.xml") -> dict[str, str]:
    """Each address with its date, "" where it has none."""
    # Our own sitemap, read back.
    root = ElementTree.fromstring(client.get(address).content)  # noqa: S314
    return {
        entry.findtext(f"{SITEMAPS}loc") or "": entry.findtext(f"{SITEMAPS}lastmod") or ""
        for entry in root
    }


def on_day(number: int) -> Any:
    """Some days after May 1, 2027, at 16:00 in UTC."""
    return time_machine.travel(NOON + timedelta(days=number), tick=False)


def day(number: int) -> str:
    return f"2027-05-{1 + number:02}T16:00:00+00:00"


def frame() -> dict[str, str]:
    """The addresses that stand without a signature; they have no date of their own."""
    return dict.fromkeys([f"{SITE}/", f"{SITE}/conditions/", f"{SITE}/how-we-review/"], "")


def test_it_lists_what_is_in_force_and_nothing_else(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    later = timezone.now() + timedelta(days=1)
    waiting = cast.make_condition("waiting-page", by=editor)
    gone = cast.make_condition("withdrawn-page", by=editor)
    cast.make_condition("draft-page", by=editor)
    cast.publish(condition, by=editor, signer=physician)
    cast.publish(cast.edit(condition, by=editor, slug="renamed"), by=editor, signer=physician)
    cast.publish(waiting, by=editor, signer=physician, effective_at=later)
    cast.publish(gone, by=editor, signer=physician)
    workflow.withdraw(gone.subject, by=physician, reason="No.", notice="safety")

    assert set(listed(client)) == {
        *(f"{SITE}/", f"{SITE}/conditions/", f"{SITE}/how-we-review/"),
        f"{SITE}/conditions/renamed/",
    }
    with time_machine.travel(later, tick=False):
        assert f"{SITE}/conditions/waiting-page/" in listed(client)


def test_a_date_is_the_instant_from_which_what_is_in_force_counted(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    with on_day(0):
        cast.publish(condition, by=editor, signer=physician)
        assert listed(client) == {**frame(), PAGE: day(0)}
    with on_day(1):
        cast.edit(condition, by=editor, definition="<p>Corrected.</p>")
        assert listed(client)[PAGE] == day(0)
        waits = NOON + timedelta(days=3)
        signed = cast.publish(
            condition, by=editor, signer=physician, scope="correction", effective_at=waits
        )
        assert listed(client)[PAGE] == day(0)
    with on_day(4):
        assert listed(client)[PAGE] == day(3)
    with on_day(5):
        workflow.cancel(signed, by=physician, reason="Because.")
    with on_day(6):
        assert listed(client) == {**frame(), PAGE: day(5)}
        waits = cast.publish(
            condition, by=editor, signer=physician, effective_at=NOON + timedelta(days=30)
        )
    with on_day(7):
        workflow.cancel(waits, by=physician, reason="It never counted, so nothing came back.")
        assert listed(client) == {**frame(), PAGE: day(5)}


def test_what_is_cancelled_at_the_instant_at_which_it_would_count_never_counted(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    with on_day(0):
        cast.publish(condition, by=editor, signer=physician)
        waits = cast.publish(
            cast.edit(condition, by=editor, definition="<p>Later.</p>"),
            by=editor,
            signer=physician,
            effective_at=NOON + timedelta(days=3),
        )
    with on_day(3):
        workflow.cancel(waits, by=physician, reason="Because.")
        assert listed(client) == {**frame(), PAGE: day(0)}


def test_a_site_without_pages_has_no_dates(client: Client, db: None) -> None:
    assert listed(client) == frame()


@pytest.mark.parametrize("forged", [{"slug": "forged"}, {"name": "Forged"}, {"from_at": NOON}])
def test_a_row_that_evidence_does_not_bear_out_is_left_out(
    condition: Condition, editor: User, physician: User, client: Client, forged: dict[str, Any]
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    Listing.objects.update(**forged)

    with time_machine.travel(NOON + timedelta(days=9), tick=False):
        assert set(listed(client)) == set(frame())


TAMPERED = {
    "the text": lambda full, back, cancelled: put(full.edition, text="{}"),
    "the address": lambda full, back, cancelled: (
        put(full.edition, slug="forged"),
        Listing.objects.filter(sign_off=full).update(slug="forged"),
    ),
    "the instants": lambda full, back, cancelled: (
        put(full, effective_at=LONG_AGO, signed_at=LONG_AGO),
        Listing.objects.filter(sign_off=full).update(from_at=LONG_AGO),
    ),
    "the cancellation": lambda full, back, cancelled: (
        put(cancelled, at=NOON + timedelta(days=3)),
        Listing.objects.filter(sign_off=back).update(from_at=NOON + timedelta(days=3)),
    ),
    "the instant of coming back": lambda full, back, cancelled: Listing.objects.filter(
        sign_off=back
    ).update(from_at=back.effective_at),
    "the cancellation and its listing": lambda full, back, cancelled: (
        drop(cancelled),
        Listing.objects.filter(sign_off=back).update(from_at=back.effective_at),
    ),
}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_what_is_not_what_was_signed_is_left_out(
    condition: Condition,
    editor: User,
    physician: User,
    client: Client,
    subtests: pytest.Subtests,
) -> None:
    other = cast.make_condition("other-page", by=editor)
    with on_day(0):
        full = cast.publish(condition, by=editor, signer=physician)
        back = cast.publish(other, by=editor, signer=physician)
    with on_day(1):
        cast.edit(other, by=editor, name="New")
        corrected = cast.publish(other, by=editor, signer=physician)
    with on_day(2):
        cancelled = workflow.cancel(corrected, by=physician, reason="Because.")
    whole = {**frame(), PAGE: day(0), OTHER: day(2)}
    with on_day(5):
        assert listed(client) == whole
        for name, tamper in TAMPERED.items():
            gone = OTHER if "cancellation" in name or "coming back" in name else PAGE
            with subtests.test(tampered=name), tampering():
                tamper(full, back, cancelled)
                memory.forget()
                assert listed(client) == {
                    address: since for address, since in whole.items() if address != gone
                }
        # What a worker remembers is no reason to believe the columns.
        memory.forget()
        assert listed(client) == whole
        for name in ("the address", "the instants"):
            with subtests.test(remembered=name), tampering():
                TAMPERED[name](full, back, cancelled)
                assert PAGE not in listed(client)
                assert len(listed(client)) == len(whole) - 1


def test_it_is_split_where_it_is_too_long(
    editor: User, physician: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        page = cast.make_condition(f"page-{number}", by=editor)
        cast.publish(page, by=editor, signer=physician)
    memory.forget()
    with at_most(4) as cold:
        whole = listed(client)
    with at_most(3) as warm:
        assert list(whole) == list(listed(client, "/sitemap.xml?part=1"))
    assert (len(cold), len(warm)) == (4, 3)

    monkeypatch.setattr(machines, "MOST_ADDRESSES", 5)
    with at_most(2):
        parts = list(listed(client))
    assert parts == [f"{SITE}/sitemap.xml?part={number}" for number in (1, 2, 3)]
    found: dict[str, str] = {}
    for part in parts:
        memory.forget()
        with at_most(4):
            some = listed(client, part.removeprefix(SITE))
        assert 0 < len(some) <= 5
        assert not some.keys() & found.keys()
        found |= some
    assert found == whole


def test_pages_that_came_back_cost_one_query_more_however_many_there_are(
    editor: User, physician: User, client: Client
) -> None:
    for number in range(3):
        page = cast.make_condition(f"page-{number}", by=editor)
        cast.publish(page, by=editor, signer=physician)
        cast.edit(page, by=editor, headline="New.")
        signed = cast.publish(page, by=editor, signer=physician)
        workflow.cancel(signed, by=physician, reason="Because.")
    memory.forget()

    with at_most(5):
        found = listed(client)

    assert len(found) == 6


def test_a_part_that_is_not_there_is_not_found(client: Client, db: None, case: Case) -> None:
    for part in ("0", "2", "-1", "01", "x", "1.0", "%00", "9" * 5000):
        with case(part=part):
            assert client.get(f"/sitemap.xml?part={part}").status_code == 404


def test_a_crawler_that_has_it_is_told_so(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    first = client.get("/sitemap.xml")
    cast.edit(condition, by=editor, name="Unsigned")

    again = client.get("/sitemap.xml", HTTP_IF_NONE_MATCH=first["ETag"])

    assert first["Content-Type"] == "application/xml; charset=utf-8"
    assert (again.status_code, again.content) == (304, b"")


# --- What may be indexed


def test_every_listed_address_may_be_indexed_under_itself(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)

    for address in listed(client):
        for query in ("", "?utm_source=x"):
            response = client.get(address.removeprefix(SITE) + query)
            head = Head(response.content)
            assert response.status_code == 200
            assert head.link("canonical") == address
            assert head.is_indexable
            assert "X-Robots-Tag" not in response
            assert head.link("alternate", "application/atom+xml") == "/feed.xml"


def test_what_is_no_page_in_force_is_kept_out_of_search_engines(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    workflow.withdraw(condition.subject, by=physician, reason="No.", notice="safety")

    for address in ("/conditions/sample-condition/", "/conditions/nowhere/", "/nowhere"):
        head = Head(client.get(address).content)
        assert not head.is_indexable
        assert head.link("canonical") is None
        assert head.meta("og:title") is None
        assert head.linked_data is None


def test_an_absolute_address_follows_the_setting_and_never_the_request(
    condition: Condition, editor: User, physician: User, client: Client, settings: Any
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "https://clinic.example"

    for address in (
        *(
            "/",
            "/conditions/",
            "/conditions/sample-condition/",
            "/conditions/sample-condition.json",
        ),
        *("/feed.xml", "/sitemap.xml", "/robots.txt"),
    ):
        response = client.get(address, headers={"Host": "evil.example"})
        text = response.content.decode() + str(response.headers)
        assert response.status_code == 200
        assert "https://clinic.example/" in text
        assert "evil.example" not in text
        assert "localhost" not in text


def test_the_head_carries_the_stance(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.edit(condition, by=editor, meta_description="What helps, in “plain” words.", lang="es-MX")
    cast.publish(condition, by=editor, signer=physician)

    head = Head(client.get("/conditions/sample-condition/").content)

    stance = "Tovani does not treat this condition with ketamine therapy."
    assert head.title == "Sample condition: Tovani does not treat this. | Tovani"
    assert head.meta("description") == f"{stance} What helps, in “plain” words."
    assert {
        name: head.meta(f"og:{name}")
        for name in ("type", "url", "title", "description", "site_name", "locale")
    } == {
        "type": "article",
        "url": PAGE,
        "title": "Sample condition: Tovani does not treat this.",
        "description": f"{stance} What helps, in “plain” words.",
        "site_name": "Tovani",
        "locale": "es_MX",
    }
    json_address = "/conditions/sample-condition.json"
    assert head.link("alternate", "application/json") == json_address
    assert client.get(json_address).status_code == 200


def test_the_icon_is_one_small_file_of_our_own(client: Client, db: None) -> None:
    icon = Head(client.get("/").content).link("icon", "image/svg+xml")

    assert re.fullmatch(r"/static/conditions/icon[.\w]*\.svg", icon or "")
    from django.contrib.staticfiles import finders

    path = finders.find("conditions/icon.svg")
    assert path is not None
    with open(path, "rb") as file:
        assert len(file.read()) < 500
