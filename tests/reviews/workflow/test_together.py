"""One small change on many pages: submitted together, and signed with one password."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from conditions.models import Condition
from reviews import clock, workflow
from reviews.models import SignOff, WrongPassword
from reviews.workflow import NotAllowed, Signing
from tests import cast
from tests.traces import refused
from tests.undoing import Case, undone

SLUGS = ("first-page", "other-page", "third-page")
WORDS = "<p>What helps is something else. Call 555-0100.</p>"


@pytest.fixture
def pages(editor: User, physician: User) -> list[Condition]:
    """Three pages in force, whose drafts hold a new telephone number."""
    made = [cast.make_condition(slug, by=editor, summary=WORDS) for slug in SLUGS]
    for page in made:
        cast.publish(page, by=editor, signer=physician)
    return [cast.edit(page, by=editor, summary=WORDS.replace("0100", "0199")) for page in made]


def sign(signings: list[Signing], by: User, **fields: Any) -> list[SignOff]:
    """Sign with the right password."""
    asked = {"proof": cast.proof(), "profile": cast.printed(by), **fields}
    return workflow.sign_together(signings, by=by, **asked)


def test_one_note_and_one_password_put_each_page_in_force_by_a_correction_of_its_own(
    pages: list[Condition], editor: User, physician: User
) -> None:
    before = [workflow.in_force(page.subject, clock.now()) for page in pages]
    submissions = cast.submit_together(pages, by=editor)

    assert len({one.note_id for one in submissions}) == 1
    assert workflow.together_with(submissions[1]) == submissions

    signed = sign(cast.opened_together(submissions, by=physician), physician)

    assert len({one.event_id for one in signed}) == len(pages)
    for page, was, one in zip(pages, before, signed, strict=True):
        now = workflow.in_force(page.subject, clock.now())
        assert now == one
        assert was is not None
        assert "0199" in now.edition.text
        assert (one.scope, one.rests_on, one.due) == ("correction", was, was.due)
    assert workflow.together_with(submissions[1]) == []


def test_one_page_that_is_refused_leaves_all_unsigned_and_is_named(
    pages: list[Condition], editor: User, physician: User, second_physician: User, case: Case
) -> None:
    submissions = cast.submit_together(pages, by=editor)
    signings = cast.opened_together(submissions, by=physician)
    last = signings[-1]

    def wrong(**fields: Any) -> list[Signing]:
        return [*signings[:-1], Signing(**{**vars(last), **fields})]

    def not_shown() -> list[Signing]:
        workflow.show(last.submission.edition, ["headline"], to=second_physician)
        return signings

    def settle_first() -> list[Signing]:
        workflow.comment(
            last.submission, by=second_physician, text="Wait for the label.", settle_first=True
        )
        return signings

    def sent_back() -> list[Signing]:
        workflow.request_changes(last.submission, by=second_physician, reason="Why.")
        return signings

    def changed_more() -> list[Signing]:
        many = " ".join(f"word{number}" for number in range(60))
        cast.edit(pages[-1], by=editor, summary=f"<p>{many}</p>")
        return [
            *signings[:-1],
            *cast.opened_together([cast.submit(pages[-1], by=editor)], by=physician),
        ]

    cases = {
        "other words": (lambda: wrong(digest="0" * 64), "not those of the edition"),
        "another comparison": (lambda: wrong(against=1), "What is in force changed"),
        "settle first": (settle_first, "settled first"),
        "sent back": (sent_back, "no longer open"),
        "too much": (changed_more, "It needs a review of the whole page"),
    }
    for name, (bring, sentence) in cases.items():
        with case(name=name), undone():
            brought = bring()
            with refused(sentence):
                sign(brought, physician)
            with pytest.raises(NotAllowed, match=r"^Third page: .* Nothing was signed\.$"):
                sign(brought, physician)
    with case(name="not shown"), undone():
        not_shown()
        with refused("You were not shown all of"):
            sign(signings, second_physician)
        assert len(sign(signings, second_physician, read_elsewhere=True)) == len(pages)
    with case(name="another profile"), refused("What is printed under your signature changed"):
        sign(signings, physician, profile="0" * 64)


def test_nobody_signs_words_of_their_own_among_others(
    pages: list[Condition], editor: User, author_physician: User, physician: User, case: Case
) -> None:
    cast.edit(pages[-1], by=author_physician, summary=WORDS.replace("0100", "0198"))
    submissions = cast.submit_together(pages, by=editor)

    with refused("Third page: You wrote words of this edition"):
        sign(cast.opened_together(submissions, by=author_physician), author_physician)
    for who in (editor, cast.person("boss", "Managers"), cast.person("su", is_superuser=True)):
        with case(who=who.username), refused("Only a physician with a reviewer’s profile"):
            sign([Signing(one, one.edition.digest, None) for one in submissions], who, profile="")


def test_a_wrong_password_counts_once_and_signs_nothing(
    pages: list[Condition], editor: User, physician: User
) -> None:
    signings = cast.opened_together(cast.submit_together(pages, by=editor), by=physician)

    with pytest.raises(NotAllowed, match="The password is wrong"):
        sign(signings, physician, proof=cast.proof("wrong"))

    assert WrongPassword.objects.filter(user=physician).count() == 1
    assert not SignOff.objects.filter(scope="correction").exists()


def test_what_is_not_one_small_change_of_a_live_page_is_not_submitted_together(
    pages: list[Condition], editor: User, physician: User, manager: User, case: Case
) -> None:
    def saved_again() -> list[Condition]:
        return pages

    def never_signed() -> list[Condition]:
        return [*pages, cast.make_condition("new-page", by=editor)]

    def in_review() -> list[Condition]:
        cast.submit(pages[-1], by=editor)
        return pages

    def waits() -> list[Condition]:
        later = clock.now() + timedelta(days=9)
        cast.publish(pages[-1], by=editor, signer=physician, effective_at=later)
        return pages

    def sent_back() -> list[Condition]:
        workflow.request_changes(cast.submit(pages[-1], by=editor), by=physician, reason="No.")
        return pages

    cases = {
        "never signed": (never_signed, {}, "New page: Nothing of this page is in force"),
        "in review": (in_review, {}, "Third page: Another change of this page is in review"),
        "waits": (waits, {}, "takes effect on"),
        "sent back": (sent_back, {}, "sent back or taken off before"),
        "no note": (saved_again, {"note": " "}, "Say for the reviewer"),
        "an odd kind": (saved_again, {"meant": "x"}, "Choose what kind of change"),
    }
    for name, (bring, fields, sentence) in cases.items():
        with case(name=name), undone():
            brought = bring()
            with refused(sentence):
                cast.submit_together(brought, by=editor, **fields)
    with case(name="wrong people"), refused("Only staff who edit pages"):
        cast.submit_together(pages, by=manager)
    with case(name="saved again"):
        old = pages[0].subject.contributions.order_by("-pk")[0].digest
        cast.edit(pages[0], by=editor, headline="Tovani does not do this.")
        with refused("First page: The draft was saved again meanwhile"):
            workflow.submit_together(
                {pages[0].subject: old}, by=editor, note="A note.", public_note=""
            )
