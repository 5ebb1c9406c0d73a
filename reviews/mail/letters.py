"""The words of each letter. None says anything of a page, or of medicine."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage

from reviews.evidence.kinds import Kind
from reviews.mail import links
from reviews.models import Claim, ClaimAnswer, Letter

# What is told, as subject and paragraphs.
Words = tuple[str, list[str]]


def compose(letter: Letter) -> EmailMessage:
    """A letter as it is sent, with links made just now. Raises ValueError without an address."""
    if not letter.to:
        raise ValueError("This person has no mail address: enter one in their account.")
    subject, paragraphs = _WORDS[Letter.Kind(letter.kind)](letter)
    paragraphs = [f"Dear {name_of(letter.person)},", *paragraphs, settings.CLINIC_NAME]
    host = settings.SITE_URL.partition("://")[2].partition(":")[0]
    return EmailMessage(
        subject=f"{settings.CLINIC_NAME}: {subject}",
        body="\n\n".join(paragraphs) + "\n",
        to=[letter.to],
        # One sent twice, after a crash between sending and noting it, is known as the same one.
        headers={"Message-ID": f"<letter-{letter.pk}@{host}>", "Auto-Submitted": "auto-generated"},
    )


def name_of(user: User) -> str:
    """Somebody's name on one line, at most 80 characters of it."""
    return " ".join((user.get_full_name() or user.get_username()).split())[:80]


def _asker(user: User | None) -> str:
    return name_of(user) if user else "Whoever runs the server"


def _about(claim: Claim) -> str:
    return f"{claim.what}: {name_of(claim.person)}"


def _claim(letter: Letter) -> Claim:
    return Claim.objects.select_related("person", "by", "license").get(pk=letter.event_id)


def _link(letter: Letter) -> Words:
    asker = letter.event.said["by"]
    if asker == letter.person_id:
        why = "Somebody, we hope you, said at log-in that you forgot your password."
    elif letter.person.has_usable_password():
        why = "A colleague asked for a link by which you set a new password."
    else:
        why = f"You have an account with {settings.CLINIC_NAME}: {letter.person.get_username()}."
    return "set your password", [
        why,
        "Set it here. The link works once, and for three days:\n"
        + links.to_set_password(letter.person, letter.event),
        "If you did not expect this, do nothing: without the link nothing changes.",
    ]


def _not_me(claim: Claim, person: User) -> str:
    return (
        "If this was not you, or is not right, say so here. From then on your account signs "
        f"nothing until a manager has looked into it:\n{links.to_object(claim, person)}"
    )


def _about_you(letter: Letter) -> Words:
    claim = _claim(letter)
    waits = [_WAITS] if claim.waits else []
    told = f"{claim.what}. Asked for by {_asker(claim.by)}."
    return "your account was changed", [told, *waits, _not_me(claim, letter.person)]


_WAITS = (
    "It counts once another manager confirms it, or 72 hours after every physician was told, if "
    "nobody objects. What stood before counts until then."
)


def _address(letter: Letter) -> Words:
    claim = _claim(letter)
    told = f"The mail address of your account was changed by {_asker(claim.by)}."
    return "your mail address was changed", [told, _not_me(claim, letter.person)]


def _to_confirm(letter: Letter) -> Words:
    claim = _claim(letter)
    return "something waits for a second manager", [
        f"{_about(claim)}. Asked for by {_asker(claim.by)}.",
        _WAITS,
        f"Confirm it or object here:\n{links.to_claim(claim)}",
    ]


def _notice(letter: Letter) -> Words:
    claim = _claim(letter)
    return "a change that counts in 72 hours", [
        f"{_about(claim)}. Asked for by {_asker(claim.by)}.",
        _WAITS,
        f"If it is not right, object here:\n{links.to_object(claim, letter.person)}",
    ]


def _objection(letter: Letter) -> Words:
    answer = ClaimAnswer.objects.select_related("claim__person", "claim__license", "by").get(
        pk=letter.event_id
    )
    who = name_of(answer.by) if answer.by else "Somebody"
    return "somebody objected", [
        f"{_about(answer.claim)}. {who} says that this is not right.",
        "It does not count until a manager, who neither asked for it nor is the person concerned, "
        "has looked into it.",
        links.to_claim(answer.claim),
    ]


def _wrong_passwords(letter: Letter) -> Words:
    if letter.event.kind == Kind.SIGNING_LOCKED:
        what = (
            "Twenty wrong passwords were typed under your log-in within a day. Signing is locked "
            "for you for an hour, or until a manager clears it."
        )
    else:
        what = (
            "A wrong password was typed for your account again and again. Log-in is locked for "
            "half an hour from where that was done, and open from elsewhere."
        )
    return "wrong passwords", [
        what,
        "If it was not you, tell a manager, and choose another password.",
    ]


_WORDS: dict[Letter.Kind, Callable[[Letter], Words]] = {
    Letter.Kind.LINK: _link,
    Letter.Kind.ABOUT_YOU: _about_you,
    Letter.Kind.OLD_ADDRESS: _address,
    Letter.Kind.NEW_ADDRESS: _address,
    Letter.Kind.TO_CONFIRM: _to_confirm,
    Letter.Kind.NOTICE: _notice,
    Letter.Kind.OBJECTION: _objection,
    Letter.Kind.WRONG_PASSWORDS: _wrong_passwords,
}
