"""The made-up pages of the story, as documents of schema 1: every part, every kind of row."""

from __future__ import annotations

from typing import Any

from conditions import document


def rich(*paragraphs: str) -> str:
    return "".join(f"<p>{words}</p>" for words in paragraphs)


# Every tag that rich text of schema 1 may hold, every form of link, and signs that need care.
EVERY_TAG = (
    "<h3>How it is <em>measured</em></h3>"
    "<p>A level under 5 &lt; 7 &amp; rising means <strong>call <em>today</em></strong>; "
    "H<sub>2</sub>O and 10<sup>9</sup>/L are units.<br>A new line, “quoted”, naïve, 测量, 🌱.</p>"
    "<h4>Steps</h4>"
    "<ol><li><p>First, rest.</p></li><li><p>Then:</p><ul><li><p>drink</p></li>"
    "<li><p>sleep</p></li></ul></li></ol>"
    "<hr>"
    "<blockquote><p>Not every tremor is examplosis.</p></blockquote>"
    '<p>Read <a href="https://example.org/a?b=1&amp;c=2#d">a leaflet</a>, '
    '<a href="http://example.com/">an old page</a>, <a href="/how-we-review/">how we review</a> '
    'or <a href="#safety">the risks</a>; write to '
    '<a href="mailto:hello@example.org?subject=Examplosis">us</a>, '
    '<a href="tel:+1-555-0100">call</a> or <a href="sms:+15550100">text</a>.</p>'
)


def words(slug: str, name: str, **parts: Any) -> dict[str, Any]:
    """A document of schema 1 that has what a submission needs, and the parts that are given."""
    given: dict[str, Any] = {
        "schema": 1,
        "lang": "en",
        "translation_of": "",
        "slug": slug,
        "name": name,
        "stance": "not_treated",
        "headline": f"We do not treat {name.lower()} with ketamine.",
        "summary": rich(f"{name} is made up. Rest and time are what helps."),
        "disclaimer": "A made-up page. It does not replace care from a professional.",
        "review_interval_months": 12,
        "clinic": "Tovani",
        "treatment": "ketamine therapy",
        **parts,
    }
    given["labels"] = document.labels(given["stance"])
    lists = (*document.ROWS, *document.LISTS)
    return {key: given.get(key, [] if key in lists else "") for key in document.KEYS}


FULL = words(
    "examplosis",
    "Examplosis",
    also_known_as=["EX", "Sample tremor", "Zürich cough", "Ex-plosis (type B)"],
    icd10=["F60.3", "F32.A", "R25.1", "F32.89"],
    stance="sometimes",
    headline="Some people with examplosis are offered ketamine here; most need something else.",
    summary=rich(
        "<strong>Examplosis is treatable.</strong> Most people get better within 12 weeks.",
        "This is a made-up page with every part that a page can have.",
    ),
    crisis_notice=rich("If the tremor comes with thoughts of suicide, call <strong>988</strong>."),
    key_points=[
        {"key": "kp000001", "text": rich("Start low: <strong>12.5 mg</strong>, not 125 mg.")},
        {"key": "kp000002", "text": rich("It is nobody’s fault.")},
        {"key": "kp000003", "text": "<ul><li><p>Sleep</p></li><li><p>Walk</p></li></ul>"},
    ],
    definition=EVERY_TAG,
    sections=[
        {"key": "sec00001", "heading": "Who gets it", "body": rich("Anybody: 1 in 1,000.")},
        {
            "key": "sec00002",
            "heading": "Tests & <calibration>",
            "body": rich("A calibration takes 20–30 minutes; the result is ±5 %."),
        },
    ],
    differentials=[
        {
            "key": "dif00001",
            "label": "Borderline personality disorder",
            "condition": "borderline-personality-disorder",
            "text": rich("There the feelings shift, here the hands do."),
        },
        {
            "key": "dif00002",
            "label": "Specimen disorder",
            "condition": "specimen-disorder",
            "text": rich("It has no cough."),
        },
        {"key": "dif00003", "label": "A common cold", "condition": "", "text": rich("Shorter.")},
    ],
    treatments=[
        {"key": "trt00001", "name": "Rest", "text": rich("Two weeks of it.")},
        {"key": "trt00002", "name": "Samplezine", "text": rich("25 mg at night, then 50 mg.")},
        {"key": "trt00003", "name": "Group walking", "text": rich("Every week for 3 months.")},
    ],
    when_treatments_fail=rich("Ask for a second opinion after 8 weeks."),
    where_it_fits=rich("Only for depression that comes along with it and has resisted two drugs."),
    where_we_fit=rich("We treat the depression; your own doctor treats the examplosis."),
    safety=rich(
        "Ketamine is <em>not</em> approved by the FDA for examplosis.",
        "It raises blood pressure for about 2 hours.",
    ),
    next_steps='<ol><li><p>Call your doctor.</p></li><li><p>Bring <a href="/conditions/">a '
    "list</a>.</p></li></ol>",
    questions=[
        {"key": "que00001", "question": "Does it pass by itself?", "answer": rich("Often.")},
        {
            "key": "que00002",
            "question": "May I drive?",
            "answer": rich("Not on the day of treatment.", "The day after, if you slept."),
        },
    ],
    references=[
        {
            "key": "ref00001",
            "citation": "Sample A, Example B. Rest in examplosis. J Made Up Med. 2019;1:1–9.",
            "note": "For the 12 weeks.",
            "pmid": "31112383",
            "doi": "10.1000/182",
            "url": "https://www.example.org/rest?id=1&part=2",
        },
        {
            "key": "ref00002",
            "citation": "Guideline group. Examplosis <adults>. 2021.",
            "note": "",
            "pmid": "",
            "doi": "10.1001/archpsyc.63.8.856",
            "url": "",
        },
        {
            "key": "ref00003",
            "citation": "Only a number.",
            "note": "",
            "pmid": "7",
            "doi": "",
            "url": "",
        },
        {
            "key": "ref00004",
            "citation": "Only an address.",
            "note": "Read in 2025.",
            "pmid": "",
            "doi": "",
            "url": "http://example.com/paper",
        },
        {
            "key": "ref00005",
            "citation": "Only words: a book, 3rd edition.",
            "note": "",
            "pmid": "",
            "doi": "",
            "url": "",
        },
    ],
    meta_description="Examplosis in plain words: what helps, and when ketamine is an option.",
    review_interval_months=18,
)

SPANISH = words(
    "ejemplosis",
    "Ejemplosis",
    lang="es",
    translation_of="examplosis",
    also_known_as=["Temblor de muestra"],
    icd10=["R25.1"],
    stance="treated",
    headline="Lo que ayuda con la ejemplosis es el descanso, y a veces la ketamina.",
    summary=rich("La ejemplosis mejora en unas doce semanas. ¿Qué hacer mientras tanto? Descanse."),
    key_points=[{"key": "kpes0001", "text": rich("Empiece con <strong>12,5 mg</strong>.")}],
    questions=[
        {"key": "quees001", "question": "¿Se cura sola?", "answer": rich("Muchas veces sí.")}
    ],
    disclaimer="Una página inventada. No sustituye la atención de un profesional.",
    meta_description="La ejemplosis en palabras sencillas.",
    review_interval_months=24,
)

# A sign that later schemas give a meaning; here it is nothing but letters.
LITERAL = words(
    "literal-reference",
    "Literal reference",
    summary=rich("Somebody typed [ref:abcdefgh] and [ref:zzzzzzzz] into a text."),
    definition=rich("So it stands: [ref:abcdefgh]. Twice: [ref:abcdefgh]."),
    references=[
        {
            "key": "abcdefgh",
            "citation": "A source whose key stands in the text.",
            "note": "See [ref:abcdefgh].",
            "pmid": "31112383",
            "doi": "",
            "url": "",
        }
    ],
)


def simple(slug: str, **parts: Any) -> dict[str, Any]:
    return words(
        slug,
        slug.replace("-", " ").capitalize(),
        **{
            "icd10": ["F41.1", "F41.9"],
            "also_known_as": [slug.title()],
            "key_points": [{"key": "kpsimple", "text": rich("One point.")}],
            "references": [
                {
                    "key": "refsimpl",
                    "citation": "One source. 2020.",
                    "note": "",
                    "pmid": "23982301",
                    "doi": "",
                    "url": "",
                }
            ],
            **parts,
        },
    )
