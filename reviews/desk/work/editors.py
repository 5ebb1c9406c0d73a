"""What waits for an editor."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from reviews.desk import of_row, waits
from reviews.desk.sections import Line, Section
from reviews.desk.waits import MOST_LINES
from reviews.desk.work.asked import Asked


class Editors(Asked):
    """The sections of whoever writes."""

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
