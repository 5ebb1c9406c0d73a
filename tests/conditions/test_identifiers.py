"""Identifiers and addresses have one form each."""

import pytest
from django.core.exceptions import ValidationError

from conditions.cleaning import identifiers
from tests.undoing import Case


def test_pubmed_ids_are_kept(case: Case) -> None:
    for value, cleaned in (("31112383", "31112383"), (" 1 ", "1"), ("", "")):
        with case(value=value, cleaned=cleaned):
            assert identifiers.clean_pmid(value) == cleaned


def test_what_is_no_pubmed_id_is_refused(case: Case) -> None:
    for value in ("0", "012", "123456789", "12a", "PMID 12", "１２", "12\n3", "-1"):
        with case(value=value):
            assert not identifiers.is_pmid(value)
            with pytest.raises(ValidationError, match="not a PubMed ID"):
                identifiers.clean_pmid(value)


def test_dois_lose_their_prefix(case: Case) -> None:
    for value, cleaned in (
        ("10.1000/182", "10.1000/182"),
        ("https://doi.org/10.1001/jama.2019.1", "10.1001/jama.2019.1"),
        ("http://dx.doi.org/10.1001/x", "10.1001/x"),
        ("DOI: 10.1001/x", "10.1001/x"),
        ("10.1002/(SICI)1099(199908/10)3:6/7<672::AID>3.0.CO;2-8",) * 2,
        ("", ""),
    ):
        with case(value=value, cleaned=cleaned):
            assert identifiers.clean_doi(value) == cleaned


def test_what_is_no_doi_is_refused(case: Case) -> None:
    for value in (
        "11.1000/1",
        "10.1/1",
        "10.1000",
        "10.1000/",
        "10.1000/a b",
        '10.1000/a"b',
        "10.1000/é",
    ):
        with case(value=value), pytest.raises(ValidationError, match="not a DOI"):
            identifiers.clean_doi(value)


def test_icd_codes_are_put_in_capitals(case: Case) -> None:
    for value, code in (
        ("f32.9", "F32.9"),
        ("F42", "F42"),
        ("C7A.00", "C7A.00"),
        ("U07.1", "U07.1"),
    ):
        with case(value=value, code=code):
            assert identifiers.clean_icd10(value) == code


def test_what_is_no_icd_code_is_refused(case: Case) -> None:
    for value in ("", "32.9", "F3", "F329", "F32.", "F32.12345", "F32-F33", "Ｆ32"):
        with case(value=value), pytest.raises(ValidationError, match="not an ICD-10-CM code"):
            identifiers.clean_icd10(value)


def test_addresses_are_kept(case: Case) -> None:
    for slug in ("a", "panic-disorder", "bipolar-2-depression", "a" * 80):
        with case(slug=slug):
            assert identifiers.clean_slug(slug) == slug


def test_what_is_no_address_is_refused(case: Case) -> None:
    for value in (
        "",
        "-a",
        "a-",
        "a--b",
        "Panic",
        "a_b",
        "a/b",
        "a.json",
        "é",
        "a b",
        "a" * 81,
        "a\nb",
    ):
        with case(value=value), pytest.raises(ValidationError, match="not an address"):
            identifiers.clean_slug(value)


def test_the_words_of_the_site_are_no_addresses(case: Case) -> None:
    for slug in identifiers.RESERVED_SLUGS:
        with case(slug=slug), pytest.raises(ValidationError, match="used by the site"):
            identifiers.clean_slug(slug)


def test_a_key_has_eight_characters() -> None:
    assert identifiers.clean_key("a1b2c3d4") == "a1b2c3d4"
    for value in ("", "a1b2c3d", "a1b2c3d45", "A1b2c3d4", "a1b2c3d-", "a1b2c3d4\n"):
        with pytest.raises(ValidationError, match="not a key"):
            identifiers.clean_key(value)


def test_web_addresses_of_references_are_kept(case: Case) -> None:
    for url in ("", "https://www.nimh.nih.gov/health?a=1&b=%20#c", "http://example.org:8080/"):
        with case(url=url):
            assert identifiers.clean_url(f" {url}\n") == url


def test_a_reference_leads_to_a_web_address_only(case: Case) -> None:
    for url in (
        "/conditions/",
        "#a",
        "mailto:a@b.org",
        "www.example.org",
        "javascript:1",
        "https://a@b.org",
    ):
        with case(url=url), pytest.raises(ValidationError):
            identifiers.clean_url(url)


def test_a_name_before_the_host_is_called_what_it_is() -> None:
    for url in ("https://a@example.org", "https://a:1@example.org"):
        assert "name before an @" in identifiers.web_fault(url)


def test_what_an_error_quotes_is_short_and_printable() -> None:
    with pytest.raises(ValidationError) as refusal:
        identifiers.clean_slug("\u202e\ud800" + "x" * 500)
    assert refusal.value.message.startswith("“??xxx")
    assert len(refusal.value.message) < 300
