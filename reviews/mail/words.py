"""What a letter says: lines under headings, and the words of each notification.

None says a word of a draft, or of medicine. A page is called by the name under which it was public;
any other is a new page.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef
from django.urls import reverse

from reviews import clock
from reviews.mail import links
from reviews.models import (
    Group,
    License,
    Notification,
    Reason,
    Redaction,
    SignOff,
    Subject,
)
from reviews.reviewable import model_of
from reviews.text.days import day, moment, zone_name

# Under one heading stand so many lines; the rest is counted.
MOST_LINES = 25
HEADINGS = {
    Group.MUST: "What cannot wait",
    Group.ASKED: "Asked of you",
    Group.BECAME: "What became of pages",
    Group.TALK: "Comments",
    Group.DUE: "Due",
}
SUBJECTS = {
    Reason.ASKED_URGENTLY: "a review that cannot wait",
    Reason.FLAGGED: "a page was flagged",
    Reason.HELD: "a page was held",
    Reason.WITHDRAWN: "a page was withdrawn",
    Reason.URGENT: "a page was changed urgently",
    Reason.ASKED: "you are asked for a review",
    Reason.RESUBMITTED: "you are asked for a review",
    Reason.HANDED_OVER: "a review was handed over to you",
    Reason.MENTIONED: "you were mentioned",
    Reason.COMMENTED: "a comment",
    Reason.SUGGESTED: "a suggestion",
    Reason.SIGNED_OVER: "a page was signed over your comment",
    Reason.SENT_BACK: "changes are requested",
    Reason.SIGNED: "a page was signed",
    Reason.DUE: "a review comes due",
    Reason.LICENSE_ENDS: "a license ends",
}


@dataclass(frozen=True)
class Line:
    """A sentence, and the address that it leads to."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Section:
    """Lines under a heading, which may be empty; `more` of them are left out."""

    lines: list[Line]
    heading: str = ""
    more: int = 0


@dataclass(frozen=True)
class Words:
    """What a letter says between its greeting and the clinic's name."""

    subject: str
    sections: list[Section] = field(default_factory=list)
    # Whether the letter says where its kind can be chosen.
    chosen: bool = True


def name_of(user: User) -> str:
    """Somebody's name on one line, at most 80 characters of it."""
    return " ".join((user.get_full_name() or user.get_username()).split())[:80]


def of_notifications(told: list[Notification]) -> list[Section]:
    """Notifications under their headings, each sentence once, what cannot wait first."""
    by_group = {
        group: [one for one in told if Reason(one.reason).group == group] for group in Group
    }
    pages = _Pages([one for group in by_group.values() for one in group[:MOST_LINES]])
    sections = []
    for group, ones in by_group.items():
        if ones:
            lines = list(dict.fromkeys(_line(one, pages) for one in ones[:MOST_LINES]))
            sections.append(Section(lines, HEADINGS[group], len(ones[MOST_LINES:])))
    return sections


def of_overdue(late: Iterable[SignOff], count: int) -> Section:
    """The first overdue pages, of `count`."""
    rows = list(late)
    titles = names({row.subject_id for row in rows})
    lines = [
        Line(
            f"{titles.get(row.subject_id, A_NEW_PAGE)}: a full review was due on {day(row.due)}.",
            _record(row.subject_id),
        )
        for row in rows
    ]
    return Section(lines, "Overdue", count - len(rows))


A_NEW_PAGE = "a new page"


def names(subjects: Collection[Any]) -> dict[Any, str]:
    """The name under which each page is public or was last, in quotes; none where it never was.

    A name that was taken out with the page's words is not said again.
    """
    at = clock.now()
    redacted = Redaction.objects.filter(edition=OuterRef("edition"))
    shown = SignOff.objects.shown_by(at).filter(subject__in=subjects).order_by("pk")
    rows = shown.annotate(gone=Exists(redacted)).values_list("subject", "edition__title", "gone")
    return {subject: "a page" if gone else f"“{title}”" for subject, title, gone in rows}


class _Pages:
    """What the lines of a letter need, for all of them at once."""

    def __init__(self, told: list[Notification]) -> None:
        self.told = told

    @cached_property
    def titles(self) -> dict[Any, str]:
        return names({one.subject_id for one in self.told if one.subject_id})

    @cached_property
    def people(self) -> dict[int, User]:
        return User.objects.in_bulk(
            {one.event.said["by"] for one in self.told if one.event} - {None}
        )

    @cached_property
    def sign_offs(self) -> dict[int, SignOff]:
        """Those that notifications of a signature are about."""
        rows = SignOff.objects.select_related("edition", "subject").defer("edition__text")
        return {row.pk: row for row in rows.filter(pk__in=[one.event_id for one in self.told])}

    @cached_property
    def public(self) -> set[int]:
        """Those of these sign-offs that are public now."""
        rows = SignOff.objects.public(clock.now()).filter(pk__in=self.sign_offs)
        return set(rows.values_list("pk", flat=True))

    @cached_property
    def licenses(self) -> dict[int, License]:
        return License.objects.select_related("reviewer__user").in_bulk(
            {one.license_id for one in self.told if one.license_id}
        )

    def title(self, told: Notification) -> str:
        return self.titles.get(told.subject_id, A_NEW_PAGE)

    def by(self, told: Notification) -> str:
        user = self.people.get(told.event.said["by"]) if told.event else None
        return name_of(user) if user else "Whoever runs the server"


def _line(told: Notification, pages: _Pages) -> Line:
    reason = Reason(told.reason)
    if reason in _LINES:
        return _LINES[reason](told, pages)
    page = pages.title(told)
    text = _SENTENCES[reason].format(
        by=pages.by(told) if told.event else "",
        page=page,
        Page=page[0].upper() + page[1:],
        on=_on(told.on),
    )
    return Line(text, _url(told))


def _asked(told: Notification, pages: _Pages) -> Line:
    reviewer = told.submission.reviewer if told.submission else None
    if reviewer is not None and reviewer.user_id == told.person_id:
        text = f"{pages.by(told)} asks you to review {pages.title(told)}"
    else:
        text = f"{pages.by(told)} put {pages.title(told)} forward, for any physician to review"
    urgent = told.reason == Reason.ASKED_URGENTLY
    return Line(f"{text}; it cannot wait." if urgent else f"{text}.", _url(told))


def _signed(told: Notification, pages: _Pages) -> Line:
    row = pages.sign_offs[_number(told.event_id)]
    if row.pk in pages.public:
        url = links.absolute(model_of(row.subject.kind).public_url(row.edition.slug))
        return Line(f"{pages.by(told)} signed {pages.title(told)}: it is live.", url)
    text = f"{pages.by(told)} signed {pages.title(told)}"
    if row.waits(clock.now()):
        zone = clock.zone()
        when = f"{moment(row.effective_at, zone)} ({zone_name(zone, row.effective_at)})"
        text += f". It takes effect on {when}"
    return Line(f"{text}.", _url(told))


def _urgent(told: Notification, pages: _Pages) -> Line:
    due = day(pages.sign_offs[_number(told.event_id)].next_review_due)
    text = f"{pages.by(told)} changed {pages.title(told)} urgently. A full review is due on {due}."
    return Line(text, _url(told))


def _license(told: Notification, pages: _Pages) -> Line:
    license, ends = pages.licenses[_number(told.license_id)], _on(told.on)
    if license.reviewer.user_id == told.person_id:
        text = f"Your license ({license.state}) ends on {ends}. Enter its renewal on your profile."
        return Line(text, links.absolute(reverse("admin:reviews_reviewer_mine")))
    text = f"The license ({license.state}) of {license.reviewer} ends on {ends}."
    url = reverse("admin:reviews_reviewer_change", args=[license.reviewer_id])
    return Line(text, links.absolute(url))


def _number(key: int | None) -> int:
    assert key is not None  # whoever wrote the notification gave it one
    return key


def _on(on: date | None) -> str:
    return day(on) if on else ""


_LINES: dict[Reason, Callable[[Notification, _Pages], Line]] = {
    Reason.ASKED: _asked,
    Reason.ASKED_URGENTLY: _asked,
    Reason.SIGNED: _signed,
    Reason.URGENT: _urgent,
    Reason.LICENSE_ENDS: _license,
}
_SENTENCES = {
    Reason.FLAGGED: "{by} flagged {page}: a notice stands above it while it is checked.",
    Reason.HELD: "{by} held {page}: nobody outside can read it while it is checked.",
    Reason.WITHDRAWN: "{by} withdrew {page}: a notice stands in its place.",
    Reason.RELEASED: "{by} released {page}: it stands as before.",
    Reason.RESUBMITTED: "{by} put {page}, which you sent back, forward again.",
    Reason.HANDED_OVER: "{by} handed the review of {page} over to you.",
    Reason.TAKEN_ON: "{by} took the review of {page} on.",
    Reason.MENTIONED: "{by} mentioned you in a comment on {page}.",
    Reason.COMMENTED: "{by} commented on {page}.",
    Reason.SUGGESTED: "{by} suggested words for {page}.",
    Reason.SIGNED_OVER: "{by} signed {page} over your comment, which stays open, and said why.",
    Reason.SENT_BACK: "{by} sent {page} back and asks for changes.",
    Reason.SUPERSEDED: "{by} put a newer edition of {page} forward. It takes the place of the one "
    "that was open.",
    Reason.CANCELLED: "{by} cancelled a signature under {page}.",
    Reason.TAKES_EFFECT: "{Page} takes effect on {on}, as it was signed.",
    Reason.RELIANCE_ENDED: "{Page} rests on a physician who stands behind it no longer. Another "
    "physician must review it in full.",
    Reason.DUE: "{Page}: a full review is due on {on}.",
}


def _url(told: Notification) -> str:
    """The page on the desk that a notification leads to."""
    if told.submission is not None:
        return links.absolute(told.submission.get_absolute_url())
    return _record(told.subject_id)


def _record(subject: Any) -> str:
    return links.absolute(Subject(pk=subject).get_absolute_url())
