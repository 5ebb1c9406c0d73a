"""Search finds the signed words in force, and nothing else; on both engines alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils.text import slugify
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conditions import demo, exchange
from conditions.models import KIND, Condition
from reviews import clock, workflow
from reviews.evidence import audit, triggers
from reviews.models import Edition, EditionIndex
from reviews.reading import memory, proved, search
from reviews.text import folding
from tests import cast, crowd
from tests.undoing import Case

SIGNS = ['"', '""', "*", ":", "^", "+", "-", "!", "&", "|", "<->", "(", ")", "\\", "%", "_", "\x00"]
SIGNS += ["\ud800", "😀", "\u202e", "{}", ":*"]


def slug(document: dict[str, Any]) -> str:
    return str(document["slug"])


def found(typed: str) -> list[str]:
    """The addresses of the pages that have all the words, best first."""
    results = search.search(KIND, folding.query(typed), clock.now(), slug)
    return results.briefs if results.match == "all" else []


# --- In force only


def test_a_page_is_found_from_its_signature_on(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.edit(condition, by=editor, definition="<p>Marmalade.</p>")
    assert found("marmalade") == []
    submission = cast.submit(condition, by=editor)
    assert found("marmalade") == []

    cast.sign(submission, by=physician)

    assert found("marmalade") == [condition.slug]


def test_words_of_drafts_and_of_past_editions_are_not_found(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.edit(condition, by=editor, definition="<p>Marmalade.</p>")
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, definition="<p>Apricots.</p>")
    assert (found("marmalade"), found("apricots")) == ([condition.slug], [])

    cast.publish(condition, by=editor, signer=physician)

    assert (found("marmalade"), found("apricots")) == ([], [condition.slug])


def test_an_edition_is_found_from_the_instant_it_counts(
    condition: Condition, editor: User, physician: User
) -> None:
    later = clock.now() + timedelta(days=1)
    cast.publish(condition, by=editor, signer=physician, effective_at=later)
    assert found("sample") == []

    with time_machine.travel(later + timedelta(seconds=1), tick=False):
        assert found("sample") == [condition.slug]


def test_what_ended_is_not_found(condition: Condition, editor: User, physician: User) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, definition="<p>Marmalade.</p>")
    changed = cast.publish(condition, by=editor, signer=physician)

    workflow.cancel(changed, by=physician, reason="Wrong.")
    assert (found("marmalade"), found("sample")) == ([], [condition.slug])

    workflow.withdraw(condition.subject, by=physician, reason="Wrong.", notice="safety")
    assert found("sample") == []


def test_what_is_shown_is_the_evidence_not_the_index(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)

    EditionIndex.objects.update(name="forged", body="forged words")

    assert found("forged") == [condition.slug]
    results = search.search(KIND, folding.query("forged"), clock.now(), lambda document: document)
    assert "forged" not in str(results.briefs)


def test_what_was_proved_once_is_remembered(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    memory.forget()

    with CaptureQueriesContext(connection) as cold:
        assert found("sample") == [condition.slug]
    with CaptureQueriesContext(connection) as warm:
        assert found("sample") == [condition.slug]

    assert (len(cold), len(warm)) == (2, 1)


def test_a_row_that_does_not_hold_is_left_out_and_not_counted(
    condition: Condition, editor: User, physician: User
) -> None:
    signed = cast.publish(condition, by=editor, signer=physician)
    other = cast.make_condition("sample-other", by=editor)
    cast.publish(other, by=editor, signer=physician)
    triggers.remove(connection)
    Edition.objects.filter(pk=signed.edition_id).update(text=signed.edition.text + " ")
    triggers.install(connection)

    results = search.search(KIND, folding.query("sample"), clock.now(), slug)

    assert (results.briefs, results.total) == ([other.slug], 1)


def test_words_that_are_not_in_force_do_not_move_the_results(
    condition: Condition, editor: User, physician: User
) -> None:
    for name, word in (("Aa", "lithium"), ("Bb", "quokka")):
        text = f"<p>{word} {'filler ' * 30}</p>"
        page = cast.make_condition(name.lower(), by=editor, name=name, definition=text)
        cast.publish(page, by=editor, signer=physician)

    def some() -> list[str]:
        query = folding.query("lithium quokka zebra")
        return search.search(KIND, query, clock.now(), slug).briefs

    assert some() == ["aa", "bb"]
    for word, count in (("lithium", 4), ("quokka", 10)):
        for number in range(count):
            text = f"<p>{word} {word}</p>"
            unsigned = cast.make_condition(f"{word}-{number}", by=editor, definition=text)
            cast.submit(unsigned, by=editor)
        assert some() == ["aa", "bb"], word


# --- The right page first, among two thousand


def test_two_thousand_pages(
    condition: Condition, editor: User, physician: User, settings: Any
) -> None:
    """One test for all of it, as the pages take seconds to make."""
    document = condition.document()
    crowd.publish(
        [
            {
                **document,
                "slug": f"condition-{number}",
                "name": f"Common condition {number}",
                "also_known_as": [f"CC{number}", f"Ordinary trouble, kind {number}"],
                "summary": f"<p>Words that stand everywhere, commonplace {number}.</p>",
            }
            for number in range(2000)
        ],
        by=editor,
        signer=physician,
    )
    for name in ("borderline-personality-disorder", "complex-ptsd"):
        page, _ = exchange.load(demo.sample(name), by=editor)
        cast.publish(page, by=editor, signer=physician)
    bpd = "borderline-personality-disorder"
    first = {
        "Borderline personality disorder": bpd,
        "BORDERLINE  PERSONALITY-DISORDER?": bpd,
        "bpd": bpd,
        "emotionally unstable personality disorder": bpd,
        "borderl": bpd,
        "borderline pers": bpd,
        "a feeling of emptiness that does not go away": bpd,
        "feelings of being empty": bpd,
        "C-PTSD": "complex-ptsd",
        "cptsd": "complex-ptsd",
        "Common condition 7": "condition-7",
        "cc1234": "condition-1234",
        "ordinary trouble kind 77": "condition-77",
        "words that stand everywhere, commonplace 500": "condition-500",
        # Misspelled; of nothing there is all.
        "bordeline personalty disorder": bpd,
        "bordeline": bpd,
        "personalty": bpd,
        "borderline persinality": bpd,
    }
    memory.forget()

    wrong = {}
    for typed, expected in first.items():
        memory.forget()
        with CaptureQueriesContext(connection) as queries:
            results = search.search(KIND, folding.query(typed), clock.now(), slug)
        assert len(queries) <= 3, typed
        if results.briefs[:1] != [expected]:
            wrong[typed] = results
    assert wrong == {}

    everywhere = search.search(KIND, folding.query("commonplace"), clock.now(), slug)
    assert (everywhere.total, len(everywhere.briefs)) == (2000, search.MOST)
    with CaptureQueriesContext(connection) as queries:
        nothing = search.search(KIND, folding.query("qqqqqq"), clock.now(), slug)
    assert (nothing.total, nothing.briefs, len(queries)) == (0, [], 2)


def test_the_crowd_of_the_tests_is_real_evidence(
    condition: Condition, editor: User, physician: User
) -> None:
    document = condition.document()
    pages = [{**document, "slug": f"page-{number}"} for number in range(3)]

    crowd.publish(pages, by=editor, signer=physician)
    cast.publish(condition, by=editor, signer=physician)

    assert list(audit.faults()) == []
    assert set(proved.listed(KIND, clock.now(), slug)) == {
        *("page-0", "page-1", "page-2"),
        condition.slug,
    }


# --- How it answers


def test_a_name_alone_comes_before_pages_that_say_it_more_often(
    editor: User, physician: User
) -> None:
    often = {
        "definition": "<p>Sleep SL sleep SL.</p>" * 20,
        "also_known_as": "Bed, sleep, SL, sleep",
    }
    for name, words_of in {
        "Trouble of sleep, SL and sleep": often,
        "Sleepwalking": {},
        "Rest": {"also_known_as": "Quiet\nSL"},
        "Sleep": {},
    }.items():
        page = cast.make_condition(slugify(name), by=editor, name=name, **words_of)
        cast.publish(page, by=editor, signer=physician)

    assert found("sleep") == ["sleep", "sleepwalking", "trouble-of-sleep-sl-and-sleep"]
    assert found("sl")[0] == "rest"


def test_accents_case_and_script_do_not_matter(
    condition: Condition, editor: User, physician: User, case: Case
) -> None:
    for typed in ("Storebo", "STOREBØ", "storebø's", "creme brulee", "crème", "ПЕЧАЛЬ", "悲傷"):
        with case(typed=typed):
            cast.edit(
                condition,
                by=editor,
                definition="<p>Storebø’s work; crème brulée; печаль, 悲傷.</p>",
            )
            cast.publish(condition, by=editor, signer=physician)

            assert found(typed) == [condition.slug]


def test_chinese_and_japanese_words_are_found_inside_a_run(
    condition: Condition, editor: User, physician: User
) -> None:
    text = "<p>他患有难治性抑郁症多年，用lithium治疗。うつ病の薬物治療を行う。</p>"
    cast.edit(condition, by=editor, definition=text)
    cast.publish(condition, by=editor, signer=physician)

    for typed in (
        "抑郁症",
        "抑郁",
        "郁症",
        "症",
        "多年",
        "难治性抑郁症",
        "lithium",
        "うつ病",
        "薬物治療",
    ):
        assert found(typed) == [condition.slug], typed
    for typed in ("抑症", "年用", "狂躁", "うつ病院"):
        assert found(typed) == [], typed


def test_a_name_in_chinese_comes_before_pages_that_only_say_it(
    editor: User, physician: User
) -> None:
    for slug_of, name, says in [
        ("a", "双相障碍", "抑郁症，抑郁症，抑郁症。"),
        ("b", "难治性抑郁症", ""),
        ("c", "抑郁症", ""),
    ]:
        words = f"<p>{says or 'Words.'}</p>"
        page = cast.make_condition(slug_of, by=editor, name=name, definition=words)
        cast.publish(page, by=editor, signer=physician)

    assert found("抑郁症") == ["c", "b", "a"]


def test_where_no_page_has_all_words_those_with_some_are_named_as_such(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)

    results = search.search(KIND, folding.query("helps marmalade"), clock.now(), slug)

    assert (results.match, results.briefs, results.total) == ("some", [condition.slug], 1)


def test_a_sign_is_no_operator(
    condition: Condition, editor: User, physician: User, case: Case
) -> None:
    for sign in (*SIGNS, " ".join(SIGNS)):
        with case(sign=sign):
            cast.publish(condition, by=editor, signer=physician)

            for typed in (
                f"sample {sign} condition",
                f"{sign}sample{sign}",
                f"{sign}sample {sign}",
            ):
                assert found(typed) == [condition.slug]
            assert found(sign) == []


def test_an_operator_s_name_is_a_word(
    condition: Condition, editor: User, physician: User, case: Case
) -> None:
    for typed in ("sample NOT condition", "sample NEAR condition", "name:sample"):
        with case(typed=typed):
            cast.edit(condition, by=editor, definition="<p>Near the name.</p>")
            cast.publish(condition, by=editor, signer=physician)

            assert found(typed) == [condition.slug]
            assert found(f"{typed} marmalade") == []


ODD = st.one_of(st.text(), st.sampled_from([*SIGNS, "'", "AND", "OR", "NOT", "NEAR("]))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ODD).map(" ".join))
def test_any_text_is_answered(db: None, typed: str) -> None:
    search.search(KIND, folding.query(typed), clock.now(), slug)


def test_a_huge_query_is_answered(db: None, case: Case) -> None:
    for typed in ("word " * 4000, "a" * 20_000, "ﷺ" * 200, "a b " * 50):
        with case(typed=typed):
            assert found(typed) == []


# --- What it stands on


def drop_the_index() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TABLE reviews_words")
        else:
            cursor.execute("ALTER TABLE reviews_editionindex DROP COLUMN words")


@pytest.mark.django_db(transaction=True)
def test_a_lost_index_is_made_again_from_the_evidence(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    EditionIndex.objects.update(name="", synonyms="", body="")
    drop_the_index()
    with pytest.raises(DatabaseError):
        found("sample")

    search.install(connection, afresh=False)

    assert found("sample") == [condition.slug]
    assert list(audit.faults()) == []


@pytest.mark.django_db(transaction=True)
def test_an_index_of_an_older_form_is_made_again(
    condition: Condition, editor: User, physician: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.edit(condition, by=editor, definition="<p>抑郁症</p>")
    cast.publish(condition, by=editor, signer=physician)
    EditionIndex.objects.update(body="抑郁症")
    search.install(connection, afresh=False)
    assert found("郁症") == []

    monkeypatch.setattr(search, "FORM", search.FORM + 1)
    search.install(connection, afresh=False)

    assert found("郁症") == [condition.slug]
    assert list(audit.faults()) == []
    monkeypatch.undo()
    search.install(connection, afresh=False)


@pytest.mark.django_db(transaction=True)
def test_the_index_survives_a_flush_and_a_migration() -> None:
    triggers.remove(connection)
    call_command("flush", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    editor, physician = cast.person("editor", "Staff"), cast.person("physician", "Physicians")
    cast.make_reviewer(physician, "Pat Sample", "MD")

    cast.publish(cast.make_condition(by=editor), by=editor, signer=physician)

    assert found("sample") == ["sample-condition"]


@pytest.mark.engine("sqlite")
def test_the_table_follows_the_index(condition: Condition, editor: User, physician: User) -> None:
    signed = cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, headline="Changed.")
    cast.publish(condition, by=editor, signer=physician)

    EditionIndex.objects.filter(edition=signed.edition).delete()
    EditionIndex.objects.update(body="marmalade")

    with connection.cursor() as cursor:
        # Raises where the table does not hold what the index holds.
        cursor.execute(
            "INSERT INTO reviews_words (reviews_words, rank) VALUES ('integrity-check', 1)"
        )
    assert found("marmalade") == [condition.slug]


@pytest.mark.engine("sqlite")
@pytest.mark.django_db(transaction=True)
def test_the_table_survives_a_rebuild_of_the_index(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)

    triggers.prepare(connection)
    with connection.schema_editor() as editor_of_tables:
        editor_of_tables._remake_table(EditionIndex)  # type: ignore[attr-defined]
    search.install(connection, afresh=False)
    triggers.install(connection)
    cast.edit(condition, by=editor, definition="<p>Marmalade.</p>")
    cast.publish(condition, by=editor, signer=physician)

    assert found("marmalade") == [condition.slug]


def test_an_engine_that_lacks_what_search_needs_says_so(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = search._engine(connection)
    lacking = "CREATE VIRTUAL TABLE x USING fts5_lacking (y)"
    if connection.vendor == "postgresql":
        lacking = "CREATE EXTENSION pg_trgm_lacking"
    monkeypatch.setattr(type(engine), "stands", lambda *_: False)
    monkeypatch.setattr(type(engine), "statements", lambda *_: [lacking])

    with pytest.raises(ImproperlyConfigured, match=r"FTS5|CREATE EXTENSION pg_trgm"):
        search.install(connection, afresh=False)
