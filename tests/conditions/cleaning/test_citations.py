"""A reference that is pasted in any common form fills the fields of a row."""

from __future__ import annotations

from typing import Any

from conditions.cleaning.citations import read

CITATION = "Doe J, Roe R. A made-up trial of sleep. J Made Up. 2020;12(3):45-50."
WHOLE = {"citation": CITATION, "pmid": "12345", "doi": "10.1000/made.up"}
NBIB = """PMID- 12345
OWN - NLM
TI  - A made-up trial
      of sleep.
LID - 10.1000/made.up [doi]
PG  - 45-50
VI  - 12
IP  - 3
DP  - 2020 Mar
FAU - Doe, Jane
AU  - Doe J
AU  - Roe R
TA  - J Made Up
AID - S1-2 [pii]
"""
RIS = """TY  - JOUR
AU  - Doe, Jane
AU  - Roe, R.
TI  - A made-up trial of sleep
J2  - J Made Up
PY  - 2020/03//
VL  - 12
IS  - 3
SP  - 45
EP  - 50
DO  - 10.1000/made.up
DB  - PubMed
AN  - 12345
ER  -
"""
BIBTEX = """@article{doe2020,
  author = {Doe, Jane and Roe, Richard},
  title = "A made-up trial of {sleep}",
  journal = {J Made Up}, year = 2020, volume = {12}, number = {3},
  pages = {45--50}, pmid = {12345}, doi = {https://doi.org/10.1000/made.up}
}
"""


def test_every_form_fills_the_same_fields(case: Any) -> None:
    for text in (NBIB, RIS, BIBTEX):
        with case(text=text):
            assert [one.fields for one in read(text)] == [WHOLE]
            assert [one.fields for one in read(f"{text}\n{text}".replace("\n", "\r\n"))] == [
                WHOLE,
                WHOLE,
            ]
    for line in (
        f"1. {CITATION} doi:10.1000/made.up. PMID: 12345.",
        f"{CITATION} https://doi.org/10.1000/made.up PMID: 12345",
    ):
        with case(line=line):
            assert [one.fields for one in read(line)] == [WHOLE]


def test_an_identifier_alone_fills_its_field_and_nothing_is_made_up(case: Any) -> None:
    for text, fields in {
        "PMID: 12345": {"pmid": "12345"},
        "12345": {"pmid": "12345"},
        "https://doi.org/10.1000/made.up": {"doi": "10.1000/made.up"},
        "PMC1234567": {"pmcid": "PMC1234567"},
    }.items():
        with case(text=text):
            assert [one.fields for one in read(text)] == [fields]
    assert read(" \n ") == []


def test_a_list_is_as_many_references_and_no_word_of_them_goes() -> None:
    apa = "Doe, J., & Roe, R. (2020). A made-up trial. Journal of Made Up, 12(3), 45–50."
    numbered = f"1. {CITATION}\n2. {apa} https://doi.org/10.1000/x.1\n[3] Third\n   goes on."

    found = read(numbered)

    assert [one.fields["citation"] for one in found] == [CITATION, apa, "Third goes on."]
    assert found[1].fields["doi"] == "10.1000/x.1"
    assert len(read("\n\n".join([NBIB.strip()] * 30))) == 30


def test_an_identifier_that_is_none_stays_in_the_citation_and_is_told() -> None:
    (found,) = read("A book. ISBN 978-0-306-40615-8.")

    assert "ISBN 978-0-306-40615-8" in found.fields["citation"]
    assert "last digit does not fit" in found.left[0]
