"""The small interface that anything must offer to be notarised."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

from reviews.text.days import day, is_overdue

if TYPE_CHECKING:
    from django import forms

    from reviews.models import Contribution, Edition, Subject


@dataclass(frozen=True)
class Part:
    """One labelled, keyed piece of a document, in the order of the page.

    `html` says whether `content` is markup. `needs_full_review` marks a piece whose change no
    correction may carry, save an urgent one where it `may_change_urgently`. The parts with the same
    `row` stand and move together; `group` says among what, for a reader, and `number` is what the
    page prints before the row, or 0. `printed` has each mark that the markup may hold as it is
    written, and what the page prints in its place; marks are compared as they are written.
    """

    key: str
    label: str
    content: str
    html: bool = False
    needs_full_review: bool = False
    may_change_urgently: bool = False
    row: str = ""
    group: str = ""
    number: int = 0
    printed: tuple[tuple[str, str], ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Place:
    """A stretch of a page under one heading, as a reader meets it: `anchor` is its id there.

    `parts` are those of a document that stand in it.
    """

    name: str
    anchor: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Signer:
    """Who signed and on which local day, as printed; `slug` is their address among reviewers."""

    name: str
    credentials: str
    on: date
    slug: str


@dataclass(frozen=True)
class Ended:
    """From when somebody who signed stands behind a page no longer: because they have gone, or
    because they said so of this page."""

    name: str
    on: date
    has_gone: bool

    @property
    def sentence(self) -> str:
        """What stands beside the review line."""
        what = "reviews pages here" if self.has_gone else "stands behind this page"
        return f"{self.name} no longer {what} since {day(self.on)}."


@dataclass(frozen=True)
class Signature:
    """What a sign-off says about an edition, for the page to show.

    `edition` is its number. `full_review` is the sign-off whose date counts; `correction` the later
    one, if any, that checked a change only. `urgent_on` is the day of the last urgent correction
    since that full review. `ends` are said beside it; `next_review_due` comes sooner by them.
    """

    edition: int
    full_review: Signer
    correction: Signer | None
    relationship: str
    same_physician: bool
    next_review_due: date
    urgent_on: date | None = None
    ends: tuple[Ended, ...] = ()

    def is_overdue(self, on: date) -> bool:
        """Whether a full review should have been done before a day."""
        return is_overdue(self.next_review_due, on)


@dataclass(frozen=True)
class Related:
    """A page in force that a document names, or that names it, by its signed name."""

    slug: str
    title: str


@dataclass(frozen=True)
class Shown:
    """One stretch of time in which an edition was public, as instants, and who vouched for it."""

    from_at: datetime
    until_at: datetime
    signature: Signature | None = None


@dataclass(frozen=True)
class Past:
    """What became of an edition that is no longer in force: when it was public.

    If its page is withdrawn now, the day and the notice that patients read instead.
    """

    shown: Sequence[Shown]
    withdrawn_on: date | None = None
    notice: str = ""

    @property
    def joined(self) -> list[Shown]:
        """The stretches, those that follow one another as one, whoever signed."""
        found: list[Shown] = []
        for one in self.shown:
            if found and found[-1].until_at == one.from_at:
                found[-1] = Shown(found[-1].from_at, one.until_at)
            else:
                found.append(Shown(one.from_at, one.until_at))
        return found


@dataclass(frozen=True)
class Standing:
    """How an edition stands when it is shown: all that its page says beside the signed words.

    `on` is the clinic's day, which decides "overdue"; `live` are those of the document's own
    targets that are in force, `related` the pages to list beside it. Without a `signature` the page
    says that it is not signed; with a `past` it says that it is no longer current. Only a page
    `in_force` is for search engines and speaks to machines: a preview and a past edition must not.
    Above a `flagged` one stands a fixed notice that it is being checked; above a translation whose
    original says something else since it was signed, that and since when.
    """

    signature: Signature | None
    on: date
    live: Collection[str] = ()
    related: Sequence[Related] = ()
    past: Past | None = None
    in_force: bool = False
    flagged: bool = False
    original_changed_on: date | None = None


@dataclass(frozen=True)
class Version:
    """A saved state of a draft: its number, when and by whom it was saved, and what that changed.

    `words` are the fields of its rows by name, as stored; `digest` is that of all of them.
    """

    number: int
    at: datetime
    by: str
    comment: str
    words: Sequence[tuple[str, str]]
    digest: str


class NotFreezable(Exception):
    """The draft cannot be frozen. `faults` are sentences that name the place."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


class Reviewable(models.Model):
    """A model whose rows are drafts that the notary can freeze, compare, sign and show."""

    subject = models.OneToOneField(
        "reviews.Subject", on_delete=models.PROTECT, editable=False, related_name="+"
    )

    class Meta:
        abstract = True

    def document(self) -> dict[str, Any]:
        """The whole text as it stands, read afresh from the database, unchecked."""
        raise NotImplementedError

    def freeze(self) -> dict[str, Any]:
        """The whole text, read afresh, with a schema number. Raises NotFreezable."""
        raise NotImplementedError

    def recorded(self, contribution: "Contribution", document: dict[str, Any], how: str) -> None:
        """Called once a save of the draft is recorded: the place to keep it as a version.

        `document` is the draft as saved; `how`, if not empty, says how its words came there.
        """
        raise NotImplementedError

    @classmethod
    def upgraded(cls, document: dict[str, Any]) -> dict[str, Any]:
        """A stored document of any schema in the present one, in which all other methods read it.

        Nothing is added that is not empty.
        """
        raise NotImplementedError

    @classmethod
    def former(cls, document: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """A document as each older schema would have written it, where it can, the latest first."""
        raise NotImplementedError

    @classmethod
    def own_words(cls, document: Mapping[str, Any]) -> dict[str, Any]:
        """A document without what the site gives to it: its schema and the clinic's words."""
        raise NotImplementedError

    @classmethod
    def parts(cls, document: Mapping[str, Any]) -> list[Part]:
        """The labelled, keyed, ordered pieces of a document."""
        raise NotImplementedError

    @classmethod
    def places(cls, document: Mapping[str, Any]) -> list[Place]:
        """Where on the page a reader meets which parts, in order, without empty ones."""
        raise NotImplementedError

    @classmethod
    def cleaned(cls, part: str, words: str) -> str:
        """Words for a part, as its field of the draft would keep them.

        Raises ValidationError where they are refused, or where no field holds such a part.
        """
        raise NotImplementedError

    @classmethod
    def typed(cls, part: str) -> "forms.Field":
        """The form field in which the words of a part are typed. Raises ValidationError."""
        raise NotImplementedError

    def put(self, part: str, words: str) -> None:
        """Save words in one part of the draft, through cleaning.

        Records no contribution. Raises ValidationError as `cleaned`, and where the part is gone.
        """
        raise NotImplementedError

    def versions(self) -> list[Version]:
        """The saved states of the draft that still stand, the newest first."""
        raise NotImplementedError

    def erase_version(self, number: int) -> None:
        """Erase one saved state and what was logged of that save."""
        raise NotImplementedError

    def erase(self) -> None:
        """Erase the draft with all its saved states and what was logged of it."""
        raise NotImplementedError

    @classmethod
    def label(cls, document: Mapping[str, Any]) -> str:
        """The name of the page, plain text."""
        raise NotImplementedError

    @classmethod
    def address(cls, document: Mapping[str, Any]) -> str:
        """The address (slug) at which the page is to appear."""
        raise NotImplementedError

    @classmethod
    def targets(cls, document: Mapping[str, Any]) -> set[str]:
        """The addresses of the same kind that the document names."""
        raise NotImplementedError

    @classmethod
    def original(cls, document: Mapping[str, Any]) -> str:
        """The address of the page of the same kind that the document translates, or ""."""
        raise NotImplementedError

    @classmethod
    def public_url(cls, slug: str) -> str:
        """Where the public reads the page with this address."""
        raise NotImplementedError

    @classmethod
    def hosts(cls, document: Mapping[str, Any]) -> list[str]:
        """The hosts that the document links to, in ASCII, for a reviewer's eye."""
        raise NotImplementedError

    @classmethod
    def doubts(cls, document: Mapping[str, Any]) -> list[str]:
        """A sentence for each thing that editor and reviewer should look at twice."""
        raise NotImplementedError

    @classmethod
    def unidentified(cls, document: Mapping[str, Any]) -> list[str]:
        """The references that name no identifier and no address by which they can be found."""
        raise NotImplementedError

    @classmethod
    def review_interval(cls, document: Mapping[str, Any]) -> int:
        """After how many calendar months the next full review is due."""
        raise NotImplementedError

    @classmethod
    def index(cls, edition: "Edition") -> "IndexedText":
        """The words by which a search finds this edition."""
        raise NotImplementedError

    @classmethod
    def render(cls, edition: "Edition", standing: Standing) -> str:
        """The page as HTML, from the frozen document alone and what stands around it."""
        raise NotImplementedError


@dataclass(frozen=True)
class IndexedText:
    """An edition's words for search: its name, other names, and the rest, as plain text."""

    name: str
    synonyms: str
    body: str


def model_of(kind: str) -> type[Reviewable]:
    """The model named by a subject's kind ("app.model"). Raises LookupError if there is none."""
    model = apps.get_model(kind)
    if not issubclass(model, Reviewable):
        raise LookupError(f"{kind} is not something that can be reviewed.")
    return model


def kinds() -> list[type[Reviewable]]:
    """Every model whose rows are drafts."""
    return [model for model in apps.get_models() if issubclass(model, Reviewable)]


def draft_of(subject: "Subject") -> Reviewable | None:
    """The working draft of a subject, or None when it was deleted."""
    return model_of(subject.kind)._default_manager.filter(subject=subject).first()
