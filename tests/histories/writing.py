"""Steps on drafts: saved by the form, imported, restored, changed past the form; put forward."""

from __future__ import annotations

from typing import Any

import reversion
from django.db import connection, transaction

from conditions import exchange, outline
from conditions.models import ROWS, BoxedWarning, Condition, Differential, KeyPoint
from conditions.studio.forms import digest_of_draft
from reviews import workflow
from reviews.models import Contribution
from tests.histories.oracle import Page, Save, Words
from tests.histories.walk import LENGTH, PARAGRAPHS, SLUGS, Finding, Walk, first_words

MOST_PAGES = 4


def markup(*paragraphs: str) -> str:
    """Paragraphs as the editor writes them."""
    return "".join(f"<p>{one}</p>" for one in paragraphs)


def columns(words: Words) -> dict[str, Any]:
    """The draft's own columns."""
    return {
        "slug": words.slug,
        "name": words.name,
        "summary": markup(*words.summary),
        "safety": markup(words.safety),
        "review_interval_months": words.months,
    }


def condition_of(walk: Walk, page: Page) -> Condition:
    return Condition.objects.get(subject=walk.subjects[page])


# --- Ways to save


def keep(walk: Walk, page: Page, by: str, restored: Save | None = None) -> None:
    """Tell the oracle that somebody saved the draft as it stands."""
    if walk.clinic.record(page, by, restored):
        save = page.saves[-1]
        last = Contribution.objects.filter(subject=walk.subjects[page]).order_by("-pk")[0]
        if last.by_id != walk.users[by].pk:
            raise Finding(f"{by} saved and {last.by} is credited.")
        walk.contributions[save] = last.pk
        walk.documents[save] = condition_of(walk, page).document()
    check_saves(walk, page)


def check_saves(walk: Walk, page: Page) -> None:
    """Each save that changed a word is one contribution, and no other."""
    found = Contribution.objects.filter(subject=walk.subjects[page]).count()
    if found != len(page.saves):
        raise Finding(f"{found} contributions for {len(page.saves)} saves.")


def write(condition: Condition, words: Words) -> None:
    """Put words into a draft's rows."""
    for name, value in columns(words).items():
        setattr(condition, name, value)
    condition.full_clean()
    condition.save()
    condition.warnings.update(text=markup(words.warning))  # type: ignore[attr-defined]
    condition.differentials.update(target=words.target)  # type: ignore[attr-defined]


def by_model(walk: Walk, page: Page, words: Words, by: str) -> None:
    """As the form does, without its request."""
    condition = condition_of(walk, page)
    with transaction.atomic(), reversion.create_revision():
        write(condition, words)
        workflow.record_draft(condition.subject, by=walk.user(by))


def by_import(walk: Walk, page: Page, words: Words, by: str) -> None:
    """A file of the same address."""
    document = condition_of(walk, page).document()
    document |= columns(words)
    document["warnings"][0]["text"] = markup(words.warning)
    document["differentials"][0]["condition"] = words.target
    exchange.load(document, by=walk.user(by))


def posted(condition: Condition, words: Words) -> dict[str, Any]:
    """What a browser sends that opened the draft now and typed these words."""
    sent: dict[str, Any] = {name: getattr(condition, name) for name in outline.COLUMNS}
    # A physician is asked first: whoever saves words cannot sign them.
    sent |= {"opened": digest_of_draft(condition), "save_all_the_same": "on"} | columns(words)
    for row in ROWS:
        part = row._meta.get_field("condition").remote_field.related_name
        rows = list(getattr(condition, part).all())
        sent |= {f"{part}-TOTAL_FORMS": len(rows), f"{part}-INITIAL_FORMS": len(rows)}
        for at, one in enumerate(rows):
            names = ("id", "position", *outline.ROWS[part])
            sent |= {f"{part}-{at}-{name}": getattr(one, name) for name in names}
            sent[f"{part}-{at}-condition"] = condition.pk
    sent["warnings-0-text"] = markup(words.warning)
    sent["differentials-0-target"] = words.target
    return sent


def send(walk: Walk, condition: Condition, sent: dict[str, Any], by: str) -> Any:
    return walk.logged_in(by).post(f"/admin/conditions/condition/{condition.pk}/change/", sent)


def by_form(walk: Walk, page: Page, words: Words, by: str) -> None:
    """By the real form."""
    condition = condition_of(walk, page)
    answer = send(walk, condition, posted(condition, words), by)
    if answer.status_code != 302:
        raise Finding(f"The form answered {answer.status_code}.")


def may_use_form(walk: Walk, by: str) -> bool:
    """Whoever is active staff whose right counts."""
    return walk.clinic.edits(by, walk.clinic.clock)


def save(walk: Walk, page: Page, words: Words, by: str) -> None:
    """Save new words in one of the ways, and tell the oracle."""
    assert page.draft is not None
    ways = [by_model] * 4
    if may_use_form(walk, by):
        ways.append(by_form)
    if words.slug == page.draft.slug:
        ways.append(by_import)
    way = walk.random.choice(ways)
    way(walk, page, words, by)
    walk.sums.verbs[f"save {way.__name__}", "accepted"] += 1
    page.draft = words
    keep(walk, page, by)


# --- New words


def free_slugs(walk: Walk) -> list[str]:
    taken = {page.draft.slug for page in walk.clinic.pages.values() if page.draft}
    return sorted({*SLUGS} - taken)


def changed(walk: Walk, words: Words) -> Words:
    """Some of the words replaced, a few mostly."""
    random, kind = walk.random, walk.random.random()
    at = random.randrange(PARAGRAPHS)
    summary = list(words.summary)
    if kind < 0.4:
        summary = list(one_word_changed(walk, words.summary))
    elif kind < 0.6:
        summary[at] = walk.paragraph()
    elif kind < 0.66:
        summary = [walk.paragraph() for _ in range(PARAGRAPHS)]
    elif kind < 0.76:
        # Words that stand or stood somewhere else, of whoever wrote them.
        others = [save.words for _, save in walk.clinic.saves()]
        other = random.choice(others)
        if random.random() < 0.3:
            return words._replace(summary=other.summary)
        summary[at] = random.choice(other.summary)
    elif kind < 0.83:
        return words._replace(warning=walk.paragraph())
    elif kind < 0.88:
        return words._replace(name=f"Page {walk.word()}")
    elif kind < 0.93 and free_slugs(walk):
        return words._replace(slug=random.choice(free_slugs(walk)))
    elif kind < 0.96:
        return words._replace(months=random.choice([1, 6, 12, 12]))
    else:
        return words._replace(target=random.choice(["", *SLUGS]))
    if len(set(summary)) < PARAGRAPHS:
        return words
    return words._replace(summary=tuple(summary))


def one_word_changed(walk: Walk, summary: tuple[str, ...]) -> tuple[str, ...]:
    """One or two words put right."""
    at = walk.random.randrange(PARAGRAPHS)
    paragraph = summary[at].split()
    for _ in range(walk.random.choice([1, 1, 2])):
        paragraph[walk.random.randrange(LENGTH)] = walk.word()
    return (*summary[:at], " ".join(paragraph), *summary[at + 1 :])


# --- Steps


def new_page(walk: Walk) -> None:
    """Somebody begins a page."""
    slugs = free_slugs(walk)
    if len(walk.clinic.pages) >= MOST_PAGES or not slugs:
        return edit(walk)
    by, keys = walk.someone("edie", "edgar", "robin"), len(walk.clinic.pages) + 1
    words = first_words(walk, keys, walk.random.choice(slugs))
    with transaction.atomic(), reversion.create_revision():
        condition = Condition.objects.create(
            **columns(words),
            stance="not_treated",
            headline="Tovani does not treat this.",
            next_steps="<p>Ask.</p>",
            disclaimer="A sample, not advice.",
        )
        KeyPoint.objects.create(condition=condition, text="<p>One point.</p>")
        BoxedWarning.objects.create(
            condition=condition, heading="Mind this", text=markup(words.warning)
        )
        Differential.objects.create(condition=condition, label="Other", text="<p>It differs.</p>")
        workflow.record_draft(condition.subject, by=walk.user(by))
    page = walk.clinic.pages[keys] = Page(keys, words)
    walk.subjects[page] = condition.subject
    walk.sums.verbs["new page", "accepted"] += 1
    return keep(walk, page, by)


def drafted(walk: Walk) -> Page | None:
    """A page that has a draft."""
    pages = [page for page in walk.clinic.pages.values() if page.draft]
    return walk.random.choice(pages) if pages else None


def edit(walk: Walk) -> None:
    """Somebody saves new words."""
    page = drafted(walk)
    if page is not None and page.draft is not None:
        by = walk.someone("edie", "edgar", "robin")
        save(walk, page, changed(walk, page.draft), by)


def save_again(walk: Walk) -> None:
    """Somebody saves the draft as it stands: theirs where it was changed past its form."""
    page = drafted(walk)
    if page is not None and page.draft is not None:
        save(walk, page, page.draft, walk.someone("edie", "edgar", "robin"))


def past_the_form(walk: Walk) -> None:
    """Words come in by a bulk update or by SQL, and nobody is credited."""
    page = drafted(walk)
    if page is None or page.draft is None:
        return
    words, condition = changed(walk, page.draft), condition_of(walk, page)
    if walk.random.random() < 0.5:
        Condition.objects.filter(pk=condition.pk).update(**columns(words))
        condition.warnings.update(text=markup(words.warning))  # type: ignore[attr-defined]
        condition.differentials.update(target=words.target)  # type: ignore[attr-defined]
    else:
        words = page.draft._replace(summary=words.summary)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE conditions_condition SET summary = %s WHERE id = %s",
                [markup(*words.summary), condition.pk],
            )
    page.draft = words
    walk.sums.verbs["past the form", "accepted"] += 1


def put_back(walk: Walk) -> None:
    """A bulk update brings the draft back to what was last saved."""
    page = drafted(walk)
    if page is None or page.draft is None or page.saves[-1].words.keys != page.draft.keys:
        return
    words, condition = page.saves[-1].words, condition_of(walk, page)
    others = {one.draft.slug for one in walk.clinic.pages.values() if one.draft and one is not page}
    if words.slug not in others:
        write(condition, words)
        page.draft = words


def stale_form(walk: Walk) -> None:
    """Of two who opened the draft and changed different parts, the second saves both."""
    page = drafted(walk)
    editors = [one for one in ("edie", "edgar", "robin") if may_use_form(walk, one)]
    if page is None or page.draft is None or not editors:
        return
    condition, slow = condition_of(walk, page), walk.random.choice(editors)
    typed = page.draft._replace(summary=tuple(walk.paragraph() for _ in range(PARAGRAPHS)))
    sent = posted(condition, typed)
    newer = page.draft._replace(safety=walk.paragraph())
    save(walk, page, newer, walk.random.choice(editors))
    answer = send(walk, condition, sent, slow)
    if answer.status_code != 302:
        raise Finding(f"Two saves of different parts were answered {answer.status_code}.")
    walk.sums.verbs["stale form", "accepted"] += 1
    page.draft = newer._replace(summary=typed.summary)
    keep(walk, page, slow)


def old_export(walk: Walk) -> None:
    """An old export is imported by another person, wherever its address leads now."""
    saves = list(walk.documents)
    if not saves:
        return
    old, by = walk.random.choice(saves), walk.someone("edie", "edgar", "robin")
    page = _where(walk, old.words.slug)
    if page is None and len(walk.clinic.pages) >= MOST_PAGES:
        return
    condition, _ = exchange.load(walk.documents[old], by=walk.user(by))
    if page is None:
        number = len(walk.clinic.pages) + 1
        page = walk.clinic.pages[number] = Page(number, None)
        walk.subjects[page] = condition.subject
    if condition.subject != walk.subjects[page]:
        raise Finding("An import went to another page.")
    page.draft = old.words
    walk.sums.verbs["old export", "accepted"] += 1
    keep(walk, page, by)


def _where(walk: Walk, slug: str) -> Page | None:
    """The page at whose draft an import goes: by its draft, its signed, its last submitted."""
    pages = walk.clinic.pages.values()
    for page in pages:
        if page.draft and page.draft.slug == slug:
            return page
    lost = [page for page in pages if page.draft is None]
    signed = [page for page in lost if slug in page.slugs]
    put = [
        (edition.n, page)
        for page in lost
        for edition in page.editions
        if edition.words.slug == slug
    ]
    return signed[0] if signed else max(put, key=lambda one: one[0])[1] if put else None


def restore(walk: Walk) -> None:
    """An earlier version is loaded into the draft: whoever wrote it counts again."""
    page = drafted(walk)
    if page is not None:
        restore_in(walk, page)


def restore_in(walk: Walk, page: Page) -> None:
    """The same in one page."""
    if page.draft is None:
        return
    mine = [one for one in page.saves if one.words.keys == page.draft.keys]
    old, by = walk.random.choice(mine or page.saves), walk.someone("edie", "edgar")
    words = old.words._replace(slug=page.draft.slug)
    if words.keys != page.draft.keys:
        return
    condition = condition_of(walk, page)
    former = Contribution.objects.get(pk=walk.contributions[old])
    with transaction.atomic(), reversion.create_revision():
        write(condition, words)
        workflow.record_draft(condition.subject, by=walk.user(by), restored_from=former)
    page.draft = words
    walk.sums.verbs["restore", "accepted"] += 1
    keep(walk, page, by, restored=old)


def delete(walk: Walk) -> None:
    """The draft is deleted in a shell; what is signed stays."""
    page = drafted(walk)
    if page is not None and len(page.editions) > 1:
        condition_of(walk, page).delete()
        page.draft = None
        walk.sums.verbs["draft deleted", "accepted"] += 1
