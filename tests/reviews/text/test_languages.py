"""A language is a tag of BCP 47; its direction and its locale follow from the tag."""

import pytest
from django.core.exceptions import ValidationError

from conditions.models import Condition
from reviews.text import languages


def test_a_tag_is_put_in_its_usual_case() -> None:
    for typed, tag in {
        " en ": "en",
        "EN-us": "en-US",
        "es_mx": "es-MX",
        "ZH-HANT-tw": "zh-Hant-TW",
        "es-419": "es-419",
        "CKB": "ckb",
        "sr-latn": "sr-Latn",
        "e\u00adn": "en",
        "": "",
    }.items():
        assert languages.clean_lang(typed) == tag


def test_what_is_no_tag_is_refused_with_an_example() -> None:
    for typed in [
        "x y",
        "e",
        "english",
        "en-",
        "-en",
        "en-USA",
        "en-U",
        "en US",
        "en-US-x",
        "ｅｎ",
    ]:
        with pytest.raises(ValidationError, match="Write one such as en, es or zh-Hant-TW"):
            languages.clean_lang(typed)


def test_the_language_of_a_page_is_a_tag() -> None:
    field = Condition._meta.get_field("lang")
    assert field.clean("ES-us", None) == "es-US"
    for typed in ("x y", ""):
        with pytest.raises(ValidationError):
            field.clean(typed, None)


def test_a_language_s_direction_follows_its_script() -> None:
    for tag in [
        "ar",
        "he",
        "fa-IR",
        "ur",
        "ps",
        "sd",
        "ug",
        "yi",
        "dv",
        "ckb",
        "az-Arab",
        "en-Hebr",
    ]:
        assert languages.direction(tag) == "rtl", tag
    for tag in ["pa-PK", "ku-IQ", "AR-eg", "syr", "ff-Adlm", "arz"]:
        assert languages.direction(tag) == "rtl", tag
    for tag in ["en", "es", "", "ar-Latn", "pa-IN", "ku", "zh-Hant", "uz", "sd-Deva", "x y"]:
        assert languages.direction(tag) == "ltr", tag


def test_a_locale_has_a_language_and_a_territory_or_is_absent() -> None:
    for tag, locale in {
        "en": "en_US",
        "es": "es_US",
        "en-GB": "en_GB",
        "pt-BR": "pt_BR",
        "zh-Hant-TW": "zh_TW",
        "ja": "ja_JP",
        "zh": "",
        "ar": "",
        "fr": "",
        "es-419": "",
        "x y": "",
        "": "",
    }.items():
        assert languages.locale(tag) == locale
