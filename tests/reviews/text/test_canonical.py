"""Canonical text: the same document is always the same bytes, and nothing else is."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.text.canonical import NotCanonical, digest_of, document_of, text_of
from tests.undoing import Case

STRINGS = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
DOCUMENTS = st.dictionaries(
    STRINGS,
    st.recursive(
        st.none() | st.booleans() | st.integers() | STRINGS,
        lambda inner: st.lists(inner) | st.dictionaries(STRINGS, inner),
        max_leaves=8,
    ),
)


def test_keys_are_sorted_and_no_space_is_wasted() -> None:
    text = text_of({"b": [1, True, None], "a": {"d": "x y", "c": ""}})

    assert text == '{"a":{"c":"","d":"x y"},"b":[1,true,null]}'


def test_letters_stand_as_they_are() -> None:
    assert text_of({"é": "naïve “quotes” 🙂 \u2028"}) == '{"é":"naïve “quotes” 🙂 \u2028"}'


def test_the_digest_is_that_of_the_utf8_bytes() -> None:
    assert digest_of("é") == hashlib.sha256(b"\xc3\xa9").hexdigest()


@given(DOCUMENTS, DOCUMENTS, st.randoms(use_true_random=False))
def test_a_document_has_one_text_whatever_its_order_and_shares_it_with_no_other(
    document: dict[str, Any], other: dict[str, Any], random: Any
) -> None:
    text = text_of(document)
    assert document_of(text) == document
    assert text_of(document_of(text)) == text
    assert text.encode().decode() == text

    keys = list(document)
    random.shuffle(keys)
    assert text_of({key: document[key] for key in keys}) == text

    same = json.dumps(document, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (text == text_of(other)) is same


@given(STRINGS)
def test_no_string_is_changed(words: str) -> None:
    assert document_of(text_of({"a": words}))["a"] == words


def test_equivalent_strings_stay_different() -> None:
    assert digest_of(text_of({"a": "é"})) != digest_of(text_of({"a": "e\u0301"}))


def test_what_two_writers_could_write_differently_is_refused(case: Case) -> None:
    for document, place in (
        ({"a": 1.0}, "document.a"),
        ({"a": [1, {"b": 0.5}]}, "document.a[1].b"),
        ({"a": float("nan")}, "document.a"),
        ({"a": float("inf")}, "document.a"),
        ({"a": "\ud800"}, "document.a"),
        ({"a": ["x", "x\udfffx"]}, "document.a[1]"),
        ({"\udc00": 1}, "document, a key"),
        ({1: "a"}, "document"),
        ({"a": {None: 1}}, "document.a"),
        ({"a": b"bytes"}, "document.a"),
        ({"a": {1, 2}}, "document.a"),
        ({"a": object()}, "document.a"),
    ):
        with case(document=document, place=place):
            with pytest.raises(NotCanonical) as refusal:
                text_of(document)

            assert str(refusal.value).startswith(f"{place}:")
