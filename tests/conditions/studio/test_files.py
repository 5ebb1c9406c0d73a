"""A draft out as a file and in from one, and references that are pasted into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from conditions import exchange
from conditions.models import Condition
from reviews.models import Contribution

BACKEND = "django.contrib.auth.backends.ModelBackend"
ADMIN = "/admin/conditions/condition/"


@pytest.fixture
def client(editor: User) -> Client:
    client = Client()
    client.force_login(editor, backend=BACKEND)
    return client


def test_a_page_goes_out_as_a_file_and_comes_in_as_the_same(
    client: Client, condition: Condition
) -> None:
    exported = client.get(f"{ADMIN}{condition.pk}/export/").content
    assert exported.decode() == exchange.dump(condition)
    Condition.objects.update(headline="Other.")

    sent = client.post(f"{ADMIN}import/", {"file": SimpleUploadedFile("a.json", exported)})

    assert (sent.status_code, sent["Location"]) == (302, f"{ADMIN}{condition.pk}/change/")
    assert exchange.dump(condition).encode() == exported


def test_a_faulty_file_is_refused_as_the_command_refuses_it(
    client: Client, condition: Condition, case: Any
) -> None:
    before = exchange.dump(condition)
    for content, told in {
        b"{": "is not a JSON document",
        b"\xff": "is not UTF-8",
        before.replace('"not_treated"', '"maybe"').encode(): "stance: ",
    }.items():
        with case(told=told):
            file = SimpleUploadedFile("a.json", content)
            sent = client.post(f"{ADMIN}import/", {"file": file})
            assert sent.status_code == 422
            assert told in sent.content.decode()
            assert exchange.dump(condition) == before


def test_thirty_pasted_references_are_one_save_and_a_faulty_one_saves_none(
    client: Client, condition: Condition, editor: User
) -> None:
    lines = [f"{n}. Doe J. Trial {n}. J Made Up. 2020;1:{n}. PMID: 1000{n}" for n in range(1, 31)]
    page, before = f"{ADMIN}{condition.pk}/references/", Contribution.objects.count()

    refused = client.post(page, {"text": "\n".join([*lines, "31. " + "x" * 600])})
    assert refused.status_code == 422
    assert "references[30].citation" in refused.content.decode()
    assert condition.references.count() == 0
    assert client.post(page, {"text": "\n".join(lines)}).status_code == 302

    last = condition.references.last()
    assert (last.citation, last.pmid) == ("Doe J. Trial 30. J Made Up. 2020;1:30.", "100030")
    assert condition.references.count() == 30
    assert Contribution.objects.count() == before + 1


def test_the_command_takes_many_files_and_says_which_were_refused(
    condition: Condition, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = exchange.dump(condition)
    for name, text in {
        "one": whole.replace("sample-condition", "one"),
        "bad": "{",
        "two": whole.replace("sample-condition", "two"),
    }.items():
        (tmp_path / f"{name}.json").write_text(text)
    files = [str(tmp_path / f"{name}.json") for name in ("one", "bad", "two")]

    with pytest.raises(CommandError, match="2 of 3 files were imported"):
        call_command("import_condition", *files, by="editor")

    printed = capsys.readouterr()
    assert "3 of 3: two.json" in printed.out
    assert "bad.json is not a JSON document" in printed.err
    assert set(Condition.objects.values_list("slug", flat=True)) >= {"one", "two"}
