"""A clinic's year, by the verbs of schema 1: everything that can happen to a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import reversion
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test.utils import override_settings
from pages import FULL, LITERAL, SPANISH, rich, simple, words

from conditions import exchange
from conditions.models import Condition
from reviews import reading, workflow
from reviews.models import (
    Edition,
    License,
    Remark,
    Reviewer,
    SignOff,
    Subject,
    Submission,
)
from tests import cast

ZONE = ZoneInfo("America/New_York")
Story = Iterator[str]


class Clinic:
    """The steps of the story, a day and an hour before each."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock

    def on(self, day: str) -> None:
        """From here on it is 9:15 in the clinic on this day, or a minute past the last step."""
        morning = datetime.fromisoformat(f"{day}T09:15:00").replace(tzinfo=ZONE)
        self.clock.move_to(max(morning, datetime.now(ZONE) + timedelta(minutes=1)))

    def tell(self, *stories: Story) -> None:
        """Let each story go on until the day that it yields, whichever is next."""
        days = [(next(story), number, story) for number, story in enumerate(stories)]
        while days:
            day, number, story = min(days)
            days.remove((day, number, story))
            self.on(day)
            days += [(next_day, number, story) for next_day in islice(story, 1)]

    def step(self) -> None:
        self.clock.shift(timedelta(minutes=1))
        reading.forget()

    def people(self) -> None:
        made = [
            ("dana", "Dana", "Whitsample", ["Managers"]),
            ("mara", "Mara", "Ellisample", ["Staff"]),
            ("theo", "Theo", "Brandsample", ["Staff"]),
            ("gone", "Gus", "Gonesample", ["Staff"]),
            ("iris", "Iris", "Callosample", ["Physicians"]),
            ("jonas", "Jonas", "Petrasample", ["Physicians"]),
            ("lena", "Lena", "Okasample", ["Physicians", "Staff"]),
            ("paul", "Paul", "Pastsample", ["Physicians"]),
        ]
        for username, first, last, groups in made:
            user = User.objects.create_user(
                username,
                f"{username}@older.countersign.invalid",
                cast.PASSWORD,
                is_staff=True,
                first_name=first,
                last_name=f"{last} (fictional)",
            )
            user.groups.set(Group.objects.filter(name__in=groups))
        credentials = {"iris": "MD", "jonas": "DO", "lena": "MD, PhD", "paul": "MD"}
        for username in credentials:
            self.step()
            with transaction.atomic():
                user = person(username)
                reviewer = Reviewer.objects.create(
                    user=user,
                    slug=f"{user.first_name}-{user.last_name.split()[0]}".lower(),
                    printed_name=user.get_full_name(),
                    credentials=credentials[username],
                    specialty="" if username == "paul" else "Psychiatry",
                    relationship="A made-up physician: nobody reviewed these pages.",
                    biography=f"{user.first_name} exists in a test only. Zürich, 2009.",
                )
                states = ["New York", "New Jersey"] if username == "iris" else ["New York"]
                for state in states:
                    License.objects.create(
                        reviewer=reviewer,
                        state=state,
                        number=f"SAMPLE-{username.upper()}",
                        expires_on=date(2026, 6, 30) if username == "paul" else date(2031, 12, 31),
                    )
                workflow.record_reviewer(reviewer, by=person("dana"))
        for username in ("iris", "lena"):
            self.confirm(username)

    def confirm(self, username: str) -> None:
        self.step()
        cast.confirm(person(username))

    def save(self, page: dict[str, Any], *, by: str) -> Condition:
        self.step()
        condition, changes = exchange.load(page, by=person(by))
        assert not changes, changes
        return condition

    def submit(self, condition: Condition, *, by: str, **fields: Any) -> Submission:
        self.step()
        return cast.submit(condition, by=person(by), **fields)

    def sign(self, submission: Submission, *, by: str, **fields: Any) -> SignOff:
        self.step()
        return cast.sign(submission, by=person(by), **fields)

    def publish(
        self,
        page: dict[str, Any],
        *,
        by: str = "mara",
        signer: str = "iris",
        note: str = "First edition.",
        **fields: Any,
    ) -> SignOff:
        condition = self.save(page, by=by)
        submission = self.submit(condition, by=by, public_note=note)
        return self.sign(submission, by=signer, **fields)

    # --- What happened to each page, up to the day that is yielded

    def examplosis(self) -> Story:
        page = json.loads(json.dumps(FULL))
        yield "2025-12-03"
        first = self.publish(page)
        yield "2026-01-12"
        page["treatments"][1]["text"] = rich("25 mg at night, then 37.5 mg.")
        page["questions"][1]["answer"] = rich("Not on the day of treatment.", "The day after.")
        self.publish(
            page, by="theo", signer="jonas", note="The second step is 37.5 mg.", scope="correction"
        )
        yield "2026-03-09"
        page["sections"].insert(
            1, {"key": "sec00003", "heading": "For families", "body": rich("Ask, and listen.")}
        )
        page["key_points"].reverse()
        page["references"].pop(1)
        page["icd10"] = ["F60.3", "R25.1", "F32.89"]
        page["definition"] = page["definition"].replace("<em>measured</em>", "measured")
        page["safety"] += rich("Nausea is common.")
        self.publish(page, by="mara", note="Read again as a whole; a section for families.")
        yield "2026-05-04"
        self.step()
        workflow.reaffirm(
            first.subject,
            by=person("jonas"),
            proof=cast.proof(),
            digest=Edition.objects.get(subject=first.subject, number=3).digest,
        )
        yield "2026-07-06"
        self.step()
        condition = Condition.objects.get(slug="examplosis")
        condition.slug = page["slug"] = "examplosis-syndrome"
        condition.name = page["name"] = "Examplosis syndrome"
        with reversion.create_revision():
            condition.save()
            workflow.record_draft(condition.subject, by=person("theo"))
        submission = self.submit(condition, by="theo", public_note="Under its new name.")
        self.sign(submission, by="iris")
        yield "2026-08-03"
        page["summary"] = rich("<strong>Examplosis is hard to treat.</strong>")
        wrong = self.publish(page, by="theo", signer="jonas", note="A summary that was wrong.")
        yield "2026-08-05"
        self.step()
        workflow.cancel(wrong, by=person("dana"), reason="The summary was the wrong way round.")

    def translated(self) -> Story:
        yield "2026-02-02"
        self.publish(SPANISH, signer="jonas", note="Primera edición.")

    def withdrawn(self) -> Story:
        page = simple("specimen-disorder", differentials=[FULL["differentials"][0]])
        yield "2025-12-10"
        signed = self.publish(page, signer="paul")
        yield "2026-02-20"
        page["summary"] += rich("A word more, under review when the page went off.")
        self.submit(self.save(page, by="mara"), by="mara")
        self.step()
        withdrawal = workflow.withdraw(
            signed.subject,
            by=person("iris"),
            reason="A patient’s name stood in this reason, so it was blanked.",
            notice="safety",
        )
        self.step()
        workflow.blank(Remark.objects.get(pk=withdrawal.reason_id), by=person("dana"))

    def returned(self) -> Story:
        page = simple("returned-disorder")
        yield "2026-01-20"
        signed = self.publish(page, signer="paul")
        yield "2026-04-14"
        self.step()
        workflow.withdraw(
            signed.subject, by=person("dana"), reason="A dose is wrong.", notice="being_corrected"
        )
        yield "2026-04-16"
        page["key_points"][0]["text"] = rich("One point, put right.")
        self.publish(page, by="mara", note="The dose is right now.")

    def waiting(self) -> Story:
        page = simple("waiting-disorder")
        yield "2026-05-11"
        self.publish(page)
        page["headline"] = "From the winter on this page says something else."
        yield "2026-10-05"
        early = self.publish(
            page,
            by="theo",
            signer="jonas",
            note="Too early.",
            effective_at=datetime(2026, 12, 1, 0, 0, tzinfo=ZONE),
        )
        self.step()
        workflow.cancel(early, by=person("jonas"), reason="It was to be the middle of the month.")
        page["summary"] += rich("Calibration begins in the winter.")
        self.publish(
            page,
            by="theo",
            note="What changes in the winter.",
            effective_at=datetime(2026, 12, 15, 0, 0, tzinfo=ZONE),
        )
        self.publish(
            simple("future-disorder"),
            signer="jonas",
            effective_at=datetime(2026, 12, 20, 8, 30, tzinfo=ZONE),
        )

    def disclosed(self) -> Story:
        page = simple("disclosed-disorder", stance="treated")
        yield "2026-06-01"
        with override_settings(AUTHOR_MAY_SIGN="disclosed"):
            self.publish(page, by="lena", signer="lena")
        yield "2026-06-22"
        page["key_points"][0]["text"] = rich("One point or two.")
        self.publish(page, by="mara", signer="iris", note="Two points.", scope="correction")

    def under_review(self) -> Story:
        page = simple("open-disorder", stance="sometimes")
        yield "2026-06-08"
        signed = self.publish(page)
        page["summary"] += rich("A second paragraph.")
        sent_back = self.submit(self.save(page, by="mara"), by="mara", note="Please be quick.")
        self.step()
        workflow.request_changes(
            sent_back, by=person("jonas"), reason="Say how long the second step takes."
        )
        page["next_steps"] = rich("Take the second step for two weeks.")
        taken = self.submit(self.save(page, by="theo"), by="theo", reviewer=reviewer("jonas"))
        self.step()
        workflow.take_back(taken, by=person("theo"))
        # Somebody restores what was saved first: its author counts again.
        self.step()
        condition = Condition.objects.get(slug="open-disorder")
        first = condition.subject.contributions.order_by("pk").first()
        with reversion.create_revision():
            workflow.record_draft(condition.subject, by=person("gone"), restored_from=first)
        page["also_known_as"].append("Opened disorder")
        self.submit(self.save(page, by="gone"), by="gone", public_note="Superseded.")
        yield "2026-10-19"
        page["icd10"] = ["F41.1", "F41.9", "F43.10"]
        self.submit(
            self.save(page, by="mara"),
            by="mara",
            note="The codes are new; please check them.",
            public_note="Codes, and how long the second step takes.",
            reviewer=reviewer("iris"),
        )
        assert signed.subject.submissions.filter(status="open").count() == 1
        self.submit(self.save(simple("never-signed"), by="theo"), by="theo", public_note="First.")

    def small_ones(self) -> Story:
        yield "2026-07-13"
        self.publish(
            words("empty-disorder", "Empty disorder", review_interval_months=1), signer="jonas"
        )
        self.publish(LITERAL, signer="jonas", next_review_due=date(2027, 1, 2))
        yield "2026-07-20"
        self.publish(simple("lost-draft"))
        Condition.objects.get(slug="lost-draft").delete()

    def drafts(self) -> Story:
        yield "2026-09-14"
        # Signed, then edited and saved by somebody else, and not submitted.
        page = simple("edited-draft")
        self.publish(page)
        page["summary"] += rich("Saved by Theo in September, not submitted.")
        self.save(page, by="theo")
        # Signed and not touched since.
        self.publish(simple("untouched-draft"))
        # Never submitted, with two authors and every part.
        page = json.loads(json.dumps({**FULL, "slug": "full-draft", "name": "Full draft"}))
        self.save(page, by="theo")
        page["meta_description"] = "Two people wrote this draft."
        self.save(page, by="mara")
        # Submitted and sent back, not touched since.
        sent_back = self.submit(self.save(simple("sent-back-draft"), by="mara"), by="mara")
        self.step()
        workflow.request_changes(sent_back, by=person("iris"), reason="The address is too long.")
        # Changed past the form: nobody saved these words.
        page = simple("altered-draft")
        self.publish(page)
        page["summary"] += rich("Saved by Mara.")
        self.save(page, by="mara")
        Condition.objects.filter(slug="altered-draft").update(
            summary=rich("Nobody answers for these words.")
        )

    def people_change(self) -> Story:
        yield "2026-10-26"
        self.step()
        with suppress(workflow.NotAllowed):
            workflow.reaffirm(
                Subject.objects.get(editions__slug="empty-disorder"),
                by=person("jonas"),
                proof=cast.proof("not the password"),
                digest="",
            )
        with transaction.atomic():
            lena = Reviewer.objects.get(user__username="lena")
            lena.biography += " Since then in Basel."
            lena.save()
            workflow.record_reviewer(lena, by=person("dana"))
        self.confirm("lena")
        self.step()
        with transaction.atomic():
            jonas = Reviewer.objects.get(user__username="jonas")
            jonas.relationship = "Works here since 2019, in this story."
            jonas.save()
            workflow.record_reviewer(jonas, by=person("dana"))
        self.step()
        with transaction.atomic():
            paul = Reviewer.objects.get(user__username="paul")
            paul.is_active = False
            paul.save()
            workflow.record_reviewer(paul, by=person("dana"))
        User.objects.filter(username="gone").update(is_active=False)


def person(username: str) -> User:
    return User.objects.get(username=username)


def reviewer(username: str) -> Reviewer:
    return Reviewer.objects.get(user__username=username)
