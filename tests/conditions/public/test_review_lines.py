"""What a page says about its review: who, when, what was checked, and when it is due again."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from conditions.models import Condition
from reviews import workflow
from reviews.models import Reviewer, SignOff
from reviews.reading import memory
from reviews.reviewable import Standing
from reviews.workflow import ATTESTATIONS, DISCLOSURE
from tests import cast
from tests.markup import Head

# Noon in New York, where the clinic is.
MAY_31 = datetime(2027, 5, 31, 16, 0, tzinfo=UTC)
JULY_3 = datetime(2027, 7, 3, 16, 0, tzinfo=UTC)
PRINTING = Path(settings.BASE_DIR, "templates", "includes", "print.js").read_text("utf-8")
SAME = "Written and reviewed by the same physician."


def review_of(client: Client, slug: str = "sample-condition") -> str:
    """The words of a page's review section, on one line."""
    response = client.get(f"/conditions/{slug}/")
    assert response.status_code == 200
    page = response.content.decode()
    section = page[page.index('<section id="review"') : page.index('<section id="disclaimer"')]
    return " ".join(re.sub(r"<[^>]+>", "", section).split())


def top_line(client: Client, slug: str = "sample-condition") -> str:
    """The short review line under the summary."""
    page = client.get(f"/conditions/{slug}/").content.decode()
    line = re.search(r'<p class="reviewed"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert line
    return " ".join(re.sub(r"<[^>]+>", " ", line[1]).split())


def publish_on(instant: datetime, condition: Condition, *, by: User, signer: User) -> SignOff:
    with time_machine.travel(instant, tick=False):
        return cast.publish(condition, by=by, signer=signer)


def correct_on(instant: datetime, condition: Condition, *, by: User, signer: User) -> SignOff:
    with time_machine.travel(instant, tick=False):
        cast.edit(condition, by=by, definition=f"<p>Corrected on {instant:%d}.</p>")
        return cast.publish(condition, by=by, signer=signer, scope="correction")


def test_a_full_review_says_who_and_when_and_when_it_is_due(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    publish_on(MAY_31, condition, by=editor, signer=physician)

    with time_machine.travel(JULY_3, tick=False):
        assert review_of(client) == (
            "Review Last reviewed by Pat Sample, MD on May 31, 2027. "
            "Next review due May 31, 2028. A physician of the clinic, made up for tests. "
            "Pat Sample read every word of this page as it appears here, and signed. "
            "Nothing has changed since. How we review "
            "Record of this page: every change, and who signed it Edition 1 "
            "The signed words with their digest, as data (JSON)"
        )
        assert top_line(client) == "Last reviewed by Pat Sample, MD on May 31, 2027 ."


def test_a_correction_keeps_the_date_and_says_who_checked_the_change(
    condition: Condition,
    editor: User,
    physician: User,
    second_physician: User,
    client: Client,
) -> None:
    publish_on(MAY_31, condition, by=editor, signer=second_physician)
    correct_on(JULY_3, condition, by=editor, signer=physician)

    with time_machine.travel(JULY_3, tick=False):
        review = review_of(client)
        assert (
            "Last reviewed in full by Alex Example, DO on May 31, 2027. "
            "Changed on July 3, 2027; the change was checked by Pat Sample, MD."
        ) in review
        assert "Next review due May 31, 2028." in review
        assert "on July 3, 2027." not in review
        assert top_line(client) == (
            "Last reviewed in full by Alex Example, DO on May 31, 2027 . "
            "Changed on July 3, 2027 ; the change was checked by Pat Sample, MD."
        )
        assert (
            'datetime="2027-07-03"' in client.get("/conditions/sample-condition/").content.decode()
        )


def test_a_second_correction_rests_on_the_same_full_review(
    condition: Condition, editor: User, physician: User, second_physician: User, client: Client
) -> None:
    publish_on(MAY_31, condition, by=editor, signer=second_physician)
    correct_on(JULY_3, condition, by=editor, signer=physician)
    correct_on(JULY_3.replace(day=9), condition, by=editor, signer=second_physician)

    with time_machine.travel(JULY_3.replace(day=9), tick=False):
        review = review_of(client)

    assert "Last reviewed in full by Alex Example, DO on May 31, 2027." in review
    assert "Changed on July 9, 2027; the change was checked by Alex Example, DO." in review
    assert "July 3" not in review


def test_a_full_review_after_a_correction_moves_the_date(
    condition: Condition, editor: User, physician: User, second_physician: User, client: Client
) -> None:
    publish_on(MAY_31, condition, by=editor, signer=second_physician)
    correct_on(JULY_3, condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, definition="<p>Third text.</p>")
    publish_on(JULY_3.replace(day=9), condition, by=editor, signer=physician)

    with time_machine.travel(JULY_3.replace(day=9), tick=False):
        review = review_of(client)

    assert "Last reviewed by Pat Sample, MD on July 9, 2027." in review
    assert "Next review due July 9, 2028." in review
    assert "in full" not in review
    assert "Changed on" not in review


def test_a_reaffirmed_page_has_the_new_date_and_the_old_words(
    condition: Condition, editor: User, physician: User, second_physician: User, client: Client
) -> None:
    signed = publish_on(MAY_31, condition, by=editor, signer=physician)
    with time_machine.travel(JULY_3, tick=False):
        cast.edit(condition, by=editor, headline="Unsigned words.")
        cast.reaffirm(
            condition.subject, by=second_physician, proof=cast.proof(), digest=signed.digest
        )

        assert "Last reviewed by Alex Example, DO on July 3, 2027." in review_of(client)
        assert b"Unsigned" not in client.get("/conditions/sample-condition/").content


def test_the_date_is_the_clinics_day_and_not_that_of_utc(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    half_past_ten_in_the_evening = datetime(2027, 6, 1, 2, 30, tzinfo=UTC)
    publish_on(half_past_ten_in_the_evening, condition, by=editor, signer=physician)

    with time_machine.travel(half_past_ten_in_the_evening, tick=False):
        assert "on May 31, 2027." in review_of(client)


@pytest.mark.parametrize(
    ("instant", "is_overdue"),
    [
        (datetime(2028, 5, 30, 16, 0, tzinfo=UTC), False),
        (datetime(2028, 5, 31, 4, 0, tzinfo=UTC), False),
        (datetime(2028, 6, 1, 3, 59, 59, tzinfo=UTC), False),
        (datetime(2028, 6, 1, 4, 0, tzinfo=UTC), True),
        (datetime(2031, 1, 1, tzinfo=UTC), True),
    ],
    ids=["day before", "due day begins", "due day ends", "day after begins", "years later"],
)
def test_a_page_is_overdue_from_the_day_after_it_was_due(
    condition: Condition,
    editor: User,
    physician: User,
    client: Client,
    instant: datetime,
    is_overdue: bool,
) -> None:
    publish_on(MAY_31, condition, by=editor, signer=physician)

    with time_machine.travel(instant, tick=False):
        review, top = review_of(client), top_line(client)

    late = "A full review was due on May 31, 2028 and has not been done yet."
    assert (late in review) == is_overdue
    assert ("Next review due May 31, 2028." in review) == (not is_overdue)
    assert ("The next full review is late." in top) == is_overdue
    assert "Last reviewed by Pat Sample, MD on May 31, 2027" in review


def test_a_correction_does_not_put_the_due_day_off(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    publish_on(MAY_31, condition, by=editor, signer=physician)
    correct_on(datetime(2028, 5, 31, 16, 0, tzinfo=UTC), condition, by=editor, signer=physician)

    with time_machine.travel(datetime(2028, 6, 1, 16, 0, tzinfo=UTC), tick=False):
        assert "A full review was due on May 31, 2028" in review_of(client)


@pytest.mark.parametrize(
    ("signed", "months", "due"),
    [
        (datetime(2028, 2, 29, 17, tzinfo=UTC), 12, "February 28, 2029"),
        (datetime(2027, 8, 31, 16, tzinfo=UTC), 6, "February 29, 2028"),
        (datetime(2027, 12, 31, 17, tzinfo=UTC), 36, "December 31, 2030"),
        (datetime(2027, 1, 31, 17, tzinfo=UTC), 1, "February 28, 2027"),
    ],
)
def test_the_due_day_is_counted_in_calendar_months(
    condition: Condition,
    editor: User,
    physician: User,
    client: Client,
    signed: datetime,
    months: int,
    due: str,
) -> None:
    cast.edit(condition, by=editor, review_interval_months=months)
    publish_on(signed, condition, by=editor, signer=physician)

    with time_machine.travel(signed, tick=False):
        assert f"Next review due {due}." in review_of(client)


def test_a_page_signed_by_its_author_says_so(
    condition: Condition, author_physician: User, editor: User, client: Client, settings: Any
) -> None:
    settings.AUTHOR_MAY_SIGN = "disclosed"
    cast.edit(condition, by=author_physician, headline="My own words.")

    signed = cast.publish(condition, by=editor, signer=author_physician)

    assert SAME in review_of(client)
    assert signed.disclosed
    assert signed.attestation == f"{ATTESTATIONS[SignOff.Scope.FULL]} {DISCLOSURE}"


@pytest.mark.parametrize("policy", ["never", "disclosed"])
def test_a_page_signed_by_somebody_else_does_not_say_so(
    condition: Condition,
    editor: User,
    physician: User,
    client: Client,
    settings: Any,
    policy: str,
) -> None:
    settings.AUTHOR_MAY_SIGN = policy

    cast.publish(condition, by=editor, signer=physician)

    assert "same physician" not in review_of(client)


def test_a_disclosure_stays_after_the_policy_changed(
    condition: Condition, author_physician: User, editor: User, client: Client, settings: Any
) -> None:
    settings.AUTHOR_MAY_SIGN = "disclosed"
    cast.edit(condition, by=author_physician, headline="My own words.")
    cast.publish(condition, by=editor, signer=author_physician)

    settings.AUTHOR_MAY_SIGN = "never"
    memory.forget()

    assert SAME in review_of(client)


def test_a_correction_by_its_author_says_so(
    condition: Condition,
    author_physician: User,
    editor: User,
    physician: User,
    client: Client,
    settings: Any,
) -> None:
    settings.AUTHOR_MAY_SIGN = "disclosed"
    publish_on(MAY_31, condition, by=editor, signer=physician)
    with time_machine.travel(MAY_31, tick=False):
        assert SAME not in review_of(client)

    correct_on(JULY_3, condition, by=author_physician, signer=author_physician)

    with time_machine.travel(JULY_3, tick=False):
        review = review_of(client)
    assert SAME in review
    assert "checked by Robin Both, MD" in review


def test_the_printed_name_is_the_one_at_signing(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    before = review_of(client)

    Reviewer.objects.update(
        printed_name="Married Name", credentials="DO", relationship="Somebody else.", slug="other"
    )
    physician.first_name, physician.username = "Other", "other"
    physician.save()
    memory.forget()

    assert review_of(client) == before
    assert "Pat Sample, MD" in before
    assert "A physician of the clinic, made up for tests." in before


def test_a_new_name_stands_under_what_is_signed_with_it(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    Reviewer.objects.update(printed_name="Married Name", credentials="MD, PhD")
    cast.edit(condition, by=editor, definition="<p>Changed.</p>")

    cast.publish(condition, by=editor, signer=physician, scope="correction")

    review = review_of(client)
    assert "Last reviewed in full by Pat Sample, MD on" in review
    assert "the change was checked by Married Name, MD, PhD." in review


@pytest.mark.parametrize("field", ["printed_name", "credentials", "relationship"])
def test_a_hostile_profile_is_escaped(
    condition: Condition, editor: User, physician: User, client: Client, field: str
) -> None:
    hostile = '"><script>alert(1)</script>{{ page.name }}&amp;'
    Reviewer.objects.update(**{field: hostile})

    cast.publish(condition, by=editor, signer=physician)
    correct_on(timezone.now(), condition, by=editor, signer=physician)

    page = client.get("/conditions/sample-condition/").content.decode()
    escaped = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;{{ page.name }}&amp;amp;"
    assert escaped in page
    assert [script for _, script in Head(page).runs] == [PRINTING]
    assert page.count("<script") == 2
    assert hostile in json.dumps(Head(page).linked_data, ensure_ascii=False).replace('\\"', '"')


def test_names_from_everywhere_are_printed_as_they_are(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    Reviewer.objects.update(printed_name="Nguyễn Thị O’Brien-Đặng")

    cast.publish(condition, by=editor, signer=physician)

    assert "Last reviewed by Nguyễn Thị O’Brien-Đặng, MD on" in review_of(client)


def test_a_cancelled_review_steps_back_to_the_date_before(
    condition: Condition, editor: User, physician: User, second_physician: User, client: Client
) -> None:
    publish_on(MAY_31, condition, by=editor, signer=second_physician)
    cast.edit(condition, by=editor, headline="Second words.")
    later = publish_on(JULY_3, condition, by=editor, signer=physician)
    with time_machine.travel(JULY_3, tick=False):
        assert "July 3, 2027" in review_of(client)

        workflow.cancel(later, by=physician, reason="It was wrong.")

        review = review_of(client)
    assert "Last reviewed by Alex Example, DO on May 31, 2027." in review
    assert "Next review due May 31, 2028." in review
    assert "July 3" not in review


def test_unsigned_words_have_no_review_line(condition: Condition, editor: User) -> None:
    edition = cast.submit(condition, by=editor).edition

    page = Condition.render(edition, Standing(None, on=MAY_31.date()))

    assert "Not signed: no review date appears until a physician has signed these words." in page
    assert "Last reviewed" not in page
    assert "Next review due" not in page
    assert '<meta name="robots" content="noindex">' in page
