"""What patients get at an address: the page in force, a way on, or the reason why not."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import html5lib
import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from django.utils import timezone

from conditions.models import Condition
from config.settings import BASE_DIR
from reviews import clock, workflow
from reviews.evidence import triggers
from reviews.models import Edition, SignOff, Withdrawal
from reviews.reading.memory import forget
from tests import cast
from tests.markup import Head
from tests.undoing import Case

CRISIS = (
    'href="tel:911"',
    'href="tel:988"',
    'href="sms:988"',
    "988lifeline.org",
    "oprime 2",
    "AYUDA",
    "press 1",
    "Worried about someone else?",
)


def fail(request: HttpRequest) -> HttpResponse:
    """A view with a defect."""
    raise RuntimeError("a defect in a view")


# The site with one address more, for the page that stands for a defect.
urlpatterns = [path("fails/", fail), path("", include("config.urls"))]
handler404 = "conditions.public.pages.not_found"


def at(slug: str) -> str:
    return f"/conditions/{slug}/"


def withdraw(condition: Condition, *, by: User, notice: str = "being_corrected") -> Withdrawal:
    return workflow.withdraw(condition.subject, by=by, reason="Because.", notice=notice)


def rename(condition: Condition, slug: str, *, by: User, signer: User) -> None:
    cast.edit(condition, by=by, slug=slug)
    cast.publish(condition, by=by, signer=signer)


def falsify(edition: Edition, text: str) -> None:
    """Change what a physician signed, as somebody who owns the database could."""
    triggers.remove(connection)
    Edition.objects.filter(pk=edition.pk).update(text=text)
    triggers.install(connection)


def public_bytes(client: Client, *addresses: str) -> list[tuple[int, bytes, str]]:
    """Status, body and headers of public addresses."""
    found = []
    for address in addresses:
        response = client.get(address)
        headers = "\n".join(f"{name}: {value}" for name, value in sorted(response.items()))
        found.append((response.status_code, response.content, headers))
    return found


# --- Never signed


def _draft(condition: Condition, editor: User, physician: User) -> None:
    """Nothing happens."""


def _in_review(condition: Condition, editor: User, physician: User) -> None:
    cast.submit(condition, by=editor)


def _changes_requested(condition: Condition, editor: User, physician: User) -> None:
    submission = cast.submit(condition, by=editor)
    workflow.request_changes(submission, by=physician, reason="Say it more plainly.")


def _taken_back(condition: Condition, editor: User, physician: User) -> None:
    workflow.take_back(cast.submit(condition, by=editor), by=editor)


def _waiting(condition: Condition, editor: User, physician: User) -> None:
    later = timezone.now() + timedelta(days=1)
    cast.publish(condition, by=editor, signer=physician, effective_at=later)


def _cancelled_before_it_counted(condition: Condition, editor: User, physician: User) -> None:
    _waiting(condition, editor, physician)
    workflow.cancel(SignOff.objects.get(), by=physician, reason="Not yet.")


def _withdrawn_before_it_counted(condition: Condition, editor: User, physician: User) -> None:
    _waiting(condition, editor, physician)
    withdraw(condition, by=physician)


@pytest.mark.parametrize(
    "bring",
    [
        _draft,
        _in_review,
        _changes_requested,
        _taken_back,
        _waiting,
        _cancelled_before_it_counted,
        _withdrawn_before_it_counted,
    ],
)
def test_what_was_never_public_is_not_found(
    condition: Condition, editor: User, physician: User, client: Client, bring: Any
) -> None:
    nowhere = client.get(at("no-such-page"))

    bring(condition, editor, physician)
    response = client.get(at(condition.slug))

    assert response.status_code == 404
    # The search that it offers names what was asked for, and nothing else differs.
    words = condition.slug.replace("-", " ").encode()
    assert response.content.replace(words, b"no such page") == nowhere.content
    assert condition.slug.encode() not in client.get("/conditions/").content
    assert condition.slug.encode() not in client.get("/").content


def test_a_signed_page_is_found(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)

    response = client.get(at(condition.slug))

    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert response["Cache-Control"] == "no-cache"
    assert b"What helps is something else." in response.content
    assert b"noindex" not in response.content
    assert "X-Robots-Tag" not in response


# --- Withdrawn


@pytest.mark.parametrize("notice", Withdrawal.Notice.values)
def test_a_withdrawn_page_says_that_it_is_gone_when_and_why(
    condition: Condition, editor: User, physician: User, client: Client, notice: str
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    with time_machine.travel(datetime(2027, 3, 4, 3, 0, tzinfo=UTC), tick=False):
        workflow.withdraw(
            condition.subject, by=physician, reason="Words that stay inside.", notice=notice
        )
        response = client.get(at(condition.slug))

    page = response.content.decode()
    assert response.status_code == 410
    assert response["Cache-Control"] == "max-age=60"
    assert response["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page
    # 03:00 in UTC is the evening before in the clinic's zone.
    assert re.search(r"Withdrawn on <time[^>]*>March 3, 2027</time>", page)
    assert str(Withdrawal.Notice(notice).label) in page
    assert "Do not stop or change treatment because of this page." in page
    assert 'href="/conditions/"' in page
    assert "What helps is something else." not in page
    assert "Words that stay inside." not in page
    assert "Last reviewed" not in page
    assert [label for label in Withdrawal.Notice.labels if str(label) in page] == [
        Withdrawal.Notice(notice).label
    ]


def test_a_withdrawn_page_is_long_enough_that_browsers_show_it(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    withdraw(condition, by=physician)

    response = client.get(at(condition.slug))

    assert response.status_code == 410
    assert len(response.content) > 512


def test_a_withdrawn_page_lists_related_pages_that_are_in_force(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    drafted = cast.make_condition("only-a-draft", by=editor)
    named = cast.make_condition("named-page", by=editor)
    naming = cast.make_condition("naming-page", by=editor)
    unrelated = cast.make_condition("unrelated-page", by=editor)
    for target in (named, drafted):
        cast.name_target(condition, target.slug, by=editor)
    cast.name_target(naming, condition.slug, by=editor)
    for page in (condition, named, naming, unrelated):
        cast.publish(page, by=editor, signer=physician)
    withdraw(condition, by=physician)

    links = re.findall(
        r'href="/conditions/([^/"]+)/"', client.get(at(condition.slug)).content.decode()
    )

    assert links == ["named-page", "naming-page"]
    withdraw(named, by=physician)
    assert b"named-page" not in client.get(at(condition.slug)).content


def test_a_withdrawn_page_leaves_the_lists(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    assert condition.slug.encode() in client.get("/conditions/").content

    withdraw(condition, by=physician)

    assert condition.slug.encode() not in client.get("/conditions/").content
    assert condition.slug.encode() not in client.get("/").content


def test_a_page_signed_again_after_a_withdrawal_is_back(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    withdraw(condition, by=physician)
    cast.edit(condition, by=editor, headline="Corrected.")
    assert client.get(at(condition.slug)).status_code == 410

    cast.publish(condition, by=editor, signer=physician)

    response = client.get(at(condition.slug))
    assert response.status_code == 200
    assert b"Corrected." in response.content


# --- Addresses


def test_old_addresses_lead_to_the_present_one(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    rename(condition, "second-address", by=editor, signer=physician)
    rename(condition, "third-address", by=editor, signer=physician)

    for old in ("sample-condition", "second-address"):
        response = client.get(at(old))
        assert (response.status_code, response["Location"]) == (301, at("third-address"))
        assert response["Cache-Control"] == "no-cache"
    assert client.get(at("third-address")).status_code == 200


def test_a_draft_under_a_new_address_moves_nothing(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, slug="second-address")
    cast.submit(condition, by=editor)

    assert client.get(at("sample-condition")).status_code == 200
    assert client.get(at("second-address")).status_code == 404


def test_an_address_that_waits_is_not_found_until_it_counts(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, slug="second-address")
    later = timezone.now() + timedelta(days=1)
    cast.publish(condition, by=editor, signer=physician, effective_at=later)

    assert client.get(at("second-address")).status_code == 404
    assert client.get(at("sample-condition")).status_code == 200
    with time_machine.travel(later, tick=False):
        assert client.get(at("second-address")).status_code == 200
        assert client.get(at("sample-condition")).status_code == 301


def test_every_address_of_a_withdrawn_page_is_gone(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    rename(condition, "second-address", by=editor, signer=physician)

    withdraw(condition, by=physician)

    assert client.get(at("sample-condition")).status_code == 410
    assert client.get(at("second-address")).status_code == 410


ODD = [
    "/conditions/%00/",
    "/conditions/sample-condition%00/",
    "/conditions/sample-condition%0d%0aSet-Cookie:x=1/",
    "/conditions/sample-condition'--/",
    "/conditions/%F0%9F%98%80/",
    "/conditions/%ff/",
    "/conditions/..%2fadmin/",
    "/conditions/SAMPLE-CONDITION/",
    "/conditions/-/",
    "/conditions/_/",
    f"/conditions/{'a' * 5000}/",
    "/conditions/sample-condition/x/",
    "/conditions//",
    "/%",
    "/wp-login.php",
]


def test_odd_addresses_are_not_found(
    condition: Condition, editor: User, physician: User, client: Client, case: Case
) -> None:
    for address in ODD:
        with case(address=address):
            cast.publish(condition, by=editor, signer=physician)

            response = client.get(address)

            assert response.status_code == 404
            assert "Set-Cookie" not in response
            assert b"Page not found" in response.content


QUERIES = [
    "?",
    "?preview=1&edition=2",
    "?at=2020-01-01",
    "?<script>alert(1)</script>",
    "?q=%00%ff",
    f"?{'a' * 4000}=1",
    "?utm_source=x",
]


def test_a_query_string_changes_nothing(
    condition: Condition, editor: User, physician: User, client: Client, case: Case
) -> None:
    for query in QUERIES:
        with case(query=query):
            cast.publish(condition, by=editor, signer=physician)

            for address in (at(condition.slug), "/conditions/", "/", at("nowhere")):
                plain, asked = public_bytes(client, address, address + query)
                assert plain == asked


def test_an_address_without_its_last_slash_leads_to_the_page(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)

    response = client.get("/conditions/sample-condition")

    assert (response.status_code, response["Location"]) == (301, at("sample-condition"))


# --- Conditional requests and methods


def test_a_reader_who_has_the_page_is_told_that_it_has_not_changed(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    first = client.get(at(condition.slug))

    again = client.get(at(condition.slug), HTTP_IF_NONE_MATCH=first["ETag"])
    other = client.get(at(condition.slug), HTTP_IF_NONE_MATCH='"another"')

    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert (other.status_code, other.content) == (200, first.content)


def test_new_words_have_a_new_etag(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    old = client.get(at(condition.slug))["ETag"]
    cast.edit(condition, by=editor, headline="New words.")
    assert client.get(at(condition.slug), HTTP_IF_NONE_MATCH=old).status_code == 304

    cast.publish(condition, by=editor, signer=physician)
    response = client.get(at(condition.slug), HTTP_IF_NONE_MATCH=old)

    assert response.status_code == 200
    assert b"New words." in response.content


def test_not_modified_ends_at_midnight_of_the_due_day(
    editor: User, physician: User, client: Client
) -> None:
    with time_machine.travel(datetime(2027, 1, 15, 18, 0, tzinfo=UTC), tick=False):
        condition = cast.make_condition(by=editor)
        cast.publish(condition, by=editor, signer=physician)
        etag = client.get(at(condition.slug))["ETag"]

    # Midnight in New York is 05:00 in UTC.
    with time_machine.travel(datetime(2028, 1, 16, 4, 59, 59, tzinfo=UTC), tick=False):
        on_the_day = client.get(at(condition.slug), HTTP_IF_NONE_MATCH=etag)
    with time_machine.travel(datetime(2028, 1, 16, 5, 0, tzinfo=UTC), tick=False):
        after = client.get(at(condition.slug), HTTP_IF_NONE_MATCH=etag)

    assert on_the_day.status_code == 304
    assert after.status_code == 200
    assert b"has not been done yet" in after.content


def test_not_modified_ends_when_a_linked_page_is_withdrawn(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    other = cast.make_condition("other-page", by=editor)
    cast.publish(other, by=editor, signer=physician)
    cast.name_target(condition, "other-page", by=editor)
    cast.publish(condition, by=editor, signer=physician)
    first = client.get(at(condition.slug))
    assert client.get(at(condition.slug), HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304

    withdraw(other, by=physician)
    after = client.get(at(condition.slug), HTTP_IF_NONE_MATCH=first["ETag"])

    assert after.status_code == 200
    assert b'href="/conditions/other-page/"' in first.content
    assert b'href="/conditions/other-page/"' not in after.content


def test_the_head_of_a_page_is_that_of_the_page(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)

    for address in (at(condition.slug), at("nowhere"), "/", "/conditions/"):
        page, head = client.get(address), client.head(address)
        assert head.status_code == page.status_code
        assert dict(head.items()) == dict(page.items())
        assert head.content == b""


def test_public_addresses_take_no_form(
    condition: Condition, editor: User, physician: User, client: Client, case: Case
) -> None:
    for method in ("post", "put", "patch", "delete"):
        with case(method=method):
            cast.publish(condition, by=editor, signer=physician)
            before = public_bytes(client, at(condition.slug), "/", "/conditions/")

            for address in (at(condition.slug), "/", "/conditions/", at("nowhere")):
                response = getattr(client, method)(
                    address, {"headline": "x"}, content_type="text/plain"
                )
                assert response.status_code == 405
                assert "Set-Cookie" not in response

            assert public_bytes(client, at(condition.slug), "/", "/conditions/") == before


# --- Crisis numbers


@pytest.fixture
def every_kind(
    condition: Condition, editor: User, physician: User, settings: Any
) -> dict[str, tuple[str, int]]:
    """An address and the status of every kind of public page."""
    settings.ROOT_URLCONF = __name__
    broken = cast.make_condition("broken-page", by=editor)
    gone = cast.make_condition("withdrawn-page", by=editor)
    overdue = cast.make_condition("overdue-page", by=editor)
    with time_machine.travel(timezone.now() - timedelta(days=800), tick=False):
        cast.publish(overdue, by=editor, signer=physician)
    with time_machine.travel(timezone.now() - timedelta(days=700), tick=False):
        cast.edit(overdue, by=editor, also_known_as="Late")
        cast.publish(overdue, by=editor, signer=physician)
    for page in (condition, broken, gone):
        cast.publish(page, by=editor, signer=physician)
    withdraw(gone, by=physician)
    falsify(broken.subject.editions.get(), "{}")
    return {
        "home": ("/", 200),
        "A to Z": ("/conditions/", 200),
        "search like a crisis": ("/search/?q=suicidal+sample", 200),
        "page": (at(condition.slug), 200),
        "overdue page": (at("overdue-page"), 200),
        "record": (f"{at('overdue-page')}record/", 200),
        "past edition": (f"{at('overdue-page')}record/1/", 200),
        "record of a day": (f"{at('overdue-page')}record/?on={clock.today()}", 200),
        "record of no day": (f"{at('overdue-page')}record/?on=never", 400),
        "reviewer": ("/reviewers/physician/", 200),
        "how we review": ("/how-we-review/", 200),
        "withdrawn page": (at("withdrawn-page"), 410),
        "no such page": (at("nowhere"), 404),
        "no such address": ("/nowhere", 404),
        "broken evidence": (at("broken-page"), 503),
        "record of broken evidence": (f"{at('broken-page')}record/", 503),
        "defect": ("/fails/", 500),
    }


def test_crisis_numbers_stand_on_every_kind_of_public_page(
    every_kind: dict[str, tuple[str, int]],
) -> None:
    client = Client(raise_request_exception=False)

    for kind, (address, status) in every_kind.items():
        response = client.get(address)
        page = response.content.decode()
        assert response.status_code == status, kind
        assert [words for words in CRISIS if words not in page] == [], kind
        # Once near the top, and once more at the end.
        assert (
            page.index('href="tel:911"')
            < page.index('class="body"')
            < page.rindex('href="tel:911"')
        ), kind


def test_every_page_shows_the_clinics_telephone_where_one_is_set(
    every_kind: dict[str, tuple[str, int]], settings: Any
) -> None:
    client = Client(raise_request_exception=False)
    # A defect is answered by a page that asks nothing of the program.
    addresses = [address for kind, (address, _) in every_kind.items() if kind != "defect"]
    assert all(b"clinic-phone" not in client.get(address).content for address in addresses)

    settings.CLINIC_PHONE = "+1 (212) 555-0100"
    forget()
    for address in addresses:
        html = client.get(address).content.decode()
        assert '<a href="tel:+12125550100">+1 (212) 555-0100</a>' in html, address


def test_crisis_numbers_need_no_database_words(client: Client, db: None, settings: Any) -> None:
    settings.CLINIC_NAME = settings.CLINIC_CONTACT = ""

    page = client.get("/nowhere/").content.decode()

    assert [words for words in CRISIS if words not in page] == []


def test_no_public_page_sets_a_cookie_or_reads_a_session(
    every_kind: dict[str, tuple[str, int]], editor: User
) -> None:
    anonymous = Client(raise_request_exception=False)
    staff = Client(raise_request_exception=False)
    staff.force_login(editor)
    addresses = [address for address, _ in every_kind.values()]

    expected = public_bytes(anonymous, *addresses)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        seen_by_staff = public_bytes(staff, *addresses)

    assert seen_by_staff == expected
    assert not any("Set-Cookie" in headers for _, _, headers in expected)
    assert not any("Cookie" in headers for _, _, headers in expected)
    assert anonymous.cookies == {}
    tables = "\n".join(query["sql"] for query in queries)
    assert "reviews_signoff" in tables
    assert "django_session" not in tables
    assert "auth_user" not in tables
    assert "conditions_condition" not in tables


def test_public_pages_run_no_script_but_the_one_for_printing(
    every_kind: dict[str, tuple[str, int]],
) -> None:
    client = Client(raise_request_exception=False)
    source = Path(BASE_DIR, "templates", "includes", "print.js").read_bytes()
    allowed = b64encode(sha256(source).digest()).decode()

    for kind, (address, _) in every_kind.items():
        response = client.get(address)
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy, kind
        assert re.findall("script-src[^;]*", policy) == [f"script-src 'sha256-{allowed}'"], kind
        assert "unsafe" not in policy, kind
        # Linked data is a block of data: no browser runs it, whatever the policy says.
        is_page = kind in ("page", "overdue page")
        prints = is_page or kind == "past edition"
        assert Head(response.content).runs == ([({}, source.decode())] if prints else []), kind
        assert response.content.count(b"<script") == is_page + prints, kind
        assert response["X-Frame-Options"] == "DENY", kind


def test_every_kind_of_page_is_valid_html(every_kind: dict[str, tuple[str, int]]) -> None:
    client = Client(raise_request_exception=False)

    for kind, (address, _) in every_kind.items():
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        tree = parser.parse(client.get(address).content.decode())
        assert [(place, code) for place, code, _ in parser.errors] == [], kind
        ids = [one.get("id") for one in tree.iter() if one.get("id")]
        assert len(ids) == len(set(ids)), kind
        named = {
            name
            for one in tree.iter()
            for attribute in ("for", "aria-labelledby", "aria-describedby")
            for name in (one.get(attribute) or "").split()
        }
        anchors = {
            one.get("href", "")[1:] for one in tree.iter("a") if one.get("href", "x")[0] == "#"
        }
        assert named | anchors <= set(ids), kind
        for one in tree.iter():
            if one.tag in ("p", "h1", "h2", "h3", "h4", "summary", "a"):
                inner = {child.tag for child in one.iter()} - {one.tag}
                # What HTML calls phrasing, and a heading in a summary.
                phrasing = {"a", "br", "strong", "em", "span", "time", "sub", "sup", "mark"}
                phrasing |= {"ins", "del"} | ({"h3"} if one.tag == "summary" else set())
                assert inner <= phrasing, (kind, one.tag, inner)


# --- It fails closed


def test_words_that_are_no_longer_what_was_signed_are_not_shown(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    edition = condition.subject.editions.get()
    falsify(edition, edition.text.replace("What helps", "FALSIFIED"))

    response = client.get(at(condition.slug))

    assert response.status_code == 503
    assert response["Cache-Control"] == "no-store"
    assert b"FALSIFIED" not in response.content
    assert b"Last reviewed" not in response.content
    assert b"Do not stop or change treatment" in response.content
    assert client.get("/conditions/").status_code == 200
    assert condition.slug.encode() not in client.get("/conditions/").content


# --- Lists


def test_the_a_to_z_is_in_order_under_its_letters(
    editor: User, physician: User, client: Client
) -> None:
    names = ["banana", "Zebra", "apple", "Äpfel", "Apple", "10 fears"]
    for number, name in enumerate(names):
        page = cast.make_condition(f"page-{number}", by=editor, name=name)
        cast.publish(page, by=editor, signer=physician)

    content = client.get("/conditions/").content.decode()

    shown = re.findall(r'<a href="/conditions/[^"]+">([^<]+)</a>', content)
    assert shown == ["10 fears", "apple", "Apple", "banana", "Zebra", "Äpfel"]
    assert re.findall(r"<h2>(.)</h2>", content) == ["1", "A", "B", "Z", "Ä"]
    letters = re.findall(r'href="#(letter-[^"]+)">', content)
    assert len(letters) == 5
    assert [letter for letter in letters if letter.isascii()] == letters


def test_the_a_to_z_says_what_is_signed_and_not_what_is_drafted(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.edit(condition, by=editor, also_known_as="Other & name\nThird")
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, name="Unsigned name", also_known_as="Unsigned")

    for address in ("/conditions/", "/"):
        content = client.get(address).content.decode()
        assert "Sample condition" in content
        assert "Tovani does not treat this condition with ketamine therapy." in content
        assert "Unsigned" not in content
    assert "Other &amp; name; Third" in client.get("/conditions/").content.decode()


def test_lists_without_pages_say_so(client: Client, db: None) -> None:
    for address in ("/", "/conditions/"):
        response = client.get(address)
        assert response.status_code == 200
        assert b"No condition page is public yet." in response.content


# --- Links between pages


@pytest.mark.parametrize("state", ["in force", "draft", "waiting", "withdrawn", "nowhere"])
def test_a_related_condition_is_a_link_only_while_it_is_in_force(
    condition: Condition, editor: User, physician: User, client: Client, state: str
) -> None:
    if state != "nowhere":
        other = cast.make_condition("other-page", by=editor)
    if state in ("in force", "withdrawn"):
        cast.publish(other, by=editor, signer=physician)
    if state == "withdrawn":
        withdraw(other, by=physician)
    if state == "waiting":
        later = timezone.now() + timedelta(days=1)
        cast.publish(other, by=editor, signer=physician, effective_at=later)
    cast.name_target(condition, "other-page", by=editor)
    cast.publish(condition, by=editor, signer=physician)

    page = client.get(at(condition.slug)).content.decode()

    assert ('href="/conditions/other-page/"' in page) == (state == "in force")
    assert re.search(r"<h3>(<a [^>]*>)?other-page(</a>)?</h3>", page)


def test_a_link_appears_when_the_page_it_names_is_signed(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.name_target(condition, "other-page", by=editor)
    cast.publish(condition, by=editor, signer=physician)
    etag = client.get(at(condition.slug))["ETag"]
    other = cast.make_condition("other-page", by=editor)
    signed = condition.subject.sign_offs.get()

    cast.publish(other, by=editor, signer=physician)

    response = client.get(at(condition.slug), HTTP_IF_NONE_MATCH=etag)
    assert response.status_code == 200
    assert b'href="/conditions/other-page/"' in response.content
    assert workflow.in_force(condition.subject, clock.now()) == signed


# --- Nothing unsigned is public


def _everything_public(condition: Condition) -> list[str]:
    return [
        "/",
        "/conditions/",
        at(condition.slug),
        at("nowhere"),
        at("gone-page"),
        at("draft-page"),
        *(f"/conditions/{slug}.json" for slug in (condition.slug, "gone-page", "draft-page")),
        "/feed.xml",
        "/sitemap.xml",
        "/robots.txt",
        f"{at(condition.slug)}record/",
        f"{at(condition.slug)}record/?on={clock.today()}",
        "/reviewers/physician/",
        "/how-we-review/",
        "/search/?q=condition",
    ]


def test_a_word_of_a_draft_is_in_no_public_response(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    gone = cast.make_condition("gone-page", by=editor)
    drafted = cast.make_condition("draft-page", by=editor)
    cast.name_target(condition, "draft-page", by=editor)
    for page in (condition, gone):
        cast.publish(page, by=editor, signer=physician)
    withdraw(gone, by=physician)
    before = public_bytes(client, *_everything_public(condition))

    for page in (condition, gone, drafted):
        cast.edit(
            page,
            by=editor,
            name=f"Quokka {page.pk}",
            headline="Quokka headline.",
            summary="<p>Quokka summary.</p>",
            also_known_as="Quokka",
            stance="treated",
            meta_description="Quokka.",
        )
        page.key_points.update(text="<p>Quokka point.</p>")
    workflow.record_draft(drafted.subject, by=editor)
    workflow.submit(drafted.subject, by=editor, note="Quokka", public_note="Quokka")
    after = public_bytes(client, *_everything_public(condition))

    assert after == before
    assert not any(b"uokka" in body or "uokka" in headers for _, body, headers in after)


def test_a_signed_word_is_in_every_response_that_should_have_it(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, name="Quokka", slug="new-address", meta_description="Quokkas.")
    submission = cast.submit(condition, by=editor, public_note="Quokka note.")
    addresses = ["/", "/conditions/", at("new-address"), "/conditions/new-address.json"]
    addresses += ["/feed.xml", f"{at('new-address')}record/", "/reviewers/physician/"]
    addresses += [f"{at('new-address')}record/?on={clock.today()}", "/search/?q=condition"]
    assert not any(b"uokka" in body for _, body, _ in public_bytes(client, *addresses))

    cast.sign(submission, by=physician)

    after = public_bytes(client, *addresses)
    assert all(b"uokka" in body for _, body, _ in after)
    assert b"/conditions/new-address/" in client.get("/sitemap.xml").content
    head = Head(after[2][1])
    assert "Quokkas." in (head.meta("description") or "")
    assert "Quokka" in (head.meta("og:title") or "")
    assert "Quokka" in str(head.linked_data)
    assert b"Quokka note." in after[3][1]
    assert b"Quokka note." in after[4][1]


@pytest.mark.parametrize("how", ["deleted", "bulk update", "reverted"])
def test_what_a_shell_does_to_a_draft_changes_no_public_byte(
    condition: Condition, editor: User, physician: User, client: Client, how: str
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    before = public_bytes(client, "/", "/conditions/", at(condition.slug))

    if how == "deleted":
        condition.delete()
    elif how == "bulk update":
        Condition.objects.update(headline="Unsigned.", slug="elsewhere", name="Unsigned")
    else:
        from reversion.errors import RevertError
        from reversion.models import Version

        cast.edit(condition, by=editor, headline="Unsigned.")
        with pytest.raises(RevertError):
            Version.objects.get_for_object(condition).last().revert()

    assert public_bytes(client, "/", "/conditions/", at(condition.slug)) == before


def test_the_clinics_new_name_changes_no_signed_word(
    condition: Condition, editor: User, physician: User, client: Client, settings: Any
) -> None:
    cast.publish(condition, by=editor, signer=physician)

    settings.CLINIC_NAME = "Renamed clinic"
    settings.CLINIC_TREATMENT = "something else"
    page = client.get(at(condition.slug)).content.decode()

    body = page[page.index("<article") : page.index("</article>")]
    assert "Tovani does not treat this condition with ketamine therapy." in body
    assert "Renamed clinic" not in body
    assert "something else" not in body.replace("What helps is something else.", "")


def test_the_icon_that_browsers_look_for_is_there(client: Client) -> None:
    response = client.get("/favicon.ico")

    assert (response.status_code, response["Content-Type"]) == (200, "image/svg+xml")
    assert response.content.startswith(b"<svg")


def test_a_page_in_arabic_runs_from_right_to_left(
    client: Client, editor: User, physician: User
) -> None:
    for lang, direction in (("ar", "rtl"), ("en", "ltr")):
        condition = cast.make_condition(f"page-{lang}", by=editor, lang=lang)
        cast.publish(condition, by=editor, signer=physician)

        page = client.get(f"/conditions/page-{lang}/").content.decode()

        assert f'<article class="layout" lang="{lang}" dir="{direction}">' in page
        assert '<section class="crisis" lang="en" dir="ltr"' in page
