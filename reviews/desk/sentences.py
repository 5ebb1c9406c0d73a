"""Events in words: who did what, and to which page, in one sentence each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from reviews import clock
from reviews.desk.verb_pages import name_of
from reviews.evidence.kinds import Kind
from reviews.models import (
    Claim,
    Departure,
    Edition,
    Event,
    RelianceEnd,
    SignOff,
    Withdrawal,
)
from reviews.reading.events import instant_of, said, titles_of
from reviews.text.days import day, moment
from reviews.workflow import Export

# Who acts where an event names nobody, and where it cannot be read whom it names.
NOBODY, UNKNOWN = "The site", "Somebody"


@dataclass(frozen=True)
class Told:
    """One event in a reader's words; `by` is who did it, `page` the page's latest name, or ""."""

    event: Event
    at: datetime | None
    by: str
    sentence: str
    page: str

    @property
    def kind(self) -> str:
        """What kind of event it is, in words."""
        return in_words(self.event.kind)


def in_words(kind: str) -> str:
    """The word of a kind of event as people read it."""
    return kind.replace("_", " ").replace("log in", "log-in").replace("sign off", "sign-off")


def told(events: Iterable[Event]) -> list[Told]:
    """Events in a reader's words; at most five queries for all of them.

    One that is damaged is told without what cannot be read of it.
    """
    bodies = [(event, said(event)) for event in events]
    known = _Known.of(bodies)
    return [
        Told(
            event,
            instant_of(body.get("at")),
            known.people.get(_number(body, "by"), ""),
            _sentence(event, body, known),
            known.titles.get(event.subject_id, ""),
        )
        for event, body in bodies
    ]


@dataclass(frozen=True)
class _Known:
    """The names of what events speak of, by key."""

    people: dict[int | None, str] = field(default_factory=dict)
    titles: dict[UUID | None, str] = field(default_factory=dict)
    editions: dict[int | None, int] = field(default_factory=dict)
    cancelled: dict[int | None, int] = field(default_factory=dict)
    claims: dict[int | None, Claim] = field(default_factory=dict)
    physicians: dict[int | None, str] = field(default_factory=dict)

    @classmethod
    def of(cls, bodies: Sequence[tuple[Event, dict[str, Any]]]) -> "_Known":
        """All that these events name."""
        numbers = {
            key: {_number(body, key) for _, body in bodies} - {None}
            for key in (
                "by",
                "person",
                "person_id",
                "edition",
                "edition_id",
                "sign_off_id",
                "stand_in",
            )
        }
        answered = {_number(body, "claim_id") for _, body in bodies} - {None}
        claims = Claim.objects.select_related("person", "license").in_bulk(answered)
        named = numbers["by"] | numbers["person"] | numbers["person_id"] | numbers["stand_in"]
        people = User.objects.select_related("reviewer").in_bulk(named)
        signed = SignOff.objects.filter(pk__in=numbers["sign_off_id"])
        editions = Edition.objects.filter(pk__in=numbers["edition"] | numbers["edition_id"])
        return cls(
            people={key: name_of(person) for key, person in people.items()},
            titles=titles_of(event for event, _ in bodies),
            editions=dict(editions.values_list("pk", "number")),
            cancelled=dict(signed.values_list("pk", "edition__number")),
            claims=dict(claims),
            physicians={
                key: str(person.reviewer) if hasattr(person, "reviewer") else name_of(person)
                for key, person in people.items()
            },
        )


def _number(body: dict[str, Any], key: str) -> int | None:
    """A key of a row that an event names, itself or in its row of evidence."""
    found = body.get(key, _row(body).get(key))
    # SQLite and PostgreSQL hold no larger key: one was never there.
    return found if type(found) is int and 0 <= found < 2**63 else None


def _row(body: dict[str, Any]) -> dict[str, Any]:
    row = body.get("row")
    return row if isinstance(row, dict) else {}


def _sentence(event: Event, body: dict[str, Any], known: _Known) -> str:
    row = _row(body)
    claim = known.claims.get(_number(body, "claim_id"))
    person = _number(body, "person") or _number(body, "person_id")
    number = (
        row.get("number")
        or known.editions.get(_number(body, "edition") or _number(body, "edition_id"))
        or known.cancelled.get(_number(body, "sign_off_id"))
    )
    by = known.people.get(_number(body, "by"), "")
    words = {
        "who": by or (UNKNOWN if body.get("by", UNKNOWN) else NOBODY),
        "page": known.titles.get(event.subject_id, "a page never submitted"),
        "edition": f"edition {number}" if number else "an edition",
        "person": known.people.get(person, "somebody"),
        "claim": claim.what if claim else "a claim",
        "physician": known.physicians.get(person, "a physician"),
        "stand_in": known.physicians.get(_number(body, "stand_in"), "a physician"),
        "claimant": name_of(claim.person) if claim else "somebody",
    }
    try:
        kind = Kind(event.kind)
        sentence = SENTENCES[kind]
        more = _MORE[kind](body, row) if kind in _MORE else {}
        return sentence.format(**{**words, **more})
    except (KeyError, ValueError, TypeError):
        return f"{in_words(event.kind).capitalize()}{by and f', by {by}'}."


SENTENCES: dict[Kind, str] = {
    Kind.DRAFT_SAVED: "{who} {saved} the draft of {page}.",
    Kind.DRAFT_UPGRADED: "The draft of {page} was brought into today’s form; its words stayed.",
    Kind.SUBMITTED: "{who} submitted {edition} of {page}.",
    Kind.ADDRESS_CLAIMED: "The address “{slug}” belongs to {page} from now on.",
    Kind.DRAFT_ARCHIVED: "{who} put the draft of {page} into the archive.",
    Kind.DRAFT_TAKEN_BACK: "{who} took the draft of {page} back from the archive.",
    Kind.DRAFT_ERASED: "{who} erased the draft of {page} with its history.",
    Kind.VERSION_ERASED: "{who} erased a version of the draft of {page}{saved}.",
    Kind.CHANGES_REQUESTED: "{who} sent {edition} of {page} back and asked for changes.",
    Kind.TAKEN_BACK: "{who} took {edition} of {page} back.",
    Kind.SUPERSEDED: "{who} submitted {page} again, which took the place of {edition}.",
    Kind.ENDED_BY_WITHDRAWAL: "{who} withdrew {page}, which ended the submission of {edition}.",
    Kind.SIGNED: "{signer} {signed} {edition} of {page}{scope}.{effective}",
    Kind.SIGN_OFF_CANCELLED: "{who} cancelled the sign-off of {edition} of {page}.",
    Kind.PAGE_WITHDRAWN: "{who} withdrew {page}. Patients read: “{notice}”{successor}",
    Kind.PAGE_FLAGGED: "{who} flagged {page}: it stayed, with a notice above it.",
    Kind.PAGE_HELD: "{who} held {page}{follows}: patients read that it was being checked.",
    Kind.PAGE_RELEASED: "{who} released {page} after it was checked.",
    Kind.EDITION_REDACTED: "{who} took the words of {edition} of {page} out of everything public.",
    Kind.RELIANCE_ENDED: "{physician} {ended} {page}, since {on}: a full review is due by {due}.",
    Kind.RELIANCE_RESTORED: "{physician} stands behind what they signed of {page} again.",
    Kind.REVIEWER_ENDED: "{who} recorded that {physician} reviews pages here no longer since {on} "
    "({why}).",
    Kind.REVIEWER_BACK: "{who} recorded that {physician} reviews pages here again.",
    Kind.AWAY_SAID: "{who} recorded that {physician} is away from {first} to {last}; {stand_in} "
    "stands in.",
    Kind.AWAY_ENDED: "{who} recorded that {physician} is not away.",
    Kind.REVIEWER_SAVED: "{who} saved the profile of {reviewer}.",
    Kind.PROFILE_CONFIRMED: "{who} confirmed the words of their own profile.",
    Kind.CREDENTIALS_FAILED: "{who} typed a wrong password where one is needed.",
    Kind.LOG_IN_ENDED: "{who} typed wrong passwords too often, so the log-in was ended.",
    Kind.LOG_IN_LOCKED: "Somebody tried too many passwords at the log-in of {person}.",
    Kind.SIGNING_LOCKED: "{who} typed wrong passwords too often, so signing was locked for a day.",
    Kind.SIGNING_UNLOCKED: "{who} let {person} sign again.",
    Kind.ACCOUNT_SAVED: "{who} saved the account of {person}{groups}.",
    Kind.LINK_ASKED: "{who} asked for a link by which {person} can set a password.",
    Kind.CLAIM_MADE: "{who} asked that this count for {person}: {claimed}.",
    Kind.CLAIM_TOLD: "Every physician was told of this for {claimant}: {claim}.",
    Kind.CLAIM_CONFIRMED: "{who} confirmed for {claimant}: {claim}.",
    Kind.CLAIM_OBJECTED: "{who} objected for {claimant}: {claim}.",
    Kind.TAKEN_ON: "{who} took on the review of {page}.",
    Kind.HANDED_OVER: "{who} handed the review of {page} over to {person}.",
    Kind.LET_GO: "{who} let go of the review of {page}: nobody has taken it on.",
    Kind.COMMENTED: "{who} commented on {page}.",
    Kind.SUGGESTED: "{who} suggested other words for {page}.",
    Kind.COMMENT_RESOLVED: "{who} closed a comment on {page}.",
    Kind.COMMENT_REOPENED: "{who} opened a comment on {page} again.",
    Kind.SUGGESTION_TAKEN_OVER: "{who} took suggested words over into the draft of {page}.",
    Kind.COMMENT_SIGNED_OVER: "{who} signed {page} before a comment was settled, and said why.",
    Kind.CONCERN_LOGGED: "{who} logged a concern from outside about {page}.",
    Kind.CONCERN_SETTLED: "{who} settled a concern about {page}.",
    Kind.REMARK_BLANKED: "{who} blanked a note or a reason.",
    Kind.RECORD_EXPORTED: "{who} took out {what} as a file{span}, {texts} the reasons and notes "
    "written inside.",
}


def _signed(body: dict[str, Any], row: dict[str, Any]) -> dict[str, str]:
    scope = SignOff.Scope(row["scope"])
    again = row.get("submission_id") is None
    later = row["effective_at"] > row["signed_at"]
    takes_effect = instant_of(row["effective_at"])
    return {
        "signer": f"{row['printed_name']}, {row['credentials']}",
        "signed": "reaffirmed" if again else "signed",
        "scope": "" if again else f" ({scope.label})",
        "effective": f" It takes effect on {moment(takes_effect, clock.zone())}."
        if later and takes_effect
        else "",
    }


def _erased(body: dict[str, Any], row: dict[str, Any]) -> dict[str, str]:
    at = instant_of(row["saved_at"])
    return {"saved": f" that was saved on {moment(at, clock.zone())}" if at else ""}


def _claim(body: dict[str, Any], row: dict[str, Any]) -> dict[str, str]:
    kind = Claim.Kind(row["kind"])
    return {"claimed": f"{kind.label}, {row['of']}" if kind == Claim.Kind.GROUP else kind.label}


def _on(row: dict[str, Any], *names: str) -> dict[str, str]:
    return {name: day(date.fromisoformat(row[name])) for name in names}


def _reliance_ended(body: dict[str, Any], row: dict[str, Any]) -> dict[str, str]:
    gone = RelianceEnd.Kind(row["kind"]) == RelianceEnd.Kind.GONE
    ended = "has gone, who signed" if gone else "stands behind their signature no longer, on"
    return {"ended": ended, **_on(row, "on", "due")}


def _exported(body: dict[str, Any], row: dict[str, Any]) -> dict[str, str]:
    first, last = (
        day(date.fromisoformat(body[key])) if body[key] else "" for key in ("first", "last")
    )
    return {
        "what": Export(body["export"]).label,
        "span": (f" from {first}" if first else "") + (f" to {last}" if last else ""),
        "texts": "with" if body["texts"] else "without",
    }


_MORE: dict[Kind, Callable[[dict[str, Any], dict[str, Any]], dict[str, str]]] = {
    Kind.DRAFT_SAVED: lambda body, row: {
        "saved": "loaded an older version into" if row.get("restored_from_id") else "saved"
    },
    Kind.ADDRESS_CLAIMED: lambda body, row: {"slug": row["slug"]},
    Kind.SIGNED: _signed,
    Kind.PAGE_WITHDRAWN: lambda body, row: {
        "notice": Withdrawal.Notice(row["notice"]).label,
        "successor": " The notice leads to another page, of which this subject is now part."
        if row.get("successor_id")
        else "",
    },
    Kind.PAGE_HELD: lambda body, row: {
        "follows": " with the page that it translates" if row.get("follows_id") else ""
    },
    Kind.VERSION_ERASED: _erased,
    Kind.REVIEWER_SAVED: lambda body, row: {
        "reviewer": "{printed_name}, {credentials}".format(**body["reviewer"])
    },
    Kind.ACCOUNT_SAVED: lambda body, row: {
        "groups": f" ({', '.join(body['account']['groups']) or 'in no group'})"
    },
    Kind.CLAIM_MADE: _claim,
    Kind.RELIANCE_ENDED: _reliance_ended,
    Kind.REVIEWER_ENDED: lambda body, row: {
        "why": Departure.Step(row["step"]).label,
        **_on(row, "on"),
    },
    Kind.AWAY_SAID: lambda body, row: {
        "first": day(date.fromisoformat(row["first_on"])),
        "last": day(date.fromisoformat(row["last_on"])),
    },
    Kind.RECORD_EXPORTED: _exported,
}
