"""Who wrote the words of an edition: by whose saves, by equal texts, and by equal pieces."""

import html
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db.models import F, Max, Q, QuerySet

from reviews.diff.counting import total_words
from reviews.models import CommentStep, Contribution, Edition, SignOff, Subject
from reviews.reviewable import Reviewable, model_of
from reviews.text.canonical import digest_of, text_of

# A text of fewer words is nobody's own: two people would write it alike.
FEWEST_WORDS = 8
# Of so many words of a page, one may be suggested by whoever signs it; of more they are an author.
NAMED_FOR = 10
# Recorded digests rest on these three: they stay as they are. A piece is known by its words alone,
# whatever marks, signs or capitals stand around them; a letter of Chinese or Japanese is a word.
_BLOCK = re.compile(r"</?(?:p|li|ul|ol|h[1-6]|hr|blockquote|table|t[a-z]+)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


def pieces_of(model: type[Reviewable], document: Mapping[str, Any]) -> set[str]:
    """The digests of a document's parts, and of their paragraphs, of eight words or more.

    What the site gives to every document is nobody's words.
    """
    own = model.own_words(document)
    given = set(_strings([value for key, value in document.items() if key not in own]))
    found = set()
    for part in model.parts(document):
        if part.content in given:
            continue
        blocks = _BLOCK.split(part.content) if part.html else [part.content]
        for text in {part.content, *blocks}:
            words = _words(text) if part.html else _WORD.findall(text.casefold())
            if len(words) >= FEWEST_WORDS:
                found.add(digest_of(" ".join(words)))
    return found


def _words(markup: str) -> list[str]:
    text = html.unescape(_TAG.sub("", _BLOCK.sub(" ", markup)))
    return _WORD.findall(text.casefold())


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _strings(list(value.values()))
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


# A span of saves: page, after the last signed freeze, up to and with a save.
_Span = tuple[Any, int, int]


def new_pieces(subject: Subject, document: Mapping[str, Any], at: datetime) -> str:
    """The pieces that a draft has now and had not at its last freeze and saves, as JSON text.

    Within one span of saves each piece is thus held by who brought it first.
    """
    model = model_of(subject.kind)
    vouched = vouched_editions(subject, at)
    after = vouched[-1] if vouched else 0
    last = subject.editions.order_by("-pk").values_list("pk", flat=True).first()
    known = set()
    for edition in Edition.objects.filter(pk__in={after, last or 0}):
        known |= pieces_of(model, edition.document)
    saved = subject.contributions.filter(pk__gt=after).exclude(pieces=None)
    for pieces in saved.values_list("pieces", flat=True):
        known.update(json.loads(pieces or "[]"))
    return json.dumps(sorted(pieces_of(model, document) - known), separators=(",", ":"))


def vouched_editions(subject: Subject, at: datetime) -> list[int]:
    """The editions that somebody vouches for, the oldest first.

    One whose sign-off was cancelled, or whose page was withdrawn since, does not count.
    """
    withdrawn = subject.withdrawals.page().aggregate(last=Max("pk"))["last"] or 0
    vouched = SignOff.objects.standing(at).filter(subject=subject, pk__gt=withdrawn)
    return sorted(set(vouched.values_list("edition", flat=True)))


def authors_of(
    subject: Subject, document: Mapping[str, Any], at: datetime, *, until: int | None = None
) -> set[int]:
    """All who wrote words of a draft that nobody vouches for yet (DESIGN §5, Authors).

    Those who saved since the freeze of the last signed edition; those who wrote a text that was
    restored, or that one of these saves holds again, however it came there; and those who ever
    saved a piece that stands in the draft and not in the last signed edition; and those of whose
    suggestions more than a tenth of its words was taken over (I4). Of an edition that was frozen
    already, `until` is its number: what was saved and signed before that counts.
    """
    people, spans = _by_saves(subject, at, until)
    people |= _by_suggestions(spans, document, model_of(subject.kind))
    vouched = [one for one in vouched_editions(subject, at) if until is None or one < until]
    fresh = pieces_of(model_of(subject.kind), document)
    for edition in Edition.objects.filter(pk__in=vouched[-1:]):
        fresh -= pieces_of(model_of(subject.kind), edition.document)
    return people | _by_pieces(subject, fresh, people, at, until)


def authors_now(edition: Edition, at: datetime) -> set[int]:
    """The authors of an edition by what is vouched for now, of what was saved before its freeze.

    Where a signature before it was ended since, whoever wrote those words is an author again.
    """
    return authors_of(edition.subject, edition.document, at, until=edition.pk)


class _Save(NamedTuple):
    """A contribution, in short."""

    pk: int
    subject: Any
    by: int
    digest: str
    own_digest: str | None
    restored_from: int | None


@dataclass
class _History:
    """The saves of a page, and the freezes of its editions that are vouched for."""

    saves: list[_Save]
    frozen: list[int]
    # The digests of the last of these, with and without what the site gave to it.
    signed: set[str]

    def before(self, number: int) -> int:
        """The last signed freeze before an event, or 0."""
        return max((edition for edition in self.frozen if edition < number), default=0)


def _by_saves(subject: Subject, at: datetime, until: int | None) -> tuple[set[int], set[_Span]]:
    """Who saved since the last signed freeze, and whose saves these took up again.

    With the spans of saves that this rests on.
    """
    histories: dict[Any, _History] = {}
    history = _history(subject.pk, at, histories)
    last = until or sys.maxsize  # of a draft all that was taken over, with or without a save
    after = history.before(until) if until else max(history.frozen, default=0)
    spans: set[_Span] = {(subject.pk, after, last)}
    seen: set[_Span] = set()
    people: set[int] = set()
    while spans:
        page, after, until = span = spans.pop()
        seen.add(span)
        history = _history(page, at, histories)
        saves = [save for save in history.saves if after < save.pk <= until]
        people.update(save.by for save in saves)
        for taken in _taken_up(saves, history.signed):
            freeze = _history(taken.subject, at, histories).before(taken.pk)
            spans.add((taken.subject, freeze, taken.pk))
        spans -= seen
    return people, seen


def _by_suggestions(
    spans: set[_Span], document: Mapping[str, Any], model: type[Reviewable]
) -> set[int]:
    """Whose suggestions, taken over within some spans of saves, are more than named for."""
    # Spans overlap where a version was restored, and no suggestion counts twice.
    found: dict[int, tuple[int, int]] = {}
    for page, after, until in spans:
        taken_over = _taken_over(page, after, until).exclude(comment__by=F("by"))
        rows = taken_over.values_list("pk", "comment__by", "words")
        found |= {pk: (person, number or 0) for pk, person, number in rows}
    if not found:
        return set()
    words: Counter[int] = Counter()
    for person, number in found.values():
        words[person] += number
    most = total_words(model.parts(document)) // NAMED_FOR
    return {person for person, number in words.items() if number > most}


def has_suggested(edition: Edition, by: User, at: datetime) -> bool:
    """Whether words of an edition are somebody's suggestions since the signed edition before it."""
    theirs = _taken_over(edition.subject_id, 0, edition.pk).filter(comment__by=by)
    last = theirs.aggregate(last=Max("pk"))["last"]
    if last is None:
        return False
    before = [number for number in vouched_editions(edition.subject, at) if number < edition.pk]
    return int(last) > max(before, default=0)


def _taken_over(page: Any, after: int, until: int) -> QuerySet[CommentStep]:
    return CommentStep.objects.filter(
        step=CommentStep.Step.TAKEN_OVER, subject=page, pk__gt=after, pk__lte=until
    )


def _history(page: Any, at: datetime, known: dict[Any, _History]) -> _History:
    if page not in known:
        subject = Subject.objects.get(pk=page)
        frozen, signed = vouched_editions(subject, at), set()
        for edition in Edition.objects.filter(pk__in=frozen[-1:]):
            own = model_of(subject.kind).own_words(edition.document)
            signed = {edition.digest, digest_of(text_of(own))}
        saves = _saves(subject.contributions.order_by("pk"))
        known[page] = _History(saves, frozen, signed)
    return known[page]


def _taken_up(saves: list[_Save], signed: set[str]) -> Iterator[_Save]:
    """The earlier saves, of any page, whose text some saves hold again: restored, imported, typed.

    Words that are signed now are behind us, however often they are saved again.
    """
    restored = {save.restored_from for save in saves if save.restored_from is not None}
    last: dict[str, int] = {}
    for save in saves:
        if not signed & {save.digest, save.own_digest}:
            last |= {digest: save.pk for digest in (save.digest, save.own_digest) if digest}
    # In slices, because SQLite takes a bounded number of parameters.
    digests = [*last]
    for start in range(0, len(digests), 200):
        slice_ = digests[start : start + 200]
        same = Q(digest__in=slice_) | Q(own_digest__in=slice_)
        for row in _saves(Contribution.objects.filter(same)):
            if row.pk < max(last.get(row.digest, 0), last.get(row.own_digest or "", 0)):
                yield row
    yield from _saves(Contribution.objects.filter(pk__in=restored))


def _saves(contributions: Any) -> list[_Save]:
    columns = ("pk", "subject", "by", "digest", "own_digest", "restored_from")
    return [_Save(*row) for row in contributions.values_list(*columns)]


def _by_pieces(
    subject: Subject, fresh: set[str], known: set[int], at: datetime, until: int | None
) -> set[int]:
    """Who else ever saved one of some pieces; before an edition's freeze, if that is asked.

    In another page a piece counts while nobody else signed it there: what another physician vouched
    for may be taken over.
    """
    people: set[int] = set()
    vouched: dict[Any, set[str]] = {subject.pk: set()}
    rows = Contribution.objects.exclude(pieces=None).exclude(pieces="[]").exclude(by__in=known)
    if until is not None:
        rows = rows.filter(pk__lt=until)
    for page, by, pieces in rows.values_list("subject", "by", "pieces").iterator(500):
        same = fresh.intersection(json.loads(pieces or "[]"))
        if not same or by in people:
            continue
        if page not in vouched:
            vouched[page] = _vouched_pieces(Subject.objects.get(pk=page), at)
        if same - vouched[page]:
            people.add(by)
    return people


def _vouched_pieces(subject: Subject, at: datetime) -> set[str]:
    found: set[str] = set()
    for edition in Edition.objects.filter(pk__in=vouched_editions(subject, at)):
        found |= pieces_of(model_of(subject.kind), edition.document)
    return found
