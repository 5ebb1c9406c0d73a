"""The words of letters about accounts: security, which nobody can choose not to get."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import User

from reviews.evidence.kinds import Kind
from reviews.mail import links
from reviews.mail.words import Line, Section, Words, name_of
from reviews.models import Claim, ClaimAnswer, Event, Letter

# What is told, as subject and lines.
_Told = tuple[str, list[Line]]


def words_of(letter: Letter) -> Words:
    """What a letter about an account says."""
    subject, lines = _WORDS[Letter.Kind(letter.kind)](letter)
    return Words(subject, [Section(lines)], chosen=False)


def _asker(user: User | None) -> str:
    return name_of(user) if user else "Whoever runs the server"


def _about(claim: Claim) -> str:
    return f"{claim.what}: {name_of(claim.person)}"


def _event(letter: Letter) -> Event:
    assert letter.event is not None  # a letter about an account is about an event
    return letter.event


def _claim(letter: Letter) -> Claim:
    return Claim.objects.select_related("person", "by", "license").get(pk=letter.event_id)


def _link(letter: Letter) -> _Told:
    event = _event(letter)
    asker = event.said["by"]
    if asker == letter.person_id:
        why = "Somebody, we hope you, said at log-in that you forgot your password."
    elif letter.person.has_usable_password():
        why = "A colleague asked for a link by which you set a new password."
    else:
        why = f"You have an account with {settings.CLINIC_NAME}: {letter.person.get_username()}."
    return "set your password", [
        Line(why),
        Line(
            "Set it here. The link works once, and for three days:",
            links.to_set_password(letter.person, event),
        ),
        Line("If you did not expect this, do nothing: without the link nothing changes."),
    ]


def _not_me(claim: Claim, person: User) -> Line:
    return Line(
        "If this was not you, or is not right, say so here. From then on your account signs "
        "nothing until a manager has looked into it:",
        links.to_object(claim, person),
    )


def _about_you(letter: Letter) -> _Told:
    claim = _claim(letter)
    waits = [_WAITS] if claim.waits else []
    told = f"{claim.what}. Asked for by {_asker(claim.by)}."
    return "your account was changed", [Line(told), *waits, _not_me(claim, letter.person)]


_WAITS = Line(
    "It counts once another manager confirms it, or 72 hours after every physician was told, if "
    "nobody objects. What stood before counts until then."
)


def _address(letter: Letter) -> _Told:
    claim = _claim(letter)
    told = f"The mail address of your account was changed by {_asker(claim.by)}."
    return "your mail address was changed", [Line(told), _not_me(claim, letter.person)]


def _to_confirm(letter: Letter) -> _Told:
    claim = _claim(letter)
    return "something waits for a second manager", [
        Line(f"{_about(claim)}. Asked for by {_asker(claim.by)}."),
        _WAITS,
        Line("Confirm it or object here:", links.to_claim(claim)),
    ]


def _notice(letter: Letter) -> _Told:
    claim = _claim(letter)
    return "a change that counts in 72 hours", [
        Line(f"{_about(claim)}. Asked for by {_asker(claim.by)}."),
        _WAITS,
        Line("If it is not right, object here:", links.to_object(claim, letter.person)),
    ]


def _objection(letter: Letter) -> _Told:
    answer = ClaimAnswer.objects.select_related("claim__person", "claim__license", "by").get(
        pk=letter.event_id
    )
    who = name_of(answer.by) if answer.by else "Somebody"
    return "somebody objected", [
        Line(f"{_about(answer.claim)}. {who} says that this is not right."),
        Line(
            "It does not count until a manager, who neither asked for it nor is the person "
            "concerned, has looked into it.",
            links.to_claim(answer.claim),
        ),
    ]


def _wrong_passwords(letter: Letter) -> _Told:
    if _event(letter).kind == Kind.SIGNING_LOCKED:
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
        Line(what),
        Line("If it was not you, tell a manager, and choose another password."),
    ]


_WORDS: dict[Letter.Kind, Callable[[Letter], _Told]] = {
    Letter.Kind.LINK: _link,
    Letter.Kind.ABOUT_YOU: _about_you,
    Letter.Kind.OLD_ADDRESS: _address,
    Letter.Kind.NEW_ADDRESS: _address,
    Letter.Kind.TO_CONFIRM: _to_confirm,
    Letter.Kind.NOTICE: _notice,
    Letter.Kind.OBJECTION: _objection,
    Letter.Kind.WRONG_PASSWORDS: _wrong_passwords,
}
