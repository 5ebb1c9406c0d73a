"""What waits for a physician."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.urls import reverse

from reviews import clock
from reviews.desk import of_row, waits
from reviews.desk.reaffirming import read_url
from reviews.desk.sections import Line, Section
from reviews.desk.standing import DUE_SOON
from reviews.desk.work.asked import Asked
from reviews.text.days import moment


class Physicians(Asked):
    """The sections of whoever signs."""

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
