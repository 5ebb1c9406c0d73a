"""What changed between two documents: nothing that differs is left out."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import example, given
from hypothesis import strategies as st

from conditions import document
from conditions.models import Condition
from reviews import diff
from reviews.reviewable import Part

WORDS = st.text(alphabet="ab <>/p\n", max_size=12)


def _parts(rows: list[tuple[str, str]]) -> list[Part]:
    return [Part(key, f"Label of {key}", content) for key, content in rows]


ROWS = st.lists(
    st.tuples(st.sampled_from("uvwxyz"), WORDS), max_size=6, unique_by=lambda row: row[0]
).map(_parts)


def _shown(parts: list[Part]) -> list[tuple[str, str]]:
    """What a reader sees: an empty part leaves no trace on a page."""
    return [(part.key, part.content) for part in parts if part.content]


@given(before=ROWS, after=ROWS)
@example(before=_parts([("u", "a"), ("v", "b")]), after=_parts([("v", "b"), ("u", "a")]))
@example(before=_parts([("u", "a")]), after=_parts([("u", "")]))
@example(before=_parts([("u", ""), ("v", "b")]), after=_parts([("v", "b"), ("u", "x")]))
def test_any_difference_is_listed(before: list[Part], after: list[Part]) -> None:
    found = diff.changes(before, after)

    assert found or _shown(before) == _shown(after)


@given(ROWS)
def test_nothing_is_listed_where_nothing_differs(parts: list[Part]) -> None:
    assert diff.changes(parts, list(parts)) == []


@given(before=ROWS, after=ROWS)
def test_each_change_tells_the_old_and_the_new_words(before: list[Part], after: list[Part]) -> None:
    old = {part.label: part.content for part in before}
    new = {part.label: part.content for part in after}

    for change in diff.changes(before, after):
        kept = "".join(piece.text for piece in change.pieces if piece.op != "added")
        now = "".join(piece.text for piece in change.pieces if piece.op != "removed")
        match change.op:
            case "added":
                assert (kept, now) == ("", new[change.label])
            case "removed":
                assert (kept, now) == (old[change.label], "")
            case "changed":
                assert (kept, now) == (old[change.label], new[change.label])
            case "moved":
                assert kept == now == old[change.label] == new[change.label]
            case _:
                pytest.fail(f"no such change: {change.op}")


@given(before=WORDS, after=WORDS)
def test_no_piece_is_empty_and_a_change_is_more_than_what_stayed(before: str, after: str) -> None:
    for change in diff.changes(_parts([("u", before)]), _parts([("u", after)])):
        assert all(piece.text for piece in change.pieces)
        assert {piece.op for piece in change.pieces} & {"added", "removed"}


@pytest.mark.parametrize(
    ("before", "after", "removed", "added"),
    [
        ("<p>Take two a day.</p>", "<p>Take ten a day.</p>", ["two"], ["ten"]),
        (
            "<em>not</em>",
            "<strong>not</strong>",
            ["<em>", "</em>"],
            ["<strong>", "</strong>"],
        ),
        (
            '<a href="/a/">this</a>',
            '<a href="/b/">this</a>',
            ['<a href="/a/">'],
            ['<a href="/b/">'],
        ),
        ("never 0.5 mg", "0.5 mg", ["never"], []),
    ],
)
def test_tags_and_words_are_never_cut(
    before: str, after: str, removed: list[str], added: list[str]
) -> None:
    (change,) = diff.changes(_parts([("u", before)]), _parts([("u", after)]))

    told = {
        op: [piece.text.strip() for piece in change.pieces if piece.op == op]
        for op in ("removed", "added")
    }
    assert told == {"removed": removed, "added": added}


def test_removed_parts_stand_last_and_the_rest_in_the_new_order() -> None:
    before = _parts([("u", "one"), ("v", "two"), ("w", "three")])
    after = _parts([("x", "new"), ("w", "three!"), ("v", "two")])

    found = [(change.op, change.label[-1]) for change in diff.changes(before, after)]

    assert [one for one in found if one[0] != "moved"] == [
        *[("added", "x"), ("changed", "w"), ("removed", "u")]
    ]


# --- Whole documents


def _sample() -> dict[str, Any]:
    file = Path(settings.BASE_DIR, "conditions", "samples", "borderline-personality-disorder.json")
    words: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return words | {"labels": document.labels(words["stance"]), "clinic": "C", "treatment": "T"}


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _leaves(inner, (*path, key))
        case list():
            for index, inner in enumerate(value):
                yield from _leaves(inner, (*path, index))
        case _:
            yield path


def _changed(words: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    changed = copy.deepcopy(words)
    at: Any = changed
    for step in path[:-1]:
        at = at[step]
    leaf = at[path[-1]]
    at[path[-1]] = leaf + 1 if isinstance(leaf, int) else f"{leaf}x"
    return changed


@pytest.mark.parametrize(
    "path",
    [path for path in _leaves(_sample()) if path != ("schema",)],
    ids=lambda path: ".".join(map(str, path)),
)
def test_a_change_anywhere_in_a_document_is_listed(path: tuple[Any, ...]) -> None:
    words = _sample()

    found = diff.changes(Condition.parts(words), Condition.parts(_changed(words, path)))

    assert found


@pytest.mark.parametrize(
    "part", [part for part in document.ROWS if len(_sample()[part]) > 1], ids=str
)
def test_rows_in_another_order_are_listed(part: str) -> None:
    words = _sample()
    moved = words | {part: words[part][::-1]}

    found = diff.changes(Condition.parts(words), Condition.parts(moved))

    assert "moved" in {change.op for change in found}


def test_one_name_with_a_semicolon_is_not_two_names() -> None:
    """Both are legal, and the digest differs: the reviewer must be told."""
    one = _sample() | {"also_known_as": ["A; B"]}
    two = _sample() | {"also_known_as": ["A", "B"]}
    assert document.check(one).faults == document.check(two).faults == []

    assert diff.changes(Condition.parts(one), Condition.parts(two))


def test_the_same_document_has_no_changes() -> None:
    assert diff.changes(Condition.parts(_sample()), Condition.parts(_sample())) == []
