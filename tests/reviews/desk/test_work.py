"""Your work: everybody sees what waits for them, in the words of the job."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conditions.models import Condition
from reviews import clock, workflow
from reviews.desk import work
from reviews.desk.sections import Section
from reviews.models import Event, Letter, License, Reviewer, SignOff, Submission
from tests import cast, crowd
from tests.reviews.every_verb import tampering

DESK = "/admin/reviews/submission/"


def sections(user: User) -> dict[str, Section]:
    """What waits for somebody now, by the key of each section."""
    found = work.sections_for(User.objects.get(pk=user.pk), clock.now())
    return {section.key: section for section in found}


def told(section: Section) -> list[str]:
    """The lines of a section, each as its words."""
    return [
        " · ".join(part for part in (line.what, line.late, *line.facts, line.why) if part)
        for line in section.lines
    ]


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def index(user: User) -> str:
    return logged_in(user).get("/admin/").content.decode()


@pytest.fixture
def page(editor: User, physician: User) -> Condition:
    """A page that the first physician signed today."""
    page = cast.make_condition("signed-page", by=editor)
    cast.publish(page, by=editor, signer=physician)
    return page


# --- A physician


def test_a_physician_sees_what_is_asked_taken_on_and_free(
    editor: User, physician: User, second_physician: User
) -> None:
    mine = Reviewer.objects.get(user=physician)
    for slug, fields in (("asked", {"reviewer": mine}), ("free", {}), ("taken", {})):
        cast.submit(cast.make_condition(slug, by=editor), by=editor, **fields)
    taken = Submission.objects.get(edition__slug="taken")
    workflow.take_on(taken, by=physician)

    one, other = sections(physician), sections(second_physician)

    assert told(one["asked"]) == ["Asked · edition 1 · by Edie Editor · today"]
    assert told(one["any"]) == ["Free · edition 1 · by Edie Editor · today"]
    assert told(one["taken"]) == ["Taken · edition 1 · by Edie Editor · today"]
    assert one["taken"].lines[0].url == taken.get_absolute_url()
    assert [len(other[key].lines) for key in ("taken", "asked", "any")] == [0, 0, 1]


def test_what_is_due_first_stands_first_and_then_what_waits_longest(
    editor: User, physician: User, page: Condition
) -> None:
    with time_machine.travel(clock.now() + timedelta(days=12)):
        cast.submit(cast.make_condition("newer", by=editor), by=editor)
    with time_machine.travel(clock.now() + timedelta(days=2)):
        cast.submit(cast.make_condition("older", by=editor), by=editor)
    cast.submit(cast.edit(page, by=editor, headline="Another."), by=editor)

    with time_machine.travel(clock.now() + timedelta(days=14)):
        lines = sections(physician)["any"].lines

    assert [line.what for line in lines] == ["Signed page", "Newer", "Older"]
    assert [line.facts[2] for line in lines] == ["14 days", "2 days", "12 days"]
    assert lines[0].facts[3].startswith("due ")


def test_nobody_is_asked_to_sign_their_own_words(
    author_physician: User, physician: User, settings: Any
) -> None:
    cast.submit(cast.make_condition("own", by=author_physician), by=author_physician)

    assert not sections(author_physician)["any"].lines
    assert sections(physician)["any"].count == 1
    settings.AUTHOR_MAY_SIGN = "disclosed"
    assert sections(author_physician)["any"].count == 1


def test_due_pages_stand_with_their_own_physician_first_and_say_what_is_late(
    editor: User, physician: User, second_physician: User
) -> None:
    soon = clock.today() + timedelta(days=10)
    for slug, signer, due in (
        ("late", physician, clock.today() + timedelta(days=1)),
        ("soon", second_physician, soon),
        ("later", physician, clock.today() + timedelta(days=90)),
    ):
        condition = cast.make_condition(slug, by=editor)
        cast.publish(condition, by=editor, signer=signer, next_review_due=due)

    with time_machine.travel(clock.now() + timedelta(days=3)):
        one, other = sections(physician)["due"], sections(second_physician)["due"]
        late = f"overdue since {_words(clock.today() - timedelta(days=1))}"

    assert told(one) == [
        f"Late · {late} · signed by you",
        f"Soon · signed by Alex Example · due {_words(soon)}",
    ]
    assert (one.count, one.late) == (2, 1)
    assert [line.what for line in other.lines] == ["Soon", "Late"]
    assert [line.button for line in one.lines] == ["Read and reaffirm"] * 2


def _words(on: date) -> str:
    return f"{on:%B} {on.day}, {on.year}"


def test_who_sent_back_waits_and_who_wrote_reads_the_first_line_of_why(
    condition: Condition, editor: User, second_editor: User, physician: User, second_physician: User
) -> None:
    submission = cast.submit(condition, by=editor)
    workflow.request_changes(submission, by=physician, reason="Say more.\nAnd name the trials.")

    assert told(sections(physician)["sent"]) == ["Sample condition · edition 1 · today · Say more."]
    (line,) = sections(editor)["back"].lines
    assert (line.what, line.why, line.button) == (
        "Sample condition",
        "Say more.",
        "Change the draft",
    )
    assert line.facts == ("edition 1", "by physician", "today")
    assert line.url == f"/admin/conditions/condition/{condition.pk}/change/"
    assert not sections(second_physician)["sent"].lines
    assert not sections(second_editor)["back"].lines
    cast.submit(cast.edit(condition, by=editor, headline="More."), by=editor)
    assert not sections(editor)["back"].lines
    assert not sections(physician)["sent"].lines


def test_what_takes_effect_later_says_when(
    condition: Condition, editor: User, physician: User, second_physician: User
) -> None:
    later = clock.now() + timedelta(days=7)
    cast.publish(condition, by=editor, signer=physician, effective_at=later)

    (line,) = sections(second_physician)["later"].lines

    assert line.facts[1] == "signed by Pat Sample"
    assert line.facts[2].startswith("from ")
    with time_machine.travel(later):
        assert not sections(second_physician)["later"].lines


def test_who_cannot_sign_reads_why_before_opening_anything(physician: User) -> None:
    License.objects.update(expires_on=clock.today() - timedelta(days=1))

    assert "None of your licenses is valid today." in index(physician)


def test_an_event_that_cannot_be_read_leaves_the_rest_of_the_work(
    condition: Condition, editor: User, physician: User
) -> None:
    submission = cast.submit(condition, by=editor)
    workflow.request_changes(submission, by=physician, reason="Say more.")
    event = Event.objects.latest("seq")
    for body in ("not JSON", "[]", "{}", '{"at":7,"by":1}'):
        with tampering():
            Event.objects.filter(pk=event.pk).update(body=body)

            assert "Sample condition" in index(editor), body
            assert "Your work" in index(physician), body


# --- An editor


def test_an_editor_sees_which_drafts_are_ahead_and_by_how_much(
    page: Condition, editor: User, second_editor: User, physician: User
) -> None:
    assert not sections(editor)["ahead"].lines

    cast.edit(page, by=second_editor, headline="Another.")
    new = cast.make_condition("never-public", by=editor)
    lines = sections(editor)["ahead"].lines

    assert [line.what for line in lines] == ["Never public", "Signed page"]
    assert [line.facts[0] for line in lines] == ["not public yet", "1 part differs"]
    assert lines[1].facts[1] == "saved by Ed Second"
    assert lines[0].url == f"/admin/conditions/condition/{new.pk}/change/"

    cast.submit(page, by=editor)
    assert [line.what for line in sections(editor)["ahead"].lines] == ["Never public"]
    assert [line.what for line in sections(editor)["review"].lines] == ["Signed page"]
    cast.edit(page, by=editor, headline="Yet another.")
    assert "Signed page" in [line.what for line in sections(editor)["ahead"].lines]


# --- A manager


def test_a_manager_sees_what_is_late_off_unconfirmed_or_failed(
    page: Condition, editor: User, physician: User, second_physician: User, manager: User
) -> None:
    for slug, verb in (("flagged", "flag"), ("held", "hold")):
        laid = cast.make_condition(slug, by=editor)
        cast.publish(laid, by=editor, signer=physician)
        cast.lay_over(verb, laid, by=editor)
    off = cast.make_condition("off", by=editor)
    cast.publish(off, by=editor, signer=physician)
    workflow.withdraw(off.subject, by=physician, reason="Old.", notice="out_of_date")
    cast.confirm(physician)
    License.objects.filter(reviewer__user=physician).update(
        expires_on=clock.today() + timedelta(days=90)
    )
    sent = SignOff.objects.latest("pk").event
    Letter.write(sent, Letter.Kind.NOTICE, physician, clock.now())
    assert not sections(manager)["mail"].lines
    Letter.objects.update(fault="Connection refused", tries=3)
    with time_machine.travel(clock.now() + timedelta(days=400)):
        found = sections(manager)

    assert {line.what for line in found["overdue"].lines} == {"Signed page", "Flagged", "Held"}
    now = sections(manager)
    assert [line.what for line in now["laid"].lines] == ["Held", "Flagged", "Off"]
    assert now["laid"].lines[0].facts[1] == "by Edie Editor"
    assert [line.what for line in now["licenses"].lines] == ["Pat Sample, MD"]
    assert told(now["profiles"]) == ["Alex Example, DO · never confirmed"]
    assert told(now["mail"])[0].startswith(
        "physician@example.com · notice to a physician · 3 tries"
    )
    assert "confirm" in now
    assert not now["confirm"].lines


def test_whoever_waits_to_be_confirmed_stands_with_the_manager(
    manager: User, root: User, reader: User
) -> None:
    reviewer = cast.make_reviewer(reader, "New Person", "MD")
    workflow.record_reviewer(reviewer, by=root, before=None)

    lines = sections(manager)["confirm"].lines

    assert [line.what for line in lines] == ["reader"]
    assert lines[0].facts[:2] == ("First reviewer’s profile", "asked for by root")


def test_what_is_due_in_the_next_sixty_days_is_one_click_from_the_start(
    page: Condition, manager: User
) -> None:
    SignOff.objects.get()
    address = "/admin/reviews/subject/?standing=due"
    client = logged_in(manager)

    assert address in client.get("/admin/").content.decode()
    with time_machine.travel(clock.now() + timedelta(days=310)):
        client = logged_in(manager)
        assert "Signed page" in client.get(address).content.decode()
    assert "Signed page" not in client.get(address).content.decode()


# --- The page


def test_each_line_is_one_button_named_after_what_it_is_about(
    condition: Condition, editor: User, physician: User
) -> None:
    submission = cast.submit(condition, by=editor)

    html = index(physician)

    assert html.count(f'href="{submission.get_absolute_url()}"') == 1
    assert 'aria-labelledby="go-any-1 work-any-1">Read and sign</a>' in html
    assert "Everything else" in html
    assert "Nobody asks you for a review now." in html


def test_names_that_look_like_markup_stay_words(editor: User, physician: User) -> None:
    odd = cast.make_condition("odd", by=editor, name="<b>Odd</b> & co")
    submission = cast.submit(odd, by=editor)
    workflow.request_changes(submission, by=physician, reason="<script>no</script>")

    html = index(editor)

    assert "&lt;b&gt;Odd&lt;/b&gt; &amp; co" in html
    assert "<script>no" not in html


def test_who_has_no_role_reads_whom_to_ask(reader: User) -> None:
    html = index(reader)

    assert not work.sections_for(reader, clock.now())
    assert "Ask a manager" in html


def test_the_next_thing_is_the_first_that_asks_for_an_act(
    condition: Condition, editor: User, physician: User
) -> None:
    assert work.next_for(physician, clock.now()) is None
    submission = cast.submit(condition, by=editor)
    line = work.next_for(physician, clock.now())
    assert line is not None
    assert line.url == submission.get_absolute_url()

    workflow.request_changes(submission, by=physician, reason="Say more.")

    assert work.next_for(physician, clock.now()) is None


def test_a_long_list_shows_its_first_lines_its_count_and_the_rest_behind(
    editor: User, physician: User
) -> None:
    document = cast.make_condition("pattern", by=editor).document()
    crowd.submit([document | {"slug": f"p-{n}", "name": f"P {n}"} for n in range(30)], by=editor)

    section = sections(physician)["any"]

    assert (len(section.lines), section.count, section.more) == (8, 30, 22)
    assert "And 22 more" in index(physician)


# --- What it costs


def queries(user: User, address: str = "/admin/") -> int:
    client = logged_in(user)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_your_work_and_the_lists_cost_the_same_for_one_page_and_for_many(
    page: Condition,
    editor: User,
    physician: User,
    second_physician: User,
    manager: User,
) -> None:
    document = page.document()
    submission = cast.submit(cast.make_condition("sent-back", by=editor), by=editor)
    workflow.request_changes(submission, by=physician, reason="Say more.")
    cast.submit(cast.make_condition("new", by=editor), by=editor)
    cast.edit(page, by=editor, headline="Ahead.")
    lists = (
        DESK,
        f"{DESK}?standing=all",
        "/admin/reviews/subject/",
        "/admin/conditions/condition/",
    )
    wanted = [("/admin/", 12, user) for user in (physician, editor, manager)]
    wanted += [(address, 8, user) for address in lists for user in (physician, editor)]
    few = [queries(user, address) for address, _, user in wanted]

    for number in range(3):
        cast.edit(page, by=editor, headline=f"Headline {number}.")
        cast.publish(page, by=editor, signer=physician)
    cast.edit(page, by=editor, headline="Ahead again.")
    crowd.submit([document | {"slug": f"o-{n}", "name": f"O {n}"} for n in range(40)], by=editor)
    crowd.publish(
        [
            document | {"slug": f"p-{n}", "name": f"P {n}", "review_interval_months": 1}
            for n in range(40)
        ],
        by=editor,
        signer=physician,
    )
    many = [queries(user, address) for address, _, user in wanted]
    several = cast.person("several", "Staff", "Physicians", "Managers")
    cast.make_reviewer(several, "Robin Both", "MD")

    assert many == few
    assert queries(several) <= 17
    for cost, (address, most, user) in zip(many, wanted, strict=True):
        assert cost <= most, (address, user.get_username(), cost)
