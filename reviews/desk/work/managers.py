"""What waits for a manager."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.urls import reverse

from reviews import clock
from reviews.desk import of_row, waits
from reviews.desk.sections import Line, Section
from reviews.desk.standing import DUE_SOON
from reviews.desk.verb_pages import name_of
from reviews.desk.work.asked import Asked
from reviews.models import Letter, Overlay
from reviews.text.days import day

# A license that ends within so many days is to be renewed.
LICENSE_ENDS = timedelta(days=90)


class Managers(Asked):
    """The sections of whoever looks after people and pages."""

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
