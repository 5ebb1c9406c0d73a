"""Identifiers and addresses have one form each, and are read as people paste them."""

from collections.abc import Callable
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.forms import modelform_factory
from hypothesis import given, settings
from hypothesis import strategies as st

from conditions.cleaning import codes, identifiers
from conditions.models import Condition, Reference

clean_icd10 = partial(codes.clean_code, "ICD-10-CM")
DOI = "10.1001/jama.2019.1"
SICI = "10.1002/(SICI)1099(199908/10)3:6/7<672::AID>3.0.CO;2-8"
ISBN = "9780890425558"


def refused(clean: Callable[[str], str], *values: str, saying: str) -> None:
    for value in values:
        with pytest.raises(ValidationError, match=saying):
            pytest.fail(f"{value!r} became {clean(value)!r}")


def test_pubmed_ids_are_read_as_they_are_pasted() -> None:
    for value in [
        *("23982301", " 23982301\n", "23982301.", "23982301;", "PMID: 23982301", "PMID:23982301"),
        *("pmid 23982301", "PMID:\u00a023982301.", "PMID: 23982301 [PubMed]", "\ufeff23982301"),
        *("https://pubmed.ncbi.nlm.nih.gov/23982301/", "pubmed.ncbi.nlm.nih.gov/23982301"),
        "https://pubmed.ncbi.nlm.nih.gov/23982301/?dopt=Abstract#abstract",
        "http://www.ncbi.nlm.nih.gov/pubmed/23982301",
        "https://www.ncbi.nlm.nih.gov/pubmed/?term=23982301",
        "https://www.ncbi.nlm.nih.gov/m/pubmed/23982301/",
    ]:
        assert identifiers.clean_pmid(value) == "23982301", value
    assert (identifiers.clean_pmid(" 1 "), identifiers.clean_pmid("")) == ("1", "")


def test_what_is_no_pubmed_id_is_refused() -> None:
    values = [
        "0",
        "012",
        "123456789",
        "12a",
        "１２",
        "12\n3",
        "-1",
        "PMID",
        "PMC23982301",
        "1.2",
        ".",
    ]
    values += ["https://pubmed.ncbi.nlm.nih.gov/?term=depression", "https://evil.org/23982301/"]
    refused(identifiers.clean_pmid, *values, saying="not a PubMed ID")
    assert not any(identifiers.is_pmid(value) for value in values)


def test_dois_are_read_as_they_are_pasted() -> None:
    for value in [
        *(DOI, f" {DOI} ", f"{DOI}.", f"{DOI},", f"{DOI};", f"({DOI})", f"({DOI}).", f"{DOI})."),
        *(f"doi:{DOI}", f"DOI: {DOI}", f"doi {DOI}", f"doi:\u00a0{DOI}.", f"[doi: {DOI}]"),
        *(f"https://doi.org/{DOI}", f"http://dx.doi.org/{DOI}", f"https://www.doi.org/{DOI}."),
        *(
            f"doi.org/{DOI}",
            f"dx.doi.org/{DOI}",
            f"DOI: https://doi.org/{DOI}",
            f"<https://doi.org/{DOI}>",
        ),
        *(f"https://doi.org/{DOI.replace('/', '%2F')}", DOI.replace("/", "%2f"), f"“{DOI}.”"),
        *(f"https://doi.org/{DOI}?utm_source=mail", f"https://doi.org/{DOI}#abstract"),
        *(f"https://doi.org/{DOI}/", f"info:doi/{DOI}", "10.1001/\u200bjama.2019.1"),
        f"https://doi.org/{DOI.replace('/', '%252F')}",
    ]:
        assert identifiers.clean_doi(value) == DOI, value
    for kept in ("10.1000/182", "10.1016/S0140-6736(18)31320-5", "10.1000/a(b(c))", SICI, ""):
        assert identifiers.clean_doi(kept) == kept
        assert identifiers.clean_doi(f"({kept})" if kept else "") == kept
    encoded = "https://doi.org/10.1002/(SICI)1099(199908/10)3:6/7%3C672::AID%3E3.0.CO;2-8"
    assert identifiers.clean_doi(encoded) == SICI


def test_what_is_no_doi_is_refused() -> None:
    values = [
        "11.1000/1",
        "10.1/1",
        "10.1000",
        "10.1000/",
        "10.1000/a b",
        '10.1000/a"b',
        "10.1000/é",
    ]
    values += [
        "https://evil.org/10.1001/x",
        "10.1000/a%00b",
        "10.1000/a%zz",
        "doi:",
        "10.1000/.",
        "PMC1",
    ]
    refused(identifiers.clean_doi, *values, saying="not a DOI")


def test_pmc_ids_are_read_as_they_are_pasted() -> None:
    for value in [
        *("PMC4105567", "pmc4105567", "PMCID: PMC4105567", "PMCID:PMC4105567.", "PMC 4105567"),
        *("PMCID: 4105567", "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC4105567/"),
        *(
            "https://pmc.ncbi.nlm.nih.gov/articles/PMC4105567/#sec2",
            "pmc.ncbi.nlm.nih.gov/articles/4105567",
        ),
        *("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC4105567/pdf/nihms.pdf",),
        *("https://europepmc.org/article/PMC/PMC4105567", "europepmc.org/articles/PMC4105567"),
    ]:
        assert identifiers.clean_pmcid(value) == "PMC4105567", value
    assert identifiers.clean_pmcid("") == ""


def test_what_is_no_pmc_id_is_refused() -> None:
    values = ["4105567", "PMC", "PMC0", "PMC123456789", "PMID: 4105567", "PMC41O5567", "PMC１"]
    refused(identifiers.clean_pmcid, *values, saying="not a PMC ID")


def test_isbns_become_thirteen_digits() -> None:
    for value in [
        *(ISBN, "978-0-89042-555-8", "ISBN 978-0-89042-555-8", "ISBN-13: 978-0890425558."),
        *("978 0 89042 555 8", "978–0–89042–555–8", "ISBN: 0-89042-555-8", "0890425558"),
        *("ISBN-10 0890425558", "isbn 0-89042-555-8;"),
    ]:
        assert identifiers.clean_isbn(value) == ISBN, value
    assert identifiers.clean_isbn("0-8044-2957-x") == "9780804429573"
    assert identifiers.clean_isbn("") == ""


def test_an_isbn_with_a_wrong_digit_is_told_apart_from_what_is_none() -> None:
    refused(identifiers.clean_isbn, "9780890425559", "0890425557", saying="last digit does not fit")
    values = ["123", "978-0-89042-555", "97808904255580", "9770890425558", "08904X5558", "９７８"]
    refused(identifiers.clean_isbn, *values, saying="not an ISBN")


def test_icd_10_cm_codes_are_put_in_capitals() -> None:
    for value, code in [
        *((" f32.9\n", "F32.9"), ("F42", "F42"), ("C7A.00", "C7A.00"), ("U07.1", "U07.1")),
        *(("f32.a", "F32.A"), ("F68.A", "F68.A"), ("F03.B18", "F03.B18"), ("C84.Z", "C84.Z")),
        *(("T36.0X", "T36.0X"), ("T50.Z11A", "T50.Z11A"), ("W11.XXXA", "W11.XXXA")),
        *(("J09.X1", "J09.X1"), ("QA0.0101", "QA0.0101"), ("M80.08XK", "M80.08XK")),
        *(("ICD-10-CM: F60.3", "F60.3"), ("ICD-10 F60.3", "F60.3"), ("I1A.0", "I1A.0")),
    ]:
        assert codes.clean_code("ICD-10-CM", value) == code
        assert clean_icd10(value) == code


def test_what_is_no_icd_10_cm_code_is_refused() -> None:
    values = [
        "",
        "32.9",
        "F3",
        "F329",
        "F32.",
        "F32.12345",
        "F32-F33",
        "Ｆ32",
        "F99.Z",
        "FB2",
        "F3C",
    ]
    values += ["F32.O", "6A70", "F32.1.2", "F 32", "T50.9I", "S52.501Z"]
    refused(clean_icd10, *values, saying="not an ICD-10-CM code")


def test_icd_11_codes_are_stem_codes() -> None:
    for value, code in [
        *(("6A70", "6A70"), ("6b41", "6B41"), ("MG26.0", "MG26.0"), ("6A70.Z", "6A70.Z")),
        *(("6C4A.1Z", "6C4A.1Z"), ("8A80.1Z", "8A80.1Z"), ("RA01.0", "RA01.0"), ("VD00", "VD00")),
        ("ICD-11: 6D11.5", "6D11.5"),
    ]:
        assert codes.clean_code("ICD-11", value) == code
    for value in ("", "F32", "6O70", "6A7I", "66A7", "6A7", "0A00", "6A70.", "6A70.123", "6AA0"):
        with pytest.raises(ValidationError, match="not an ICD-11 code"):
            codes.clean_code("ICD-11", value)
    for value in ("XS25", "6A70&XS25", "6A70/6B41"):
        with pytest.raises(ValidationError, match="not an ICD-11 code"):
            codes.clean_code("ICD-11", value)


def test_snomed_codes_are_those_of_concepts_with_their_check_digit() -> None:
    for value in [
        *("35489007", "35489007 |Depressive disorder (disorder)|", "SCTID: 35489007"),
        *("http://snomed.info/id/35489007", " 35489007.", "SNOMED CT 35489007"),
    ]:
        assert codes.clean_code("SNOMED CT", value) == "35489007", value
    for code in ("138875005", "11000146104"):
        assert codes.clean_code("SNOMED CT", code) == code
    for value in ("35489008", "35498007"):
        with pytest.raises(ValidationError, match="digits do not fit together"):
            codes.clean_code("SNOMED CT", value)
    with pytest.raises(ValidationError, match="a description"):
        codes.clean_code("SNOMED CT", "754786014")
    for value in ("", "12345", "1" * 19, "035489007", "F32", "３５４８９００７"):
        with pytest.raises(ValidationError, match="not a SNOMED CT code"):
            codes.clean_code("SNOMED CT", value)


def test_a_system_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError, match="ICD-10-CM, ICD-11 or SNOMED CT"):
        codes.clean_code("ICD-9", "296.2")


def test_a_range_ends_in_the_same_system_after_its_start() -> None:
    for system, start, end, cleaned in [
        ("ICD-10-CM", "f30", "f39.", None),
        ("ICD-10-CM", "F30", "f39", ("F30", "F39")),
        ("ICD-10-CM", "F42", "F42.9", ("F42", "F42.9")),
        ("ICD-10-CM", "C7A", "C7B.8", ("C7A", "C7B.8")),
        ("ICD-11", "6A70", "6a7z", ("6A70", "6A7Z")),
        ("ICD-10-CM", "F42", "", ("F42", "")),
        ("SNOMED CT", "35489007", "", ("35489007", "")),
    ]:
        if cleaned:
            assert codes.clean_range(system, start, end) == cleaned
    for system, start, end, saying in [
        ("ICD-10-CM", "F39", "F30", "ends before it starts"),
        ("ICD-10-CM", "F42", "F42", "ends where it starts"),
        ("ICD-10-CM", "F30", "6A70", "not an ICD-10-CM code"),
        ("ICD-11", "6A70", "F39", "not an ICD-11 code"),
        ("SNOMED CT", "35489007", "138875005", "no ranges"),
    ]:
        with pytest.raises(ValidationError, match=saying):
            codes.clean_range(system, start, end)


@settings(max_examples=200)
@given(st.text("doi:/.,;()<>[] 10%2FPMCpmcid2398aX-?#\u00a0", max_size=30))
def test_what_was_cleaned_once_stays_as_it_is(value: str) -> None:
    for clean in (
        *(identifiers.clean_pmid, identifiers.clean_doi, identifiers.clean_pmcid),
        *(identifiers.clean_isbn, clean_icd10),
    ):
        for typed in (value, f"10.1000/{value}", f"PMC{value}"):
            try:
                cleaned = clean(typed)
            except ValidationError:
                continue
            assert clean(cleaned) == cleaned


def test_no_length_limit_of_the_form_cuts_what_is_pasted() -> None:
    form = modelform_factory(Reference, fields=["citation", "pmid", "doi", "url"])(
        {
            "citation": "\u00ad" * 600 + "Roe J. A trial.",
            "pmid": "https://pubmed.ncbi.nlm.nih.gov/23982301/",
            "doi": f"https://www.doi.org/{'%31%30'}.1000/{'a' * 190}",
            "url": " https://www.example.org/ ",
        }
    )
    assert "maxlength" not in form.as_p()
    assert form.is_valid(), form.errors
    assert form.cleaned_data["pmid"] == "https://pubmed.ncbi.nlm.nih.gov/23982301/"
    assert (form.instance.pmid, form.instance.doi) == ("23982301", f"10.1000/{'a' * 190}")
    assert form.instance.citation == "Roe J. A trial."


def test_what_is_too_long_once_cleaned_is_refused_in_words() -> None:
    form = modelform_factory(Condition, fields=["name"])({"name": "n" * 121})
    assert not form.is_valid()
    assert form.errors["name"] == ["This has 121 characters; at most 120 fit. Shorten it."]


def test_addresses_are_kept() -> None:
    for slug in ("a", "panic-disorder", "bipolar-2-depression", "a" * 80):
        assert identifiers.clean_slug(slug) == slug


def test_what_is_no_address_is_refused() -> None:
    values = ["", "-a", "a-", "a--b", "Panic", "a_b", "a/b", "a.json", "é", "a b", "a" * 81, "a\nb"]
    refused(identifiers.clean_slug, *values, saying="not an address")


def test_the_words_of_the_site_are_no_addresses() -> None:
    refused(identifiers.clean_slug, *identifiers.RESERVED_SLUGS, saying="used by the site")


def test_a_key_has_eight_characters() -> None:
    assert identifiers.clean_key("a1b2c3d4") == "a1b2c3d4"
    values = ["", "a1b2c3d", "a1b2c3d45", "A1b2c3d4", "a1b2c3d-", "a1b2c3d4\n"]
    refused(identifiers.clean_key, *values, saying="not a key")


def test_web_addresses_of_references_are_kept() -> None:
    for url in ("", "https://www.nimh.nih.gov/health?a=1&b=%20#c", "http://example.org:8080/"):
        assert identifiers.clean_url(f" {url}\n") == url


def test_a_reference_leads_to_a_web_address_only() -> None:
    values = [
        "/conditions/",
        "#a",
        "mailto:a@b.org",
        "www.example.org",
        "javascript:1",
        "https://a@b.org",
    ]
    refused(identifiers.clean_url, *values, saying=".")


def test_a_name_before_the_host_is_called_what_it_is() -> None:
    for url in ("https://a@example.org", "https://a:1@example.org"):
        assert "name before an @" in identifiers.web_fault(url)


def test_what_an_error_quotes_is_short_and_printable() -> None:
    with pytest.raises(ValidationError) as refusal:
        identifiers.clean_slug("\u202e\ud800" + "x" * 500)
    assert refusal.value.message.startswith("“??xxx")
    assert len(refusal.value.message) < 300
