"""Letters as they are sent: words in plain text and in HTML, with links made just now."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from reviews import clock
from reviews.mail import calendar, links, security, words
from reviews.models import Letter, Notification, Person, Reason

# Of a kind that says more than one thing.
_SUBJECTS = {
    Letter.Kind.AT_ONCE: "what cannot wait",
    Letter.Kind.MORNING: "your morning letter",
    Letter.Kind.OVERDUE: "reviews that are overdue",
}


def compose(letter: Letter) -> EmailMultiAlternatives:
    """A letter as it is sent. Raises ValueError without an address."""
    if not letter.to:
        raise ValueError("This person has no mail address: enter one in their account.")
    said = _words(letter)
    context: dict[str, Any] = {
        "clinic": settings.CLINIC_NAME,
        "greeting": f"Dear {words.name_of(letter.person)},",
        "sections": said.sections,
        "desk": links.absolute(reverse("admin:index")),
        "choices": links.absolute(reverse("admin:mail")) if said.chosen else "",
    }
    host = settings.SITE_URL.partition("://")[2].partition(":")[0]
    message = EmailMultiAlternatives(
        subject=f"{settings.CLINIC_NAME}: {said.subject}",
        body="\n\n".join(_plain(**context)) + "\n",
        to=[letter.to],
        # One sent twice, after a crash between sending and noting it, is known as the same one.
        headers={"Message-ID": f"<letter-{letter.pk}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    html = render_to_string("mail/letter.html", {**context, "subject": said.subject.capitalize()})
    message.attach_alternative(html, "text/html")
    return message


def _plain(
    *, clinic: str, greeting: str, sections: list[words.Section], desk: str, choices: str
) -> Iterator[str]:
    """The paragraphs of a letter, for programs that show no HTML."""
    yield greeting
    for section in sections:
        if section.heading:
            yield section.heading.upper()
        for line in section.lines:
            yield f"{line.text}\n{line.url}" if line.url else line.text
        if section.more:
            yield f"And {section.more} more: {desk}"
    yield clinic
    if choices:
        yield f"Which letters you get, and when: {choices}"


def _words(letter: Letter) -> words.Words:
    kind = Letter.Kind(letter.kind)
    if kind == Letter.Kind.OVERDUE:
        return _overdue(letter)
    if kind not in _SUBJECTS:
        return security.words_of(letter)
    told = list(
        Notification.objects.filter(letter=letter)
        .select_related("event", "submission__reviewer")
        .order_by("pk")
    )
    subjects = {words.SUBJECTS.get(Reason(one.reason), "news of a page") for one in told}
    alone = kind == Letter.Kind.AT_ONCE and len(subjects) == 1
    subject = subjects.pop() if alone else _SUBJECTS[kind]
    return words.Words(subject, words.of_notifications(told))


def _overdue(letter: Letter) -> words.Words:
    """All overdue pages for a manager, their own for anybody else: as it stands now."""
    late = calendar.overdue(clock.now()).order_by("by", "pk")
    if not Person.of(letter.person).has_perm("reviews.add_claimanswer"):
        late = late.filter(Q(signer=letter.person_id) | Q(rests_on__signer=letter.person_id))
    section = words.of_overdue(late[: words.MOST_LINES], late.count())
    if not section.lines:
        section = words.Section([words.Line("Nothing is overdue any more.")])
    return words.Words(_SUBJECTS[Letter.Kind.OVERDUE], [section])
