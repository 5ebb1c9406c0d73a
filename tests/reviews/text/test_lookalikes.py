"""Letters and digits that look like others are named by the word they stand in."""

from reviews.text import lookalikes


def test_a_word_of_mixed_scripts_is_named_with_what_is_odd() -> None:
    for text, word, odd in [
        ("Dr. P\u0430t Sample", "P\u0430t", "Latin and Cyrillic letters: \u0430 is Cyrillic."),
        ("\u0420\u0430t", "\u0420\u0430t", "Cyrillic and Latin letters: t is Latin."),
        ("Ket\u03b1mine", "Ket\u03b1mine", "Latin and Greek letters: \u03b1 is Greek."),
        ("\u0391bout", "\u0391bout", "Latin and Greek letters: \u0391 is Greek."),
        (
            "S\u0430l\u0435, MD",
            "S\u0430l\u0435",
            "Latin and Cyrillic letters: \u0430, \u0435 are Cyrillic.",
        ),
        ("\u0456buprofen", "\u0456buprofen", "Latin and Cyrillic letters: \u0456 is Cyrillic."),
        ("Sam\u13a0le", "Sam\u13a0le", "Latin and Cherokee letters: \u13a0 is Cherokee."),
    ]:
        assert lookalikes.look_alikes(text) == [f"“{word}” mixes {odd}"], text


def test_a_word_all_of_letters_that_look_latin_is_named() -> None:
    assert lookalikes.look_alikes("\u0430\u0441\u0435 of the clinic") == [
        "“\u0430\u0441\u0435” is written in Cyrillic letters that look Latin, among Latin words."
    ]
    assert lookalikes.look_alikes("\u0441\u0430\u0445\u0430\u0440 — это сахар") == []


def test_digits_of_other_scripts_and_wide_letters_are_named() -> None:
    for text, word, odd in [
        ("Take \uff15 mg", "\uff15", "the digit \uff15, which is not the plain 5."),
        ("Take \u0665 mg", "\u0665", "the digit \u0665, which is not the plain 5."),
        ("1\u09ea mg", "1\u09ea", "the digit \u09ea, which is not the plain 4."),
        ("\U0001d7d3 mg", "\U0001d7d3", "the digit \U0001d7d3, which is not the plain 5."),
        ("\uff2d\uff24", "\uff2d\uff24", "wide letters; the plain ones are MD."),
        ("\U0001d40c", "\U0001d40c", "letters of a special style; the plain ones are M."),
    ]:
        assert lookalikes.look_alikes(text) == [f"“{word}” has {odd}"], text


def test_ordinary_writing_is_not_named() -> None:
    for text in [
        "β-blocker, μg, \u00b5g, α₂-agonist, 5-HT₂A, Δ9-THC, γ-aminobutyric acid, Ω, TNF-α, IFNγ",
        "αβγ, β2, Aβ42, Aβ, p‑value χ² = 4.1, IL‑1β, μ-opioid, NF‑κB, Δ, ΔFosB, PPARγ, βhCG",
        "Trầm cảm kháng điều trị, Storebø, naïve, Straße, Łódź, Ẹ̀kọ́",
        "Печаль и сон; Іванна, Пётр",
        "うつ病の治療にケタミンを使うSSRI療法、５０ｍｇ",
        "抑郁症的SSRI治疗 5毫克",
        "우울증 치료 SSRI를",
        "الصحة النفسية SSRI",
        "Ψυχοθεραπεία με κεταμίνη",
        "שָׁלוֹם, मानसिक स्वास्थ्य",
        "½ tablet, 10² m², №5, ™, ①, 20°C, x³, H₂O, 1º, 2ª, Ⅱ",
        "C-PTSD covid-19 naïve André’s",
        "",
    ]:
        assert lookalikes.look_alikes(text) == [], text


def test_digits_of_the_text_s_own_script_are_not_named() -> None:
    assert lookalikes.look_alikes("الجرعة ٥ ملغ يوميا") == []
    assert lookalikes.look_alikes("मात्रा ५ मिलीग्राम") == []


def test_each_odd_word_is_named_once_and_a_flood_is_counted() -> None:
    assert len(lookalikes.look_alikes("P\u0430t P\u0430t")) == 1
    flood = " ".join(f"P\u0430t{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(100))
    named = lookalikes.look_alikes(flood)
    assert len(named) == 21
    assert named[-1] == "There are 80 more words like these."


def test_a_host_is_shown_in_ascii_with_what_is_odd() -> None:
    for typed, ascii_host in {
        "www.example.org": "www.example.org",
        "p\u0430ypal.com": "xn--pypal-4ve.com",
        "XN--PYPAL-4VE.com": "xn--pypal-4ve.com",
        "m\u00fcnchen.de": "xn--mnchen-3ya.de",
        "\u65e5\u672c.jp": "xn--wgv71a.jp",
    }.items():
        assert lookalikes.host_in_ascii(typed) == ascii_host
    assert lookalikes.host_look_alikes("www.example.org") == []
    assert lookalikes.host_look_alikes("xn--pypal-4ve.com") == [
        "“xn--pypal-4ve.com” reads “p\u0430ypal.com”: "
        "“p\u0430ypal” mixes Latin and Cyrillic letters: \u0430 is Cyrillic."
    ]
    assert lookalikes.host_look_alikes("m\u00fcnchen.de") == [
        "“xn--mnchen-3ya.de” reads “münchen.de”."
    ]
    assert lookalikes.host_look_alikes("xn--a.com") == ["“xn--a.com” cannot be read."]
