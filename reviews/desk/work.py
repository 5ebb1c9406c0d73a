"""Your work: what waits for somebody, in the words of the job; each line leads to one thing."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse

from reviews import clock, workflow
from reviews.desk import of_row, waits
from reviews.desk.reaffirming import read_url
from reviews.desk.sections import Line, Section, Work
from reviews.desk.standing import DUE_SOON, due_words
from reviews.desk.verb_pages import name_of
from reviews.desk.waits import MOST_LINES
from reviews.models import Letter, Overlay, Person, Reviewer
from reviews.text.days import age, day, moment

# A license that ends within so many days is to be renewed.
LICENSE_ENDS = timedelta(days=90)


def work_for(user: User, at: datetime) -> Work:
    """All that waits for somebody at an instant, and what keeps them from doing it."""
    # The frame of the admin asks the same user for their profile.
    asked = _Asked(Person.of(user), getattr(user, "reviewer", None), at)
    return Work(list(asked.sections()), asked.notices)


def sections_for(user: User, at: datetime) -> list[Section]:
    """What waits for somebody at an instant, by the roles that they have."""
    return work_for(user, at).sections


def next_for(user: User, at: datetime) -> Line | None:
    """The first thing that somebody should do, or None."""
    acts = (section for section in sections_for(user, at) if section.act and section.lines)
    return next((section.lines[0] for section in acts), None)


class _Asked:
    """One person at one instant: each question that several sections share is asked once."""

    def __init__(self, user: Person, profile: Reviewer | None, at: datetime) -> None:
        self.user, self.at, self.today = user, at, clock.local_date(at)
        self.signs = profile is not None and profile.is_active
        self.edits = user.has_perm("reviews.add_submission")
        self.manages = user.has_perm("reviews.change_reviewer")
        self.notices = list(workflow.is_entitled(user, at)) if profile is not None else []
        anybody = self.signs or self.edits
        self.open = waits.open_submissions(user, at) if anybody else []
        asks = self.signs and any(row["asked"] for row in self.open)
        self.stand_ins = waits.stand_ins(at) if asks else {}
        self.back = waits.sent_back(user) if anybody else []
        until = self.today + DUE_SOON
        seen = anybody or self.manages
        self.out = (
            waits.standing_out(user, at, everything=self.manages) if anybody or self.manages else {}
        )
        self.due = waits.due_pages(user, at, until=until) if seen else []

    def sections(self) -> Iterator[Section]:
        """Those of a physician, then of an editor, then of a manager."""
        if self.signs:
            yield from self.physicians()
        if self.edits:
            yield from self.editors()
        if self.signs or self.edits:
            yield self.translations()
        if self.manages:
            yield from self.managers()
        elif self.signs or self.edits:
            yield self.concerns()

    # --- A physician

    def physicians(self) -> Iterator[Section]:
        me = self.user.pk
        may_sign_own = settings.AUTHOR_MAY_SIGN == "disclosed"
        mine = [row for row in self.open if may_sign_own or not row["mine"]]
        taken = [row for row in mine if row["taken"] == me]
        asked = [row for row in mine if me in self.asked_of(row) and row["taken"] != me]
        free = [row for row in mine if not row["asked"] and not row["taken"]]
        desk = reverse("admin:reviews_submission_changelist")
        yield self.section(
            "taken",
            "You took this on",
            taken,
            self.to_read,
            empty="Nothing. Take a submission on, and your colleagues see that you do it.",
            list_url=f"{desk}?whose=taken",
        )
        yield self.section(
            "asked",
            "Asked of you",
            asked,
            self.to_read,
            empty="Nobody asks you for a review now.",
            list_url=f"{desk}?whose=asked",
        )
        yield self.section(
            "any",
            "For any physician",
            free,
            self.to_read,
            empty="Nothing is left for whoever comes first.",
            list_url=f"{desk}?whose=any",
        )
        yield self.due_section(
            "due",
            f"Due within {DUE_SOON.days} days and overdue",
            waits.theirs_first(self.due, self.user),
            self.to_reaffirm,
        )
        back = [row for row in self.back if row["by"] == me]
        yield self.section(
            "sent",
            "You sent back: waiting for authors",
            back,
            self.sent,
            empty="No author owes you an answer.",
            act=False,
        )
        rows, count = waits.taking_effect(self.at)
        yield Section(
            "later",
            "Signed, takes effect later",
            [self.later(row) for row in rows],
            count,
            empty="Everything that was signed is in force.",
            act=False,
            list_url=of_row.records("later"),
        )

    def asked_of(self, row: dict[str, Any]) -> set[int]:
        """Who is asked for a review: the person named, and who stands in while they are away."""
        stand_in, _ = self.stand_ins.get(row["asked"], (None, ""))
        return {row["asked"], stand_in} - {None}

    def to_read(self, row: dict[str, Any]) -> Line:
        """A submission that can be signed."""
        taken = row["taken_name"] if row["taken"] not in (None, self.user.pk) else ""
        facts = (
            f"edition {row['number']}",
            f"by {row['submitted_name']}",
            self.age(row["since"]),
            f"taken on by {taken}" if taken else "",
            self.instead(row),
        )
        return self.line(row, "Read and sign", of_row.submission(row["pk"]), facts)

    def instead(self, row: dict[str, Any]) -> str:
        """Whom a stand-in stands in for, or who stands in for this reader."""
        stand_in, name = self.stand_ins.get(row["asked"], (None, ""))
        if stand_in is None:
            return ""
        if row["asked"] == self.user.pk:
            return f"{name} stands in for you"
        return f"you stand in for {row['asked_name']}" if stand_in == self.user.pk else ""

    def to_reaffirm(self, row: dict[str, Any]) -> Line:
        """A page whose review is due."""
        mine = row["full_signer"] == self.user.pk
        facts = ("signed by you" if mine else f"signed by {row['full_name']}",)
        if not waits.may_read(row):
            return self.line(
                row, "Look at it", of_row.record(row), (*facts, "you wrote words of it")
            )
        url = read_url(row["subject"], in_a_row=True)
        return self.line(row, "Read and reaffirm", url, facts)

    def sent(self, row: dict[str, Any]) -> Line:
        """What this physician sent back."""
        facts = (f"edition {row['number']}", self.age(row["at"]))
        url = of_row.submission(row["pk"])
        return self.line(row, "Look at it", url, facts, why=of_row.first_line(row["why"]))

    def later(self, row: dict[str, Any]) -> Line:
        """What was signed and waits."""
        when = moment(row["effective_at"], clock.zone())
        facts = (f"edition {row['number']}", f"signed by {row['printed_name']}", f"from {when}")
        return self.line(row, "Open its record", of_row.record(row), facts)

    # --- An editor

    def editors(self) -> Iterator[Section]:
        back = [row for row in self.back if row["mine"]]
        besides = [row["subject"] for row in back]
        ahead, count = waits.drafts_ahead(self.user, self.at, besides=besides)
        people, drafts = self.names(back), of_row.drafts([*back[:MOST_LINES], *ahead])
        yield self.section(
            "back",
            "Sent back to you",
            back,
            lambda row: self.back_line(row, drafts, people),
            empty="No physician waits for a change of yours.",
        )
        yield Section(
            "ahead",
            "Drafts ahead of what is public",
            [self.ahead(row, drafts) for row in ahead],
            count,
            empty="Every draft says what is public or in review. Open a draft to write on.",
            list_url=f"{of_row.list_of_drafts()}?standing=ahead",
            also_url=of_row.list_of_drafts(),
            also_name="All drafts",
        )
        yield self.section(
            "review",
            "In review",
            self.open,
            self.in_review,
            empty="Nothing is in review. Open a draft and submit it.",
            act=False,
            list_url=reverse("admin:reviews_submission_changelist"),
        )
        if not self.signs:
            yield self.due_section(
                "soon", "Due soon and overdue", self.due, self.due_line, act=False
            )

    def back_line(
        self, row: dict[str, Any], drafts: dict[Any, str], people: dict[int, str]
    ) -> Line:
        """A submission that its authors are to change."""
        facts = (
            f"edition {row['number']}",
            f"by {people.get(row['by'], 'somebody')}",
            self.age(row["at"]),
        )
        url = drafts.get(row["subject"]) or of_row.submission(row["pk"])
        return self.line(row, "Change the draft", url, facts, why=of_row.first_line(row["why"]))

    def ahead(self, row: dict[str, Any], drafts: dict[Any, str]) -> Line:
        """A draft with words that nobody put forward."""
        many = "1 part differs" if row["differ"] == 1 else f"{row['differ']} parts differ"
        facts = (
            many if row["is_public"] else f"not public {'now' if row['was_signed'] else 'yet'}",
            f"saved by {row['saved_name']}" if row["saved_name"] else "",
            self.age(row["saved_at"]),
        )
        url = drafts.get(row["subject"]) or of_row.record(row)
        return Line(row["name"], "Open the draft", url, of_row.told(facts))

    def in_review(self, row: dict[str, Any]) -> Line:
        """What was put forward."""
        facts = (
            f"edition {row['number']}",
            f"asked of {row['asked_name']}" if row["asked_name"] else "for any physician",
            f"taken on by {row['taken_name']}" if row["taken"] else "",
            self.age(row["since"]),
        )
        return self.line(row, "Look at it", of_row.submission(row["pk"]), facts)

    def due_line(self, row: dict[str, Any]) -> Line:
        """A page whose review is due, for whoever does not sign."""
        return self.line(
            row, "Open its record", of_row.record(row), (f"signed by {row['full_name']}",)
        )

    # --- A manager

    def managers(self) -> Iterator[Section]:
        late = [row for row in self.due if row["due"] < self.today]
        soon = len(self.due) - len(late)
        if not self.signs:
            yield self.due_section(
                "overdue",
                "Overdue",
                late,
                self.due_line,
                also_url=of_row.records("due"),
                also_name=f"Due in the next {DUE_SOON.days} days: {soon}",
            )
        yield self.section(
            "laid",
            "Flagged, held and withdrawn pages",
            self.out["laid"],
            self.laid,
            empty="Every signed page stands as it was signed.",
            list_url=of_row.records("off"),
        )
        yield self.concerns()
        yield self.confirming()
        yield from self.people()
        rows, count = waits.failed_letters()
        yield Section(
            "mail",
            "Mail that failed",
            [self.letter(row) for row in rows],
            count,
            empty="Every letter went out or waits for its turn.",
            list_url=reverse("admin:reviews_letter_changelist"),
        )

    def concerns(self) -> Section:
        """What somebody outside found wrong: for managers all, for others what is theirs."""
        return self.section(
            "concerns",
            "Concerns" if self.manages else "Concerns that you are to answer",
            self.out["concern"],
            self.concern,
            empty="Nobody outside waits for an answer."
            if self.manages
            else "No concern from outside waits for an answer of yours.",
            list_url=of_row.records("concern"),
        )

    def concern(self, row: dict[str, Any]) -> Line:
        """A concern that nobody settled."""
        to = f"to be answered by {row['name']}" if row["name"] else "nobody is to answer yet"
        url = f"{of_row.record(row)}#concern-{row['pk']}"
        facts = (to, self.age(row["at"]))
        why = of_row.first_line(row["said"]) if row["said"] else "(what was said was blanked)"
        return self.line(row, "Look and settle", url, facts, why=why)

    def translations(self) -> Section:
        """Translations that nobody checked since their original changed."""
        return self.section(
            "translations",
            "Translations whose original changed",
            self.out["translation"],
            self.translation,
            empty="Every translation was signed after its original changed last.",
            list_url=of_row.records("unchecked"),
        )

    def translation(self, row: dict[str, Any]) -> Line:
        """One of them."""
        since = f"original changed on {day(clock.local_date(row['at']))}"
        facts = (since, f"signed by {row['name']}")
        return self.line(row, "Look at it", of_row.record(row), facts)

    def laid(self, row: dict[str, Any]) -> Line:
        """A page that patients do not read as it was signed."""
        is_laid = row["word"] in Overlay.Kind.values
        word = Overlay.Kind(row["word"]).label if is_laid else row["word"]
        facts = (f"{word} on {day(clock.local_date(row['at']))}", f"by {row['name']}")
        return self.line(row, "Look at it", f"{of_row.record(row)}#wrong", facts)

    def confirming(self) -> Section:
        """What another manager asked for, and what somebody objected to."""
        found, count = waits.claims_to_confirm(self.at)
        lines = [
            Line(
                name_of(claim.person),
                "Look and confirm",
                claim.get_absolute_url(),
                of_row.told(
                    (
                        claim.what,
                        f"asked for by {name_of(claim.by)}" if claim.by else "",
                        self.age(claim.at),
                    )
                ),
                late="somebody objected" if of_row.was_objected(claim) else "",
            )
            for claim in found
        ]
        return Section(
            "confirm",
            "People and licenses to confirm",
            lines,
            count,
            empty="Everybody’s rights and licenses count.",
            list_url=f"{reverse('admin:reviews_claim_changelist')}?standing=waits",
        )

    def people(self) -> Iterator[Section]:
        """Profiles and licenses of the physicians."""
        profiles, licenses = [], []
        for _, rows in groupby(waits.physicians(), key=lambda row: row["pk"]):
            theirs = list(rows)
            if not of_row.is_confirmed(theirs[0]):
                profiles.append(theirs[0])
            licenses += [row for row in theirs if self.ends(row)]
        licenses.sort(key=lambda row: (row["ends"], row["printed_name"]))
        url = reverse("admin:reviews_reviewer_changelist")
        yield self.section(
            "licenses",
            f"Licenses that end within {LICENSE_ENDS.days} days",
            licenses,
            self.license,
            empty="Every license lasts longer.",
            list_url=url,
        )
        yield self.section(
            "profiles",
            "Profiles not confirmed",
            profiles,
            self.profile,
            empty="Every physician has confirmed what patients read of them.",
            act=False,
            list_url=url,
        )

    def ends(self, row: dict[str, Any]) -> bool:
        """Whether a license ends soon, or ended."""
        return row["ends"] is not None and row["ends"] <= self.today + LICENSE_ENDS

    def license(self, row: dict[str, Any]) -> Line:
        """A license that ends."""
        over = row["ends"] < self.today
        facts = (row["state"], "" if over else f"valid to {day(row['ends'])}")
        late = f"ended on {day(row['ends'])}" if over else ""
        return Line(
            of_row.printed(row), "Renew it", of_row.profile(row), of_row.told(facts), late=late
        )

    def profile(self, row: dict[str, Any]) -> Line:
        """A profile whose words its physician has not confirmed as they stand."""
        on = row["confirmed_on"]
        fact = f"changed since it was confirmed on {day(on)}" if on else "never confirmed"
        return Line(of_row.printed(row), "Open the profile", of_row.profile(row), (fact,))

    def letter(self, row: dict[str, Any]) -> Line:
        """A letter that could not be sent."""
        tries = "1 try" if row["tries"] == 1 else f"{row['tries']} tries"
        facts = (Letter.Kind(row["kind"]).label, tries, self.age(row["made_at"]))
        url = reverse("admin:reviews_letter_change", args=[row["pk"]])
        return Line(row["to"], "Look at it", url, facts, why=row["fault"])

    # --- What the sections share

    def section(
        self,
        key: str,
        title: str,
        rows: list[dict[str, Any]],
        line: Callable[[dict[str, Any]], Line],
        **more: Any,
    ) -> Section:
        """The first rows as lines, and the count of all."""
        return Section(key, title, [line(row) for row in rows[:MOST_LINES]], len(rows), **more)

    def due_section(
        self,
        key: str,
        title: str,
        rows: list[dict[str, Any]],
        line: Callable[[dict[str, Any]], Line],
        **more: Any,
    ) -> Section:
        """Pages whose review is due."""
        empty = "No review is due. The list of pages says when the next ones are."
        late = sum(row["due"] < self.today for row in rows) if key != "overdue" else 0
        list_url = of_row.records("overdue" if key == "overdue" else "due")
        given = {"list_url": list_url, "late": late, **more}
        return self.section(key, title, rows, line, empty=empty, **given)

    def line(
        self,
        row: dict[str, Any],
        button: str,
        url: str,
        facts: Iterable[str],
        *,
        why: str = "",
    ) -> Line:
        """A line about a page, with its due day where it has one."""
        due: date | None = row.get("due")
        words = due_words(due, self.today) if due else ""
        late = bool(due and due < self.today)
        told = of_row.told([*facts, "" if late else words])
        return Line(row["title"], button, url, told, late=words if late else "", why=why)

    def age(self, since: datetime | None) -> str:
        """For how long something stands, where that is known."""
        return age(clock.local_date(since), self.today) if since else ""

    def names(self, back: list[dict[str, Any]]) -> dict[int, str]:
        """Who sent back what stands in a section, by the keys of their accounts."""
        keys = {row["by"] for row in back[:MOST_LINES]}
        return {user.pk: name_of(user) for user in User.objects.filter(pk__in=keys)} if keys else {}
