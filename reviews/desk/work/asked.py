"""What is asked once for somebody at an instant, and how rows become lines and sections."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User

from reviews import clock, workflow
from reviews.desk import of_row, waits
from reviews.desk.sections import Line, Section
from reviews.desk.standing import DUE_SOON, due_words
from reviews.desk.verb_pages import name_of
from reviews.desk.waits import MOST_LINES
from reviews.models import Person, Reviewer
from reviews.text.days import age, day


class Asked:
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

    def due_line(self, row: dict[str, Any]) -> Line:
        """A page whose review is due, for whoever does not sign."""
        return self.line(
            row, "Open its record", of_row.record(row), (f"signed by {row['full_name']}",)
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
