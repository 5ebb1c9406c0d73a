"""Which sentences claim a review of this page: refused, flagged or free, each with the reason."""

import pytest
from django.core.exceptions import ValidationError

from conditions.models import Reference
from reviews.text import lines, review_lines

# The form of the review line: what the page would say of itself, with whom or when.
REFUSED = {
    "Last reviewed by Jane Roe": "the line itself",
    "last reviewed by jane roe": "the line in small letters",
    "LAST  REVIEWED\n by Jane Roe": "the line over two lines",
    "Last reviewed: May 31, 2026": "the line with a colon",
    "Last reviewed": "a label, its value in the next cell of a table",
    "All good. Last reviewed on May 31, 2026": "the line after a sentence",
    "Words on sleep, last reviewed on May 31, 2026.": "the line after a comma, with its day",
    "𝐋𝐚𝐬𝐭 reviewed by Jane Roe": "the line in letters of another style",
    "Last medically reviewed May 2026": "the line with an adverb",
    "Last checked by Dr. Roe on May 31": "another verb for the same",
    "Last updated on May 31, 2026": "a date of the page that nobody signed",
    "Good words. Last updated: May 31": "the same after a sentence",
    "Last updated May 2026": "the same without a preposition",
    "(Last revised 2026-05-31)": "the same in brackets",
    "Medically reviewed by Jane Roe": "the line of health sites",
    "Medically reviewed by a physician.": "the same without a name",
    "Medically reviewed on May 31": "the same with a day",
    "Medically reviewed": "the same as a label",
    "Clinically reviewed": "the same as a label",
    "Physician-reviewed.": "the same in two words",
    "Fact-checked by Jane Roe": "a fact check is the same claim",
    "Clinician review by Pat Sample, MD. January 2025.": "the line as a noun",
    "Medical review by Jane Roe, DO": "the line as a noun",
    "Medical review: Jane Roe, MD, May 2026": "the line as a noun with a colon",
    "Medical reviewer: Jane Roe": "the reviewer as a label",
    "Reviewer: Jane Roe, MD": "the reviewer as a label",
    "Reviewed by Dr. Roe": "somebody with a title",
    "Reviewed by Jane Roe.": "a name, and nothing else",
    "Reviewed by Jane Roe, MD, on May 31, 2026": "a name, credentials, a day",
    "Reviewed by: the clinic": "a label",
    "Reviewed by our medical team.": "the clinic's own people",
    "Reviewed\nMay 31, 2026": "a label and its day in two cells",
    "Reviewed on May 31, 2026": "a day",
    "Approved by Jane Roe, MD": "approval by a physician",
    "Checked by Dr. Roe in May 2026.": "checked, by whom and when",
    "Written and reviewed by Jane Roe, MD": "authorship and review in one",
    "Signed by Jane Roe, MD, on May 31, 2026": "a signature is made by signing",
    "Page last reviewed: 3 May 2026": "names the page",
    "Page updated May 31, 2026": "names the page",
    "Updated: May 2026": "the same without “last”",
    "Medical content reviewed by Jane Roe, MD, FAPA": "names what is on the page",
    "Accurate as of May 2026": "a day of the page",
    "Reviewed and approved by Jane Roe, MD": "two verbs for one claim",
    "Reviewed 5/2026": "a month in digits",
    "Medical review completed by Jane Roe, MD in January 2025.": "the line as a noun",
    "Jane Roe, MD, reviewed and approved this page.": "says it of this page",
    "A psychiatrist reviewed this page on May 31, 2026.": "says it of this page, with its day",
    "Date reviewed: May 31": "the day as a label",
    "Date of last review: May 31": "the day as a label",
    "Review date: May 31": "the day as a label",
    "Next review due: May 31": "the next day is computed, never typed",
    "Last medical review: May 31": "the day as a label",
    "This page was last reviewed in May": "says it of this page",
    "This page is medically-reviewed.": "says it of this page",
    "This page was reviewed.": "says it of this page, without anybody",
    "This article has been reviewed by our team": "says it of this page",
    "The text was reviewed by Dr Roe": "the text is this page's",
    "Everything on this page was checked by Jane Roe, MD.": "says it of this page",
    "The information on this page has been verified by a psychiatrist.": "says it of this page",
    "Note: this article was approved by Dr. Roe.": "says it of this page",
    "Not only was this page reviewed by Dr. Roe, it is short.": "“not only” denies nothing",
    "Dr. Roe reviewed this page in May.": "says it of this page, the other way round",
    "Jane Roe, MD, has checked this article.": "says it of this page, the other way round",
    "Our physicians reviewed this page on May 31, 2026.": "the clinic's own people",
    "This page is current as of May 31, 2026.": "a date of this page",
    "Revisado por la Dra. Roe": "the line in Spanish",
    "Última revisión: 31 de mayo de 2026": "the line in Spanish",
    "Esta página fue revisada por Jane Roe, MD.": "says it of this page in Spanish",
}

# It may speak of this page, or of its review: editor and physician are shown it.
FLAGGED = {
    "It was reviewed by Jane Roe, MD.": "what “it” is, only a reader can tell",
    "This page is reviewed every year.": "a promise about this page, not the line",
    "Our articles are reviewed by physicians before you read them.": "a promise about all pages",
    "All content on this site is checked by our medical team.": "a promise about all pages",
    "This list was last updated in 2024.": "a list may be this page, or a source's",
    "A physician has reviewed this page.": "says it of this page, of nobody in particular",
    "Has this page been reviewed by a physician?": "a question whose answer may be the claim",
    "Below it says when this page was last reviewed.": "points to the line, claims nothing",
    "Reviewed by Cochrane Collaboration authors in 2019, ketamine helped.": "a study, most likely",
    "We checked these facts in May 2026.": "may be the facts of this page",
    "This page was checked for spelling.": "checked, but not for what it says",
    "We review this page every year.": "a promise about this page",
    "Our medical team reviews every page each year.": "a promise about all pages",
    "Reviewed regularly by our physicians.": "a promise, of what it does not say",
    "Information reviewed by experts.": "may be this page's information",
}

# Nothing is claimed about this page.
FREE = {
    "Ask again in four weeks, at the clinic.": "names the clinic and no check",
    "The clinic’s number stands below.": "the same at the beginning",
    "Your plan is reviewed by your therapist every month.": "a plan is reviewed",
    "Your plan is reviewed by Dr. Roe every month.": "a plan is reviewed",
    "Your information is reviewed by a clinician; do not send it by mail.": "a patient's own",
    "Your plan is reviewed by your therapist, do not stop it yourself.": "a plan is reviewed",
    "Reviewed by your therapist, the plan can change.": "a plan is reviewed",
    "This page is a sample, not reviewed by a practicing physician.": "a denial",
    "This sample page has not been reviewed by a practicing physician.": "a denial",
    "It has not been medically reviewed.": "a denial",
    "No physician has reviewed this page.": "a denial",
    "This page hasn’t been reviewed by anybody.": "a denial",
    "The guideline was last updated in 2023.": "a guideline's date",
    "Approved by the FDA in 2019, esketamine is given at a certified site.": "a medicine",
    "Approved by Health Canada in 2020, esketamine is a spray.": "a medicine",
    "Ketamine is not approved by the FDA for depression.": "a medicine",
    "Approved on March 5, 2019, esketamine is a spray.": "a medicine",
    "Approved: esketamine. Off-label: ketamine.": "medicines",
    "Approved\nMarch 2019": "two cells of a table of medicines",
    "Reviewed in 2019 by the FDA, the drug was approved.": "a medicine",
    "Reviewed: the evidence for ketamine": "a heading",
    "Checked: blood pressure, pulse": "a list",
    "Next review in March: we look at your scores.": "an appointment",
    "The date of your review is agreed with you.": "an appointment",
    "Last checked, your blood pressure was high.": "a measurement",
    "This information was provided by Jane Roe, MD.": "says who gave it, not who reviewed",
    "Each dose is checked by a nurse.": "a dose",
    "Your blood pressure was last checked by Dr. Roe.": "a measurement",
    "Blood tests, last checked by your pharmacist, go with you.": "a measurement",
    "Since your last review, has anything changed?": "a patient's review",
    "Next review with your therapist: bring your notes.": "an appointment",
    "The study was peer-reviewed by three experts.": "a study",
    "The protocol was approved by the ethics board in May 2024.": "a study",
    "We reviewed 40 trials.": "trials",
    "A review by the Cochrane group found 12 trials.": "a study",
    "Clinical review: what the trials show": "a heading",
    "Look for medically reviewed websites.": "advice on other sites",
    "Your doctor reviewed your records.": "records",
    "Ask who checked the dose, and when.": "a dose",
    "Medication reviews happen every May.": "appointments",
    "Have your license verified by the state board.": "a license",
    "The diagnosis is verified by Dr. Roe and her team.": "a diagnosis",
    "El plan fue revisado por su terapeuta.": "a plan, in Spanish",
}

CITATIONS_FREE = {
    "NIMH. Depression. Revised 2024, last reviewed March 4, 2024.": "the source's date",
    "WebMD. Depression. Medically reviewed by Jane Roe, MD on March 4, 2024.": "the source's line",
    "MedlinePlus. Panic disorder. Review date: 4/30/2024. By Jane Roe, MD.": "the source's",
    "Roe J. Ketamine in depression: a review. JAMA. Updated August 2, 2018.": "the source's date",
    "Roe J. Clinical review: Bipolar disorder. BMJ. 2012;345:e8508.": "a title",
    "NHS. Page last reviewed: 3 May 2024; next review due: 3 May 2027.": "the source's date",
}
CITATIONS_REFUSED = {
    "Last reviewed by Jane Roe, MD on May 31, 2026.": "there is no source before it",
    "Medically reviewed by Jane Roe, MD": "there is no source before it",
    "NIMH. Depression. This page was last reviewed on May 31, 2026 by Dr. Roe.": "this page's",
}


def _is_refused(text: str, *, citation: bool = False) -> bool:
    try:
        review_lines.check_no_review_line(text, citation=citation)
    except ValidationError:
        return True
    return False


def test_what_has_the_form_of_the_review_line_is_refused() -> None:
    assert [text for text in REFUSED if not _is_refused(text)] == []


def test_what_may_claim_a_review_of_this_page_is_flagged_and_not_refused() -> None:
    assert [text for text in FLAGGED if _is_refused(text)] == []
    assert [text for text in FLAGGED if review_lines.doubtful_sentences(text) != [text]] == []


def test_what_claims_nothing_about_this_page_is_free() -> None:
    assert [text for text in FREE if _is_refused(text)] == []
    assert [text for text in FREE if review_lines.doubtful_sentences(text)] == []


def test_a_citation_may_carry_its_source_s_dates_and_reviewers() -> None:
    assert [text for text in CITATIONS_FREE if _is_refused(text, citation=True)] == []
    assert [text for text in CITATIONS_REFUSED if not _is_refused(text, citation=True)] == []


def test_the_citation_of_a_reference_carries_its_source_s_day_and_its_note_does_not() -> None:
    citation = "NIMH. Depression. Revised 2024, last reviewed March 4, 2024."
    field = Reference._meta.get_field("citation")
    assert field.clean(citation, None) == citation
    with pytest.raises(ValidationError, match="take it out"):
        Reference._meta.get_field("note").clean("Last reviewed March 4, 2024.", None)


def test_only_the_doubtful_sentence_of_a_text_is_flagged() -> None:
    text = (
        "Dr. Roe sees you. It was reviewed by J. Roe, M.D. in May. Sleep well.\nThis page is short."
    )
    assert review_lines.doubtful_sentences(text) == ["It was reviewed by J. Roe, M.D. in May."]


def test_the_refusal_quotes_what_was_found_and_says_what_to_do() -> None:
    with pytest.raises(ValidationError) as refusal:
        review_lines.check_no_review_line("Sleep is good. Medically reviewed by Jane Roe, MD.")
    assert refusal.value.message == (
        "The review line is made by the site from the signature; take it out. "
        "Found: “Medically reviewed by Jane Roe, MD”."
    )


def test_a_line_and_each_of_several_lines_refuse_a_forged_review_line() -> None:
    for clean in (lines.clean_line, lines.clean_lines):
        with pytest.raises(ValidationError, match="take it out"):
            clean("Last reviewed by Jane Roe", maximum=100)


def test_a_long_text_is_read_in_linear_time() -> None:
    review_lines.check_no_review_line("This page was " + "reviewed not by " * 4000)
    for piece in ("A. ", "last, last reviewed ", "Jane Roe ", "the text ", "May 3 2026 ", "x\n"):
        text = piece * (60_000 // len(piece))
        review_lines.check_no_review_line(text)
        review_lines.doubtful_sentences(text)
