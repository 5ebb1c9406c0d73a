"""What belongs into each part of a draft, for whoever writes it: one sentence and one example."""

from typing import NamedTuple


class Guidance(NamedTuple):
    """A sentence about a part, and an example of how it may read ("" where none helps)."""

    says: str
    example: str = ""


# By the key of the part; a test asks that each part of the form is here.
GUIDANCE: dict[str, Guidance] = {
    "name": Guidance(
        "What the condition is called, as patients would look for it.", "Panic disorder"
    ),
    "slug": Guidance(
        "The last part of the page’s address: lowercase words with hyphens.", "panic-disorder"
    ),
    "also_known_as": Guidance("Other names, one on each line.", "Panic attacks"),
    "codes": Guidance("Diagnostic codes, for clinicians and search engines.", "ICD-10-CM F41.0"),
    "headline": Guidance(
        "One honest sentence about the clinic and this condition.",
        "Therapy and SSRIs come first; what we offer is not for panic disorder alone.",
    ),
    "stance": Guidance("Whether the clinic’s treatment is offered for this condition."),
    "summary": Guidance(
        "A few sentences. Where the clinic does not treat it, say first what helps.",
        "Panic attacks are frightening and very treatable. Most people get better with therapy.",
    ),
    "crisis_notice": Guidance(
        "Only what this condition needs besides the crisis card, which stands on every page.",
        "Chest pain that is new to you is an emergency: call 911.",
    ),
    "warnings": Guidance(
        "What must not be missed, in a box. Changing one later needs a full review.",
        "Do not stop benzodiazepines at once",
    ),
    "key_points": Guidance(
        "What somebody should know who reads nothing else, one sentence each.",
        "Seven of ten people are better after three months of therapy.",
    ),
    "definition": Guidance(
        "What clinicians mean by it, and how it is diagnosed, in plain words.",
        "Repeated attacks that come unexpectedly, and a month or more of worry about the next.",
    ),
    "sections": Guidance(
        "Whatever deserves a heading of its own and fits nowhere else.", "Panic at night"
    ),
    "differentials": Guidance(
        "What it is mistaken for, and how to tell them apart.",
        "Overactive thyroid: a blood test shows it.",
    ),
    "treatments": Guidance(
        "What is tried first, the best supported one at the top.",
        "Cognitive behavioral therapy: 12 to 16 weekly sessions.",
    ),
    "when_treatments_fail": Guidance(
        "What comes next when two good tries did not help enough.",
        "Check the diagnosis, the dose and the time it was given, then combine both.",
    ),
    "where_it_fits": Guidance(
        "What is known of the clinic’s treatment for this condition, with sources.",
        "There are no controlled trials in panic disorder [ref:KEY].",
    ),
    "where_we_fit": Guidance(
        "Whom the clinic sees, whom it does not, and where those find help.",
        "We see people whose depression comes with panic. For panic alone we refer.",
    ),
    "safety": Guidance(
        "Risks, who must not have it, and what it is approved for.",
        "It raises blood pressure for about two hours. It is not approved for panic disorder.",
    ),
    "next_steps": Guidance(
        "What somebody can do today, this week, and if it gets worse.",
        "Ask your primary care clinician for a referral to a therapist.",
    ),
    "questions": Guidance(
        "What patients ask, in their words, each with a short answer.",
        "Can a panic attack harm my heart?",
    ),
    "references": Guidance(
        "The sources that the page rests on, each with a PMID, a DOI or an address.",
        "Craske MG, Stein MB. Anxiety. Lancet. 2016;388:3048–3059.",
    ),
    "disclaimer": Guidance("What the page is not. The clinic’s own words stand here at first."),
    "lang": Guidance("The language that the page is written in, such as en or es.", "en"),
    "translation_of": Guidance(
        "The address of the page that this one translates, if any.", "panic-disorder"
    ),
    "meta_description": Guidance(
        "One sentence for search engines, 160 characters at most.",
        "What panic disorder is, what helps, and when to get help, reviewed by a physician.",
    ),
    "review_interval_months": Guidance(
        "After how many months the whole page is due for review again.", "12"
    ),
}
