"""The forms of the review desk. Each is read by one view, which calls one verb."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Q, Subquery

from reviews import clock, workflow
from reviews.models import License, Listing, Reviewer, SignOff, Subject, Withdrawal
from reviews.text.days import instant_at, zone_name

# The largest number of an event that a database holds.
MAXIMUM = 2**63 - 1


class PasswordForm(forms.Form):
    """The proof that it is the person: the password, typed again."""

    password = forms.CharField(
        label="Your password, again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def _next_review_due() -> forms.DateField:
    return forms.DateField(
        label="Next review due",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Leave empty for the page’s own interval. It can be sooner, never later.",
    )


class LocalTimeField(forms.Field):
    """A day and time as somebody types it in the clinic's zone, read as its instant in UTC."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})
    FORMATS = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")

    def to_python(self, value: Any) -> datetime | None:
        """The instant, or None where nothing was typed. Raises ValidationError."""
        if value in self.empty_values:
            return None
        for written in self.FORMATS:
            try:
                # Without a zone on purpose: `instant_at` says which instant it is in the clinic's.
                typed = datetime.strptime(str(value).strip(), written)  # noqa: DTZ007
                return instant_at(typed, clock.zone())
            except (ValueError, OverflowError):
                continue
        raise ValidationError("Enter a day and time, such as 2026-05-31 14:30.")


class SignForm(PasswordForm):
    """What a physician affirms: these words, read against what was in force then."""

    digest = forms.CharField(widget=forms.HiddenInput)
    profile = forms.CharField(widget=forms.HiddenInput, max_length=64)
    against = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=1, max_value=MAXIMUM
    )
    cancels = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=1, max_value=MAXIMUM
    )
    # What a script saw in sight and has not told yet: the keys of rows, with spaces between.
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100_000)
    scope = forms.ChoiceField(
        label="What did you read?", choices=SignOff.Scope.choices, widget=forms.RadioSelect
    )
    effective_at = LocalTimeField(required=False)
    next_review_due = _next_review_due()
    read_elsewhere = forms.BooleanField(label=workflow.READ_ELSEWHERE[:-1], required=False)
    over = forms.CharField(
        label="Why you sign before it is settled",
        required=False,
        max_length=workflow.MOST_INSIDE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Inside only, and sent to whoever asked. It stays open.",
    )

    field_order = [
        "digest",
        "profile",
        "against",
        "cancels",
        "shown",
        "scope",
        "effective_at",
        "next_review_due",
        "read_elsewhere",
        "over",
        "password",
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = zone_name(clock.zone(), clock.now())
        self.fields["effective_at"].label = f"Takes effect ({zone})"
        self.fields[
            "effective_at"
        ].help_text = f"Leave empty for at once. Otherwise a day and hour in {zone}."


class TogetherForm(PasswordForm):
    """What a physician affirms of several small changes at once.

    `ticked` reads of each page what stands in the fields `digest.NUMBER` and `against.NUMBER`.
    """

    profile = forms.CharField(widget=forms.HiddenInput, max_length=64)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=1_000_000)
    read_elsewhere = forms.BooleanField(label=workflow.READ_ELSEWHERE[:-1], required=False)

    field_order = ["profile", "shown", "read_elsewhere", "password"]

    def ticked(self) -> dict[int, tuple[str, int | None]]:
        """The numbers of the ticked submissions: the digest, and what it was compared with."""
        data: Any = self.data
        found = {}
        for value in data.getlist("sign"):
            if value.isdecimal() and len(value) < 16:
                against = data.get(f"against.{value}", "")
                known = int(against) if against.isdecimal() and len(against) < 16 else None
                found[int(value)] = (data.get(f"digest.{value}", ""), known)
        return found


class ReaffirmForm(PasswordForm):
    """A new full review of the words in force."""

    digest = forms.CharField(widget=forms.HiddenInput)
    profile = forms.CharField(widget=forms.HiddenInput, max_length=64)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100_000)
    next_review_due = _next_review_due()
    read_elsewhere = forms.BooleanField(label=workflow.READ_ELSEWHERE[:-1], required=False)

    field_order = ["digest", "profile", "shown", "next_review_due", "read_elsewhere", "password"]


class ReasonForm(forms.Form):
    """Why, for colleagues: inside only."""

    reason = forms.CharField(
        label="Reason",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Inside only. No patient’s details.",
    )


class PageField(forms.ModelChoiceField):
    """One of some pages, by the name under which patients read it."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.title)


class PersonField(forms.ModelChoiceField):
    """One of the staff, by name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.get_full_name() or obj.get_username())


class WithdrawForm(ReasonForm):
    """Why, and what patients read instead."""

    notice = forms.ChoiceField(
        label="Notice for patients", choices=Withdrawal.Notice.choices, widget=forms.RadioSelect
    )

    successor = PageField(
        label="This subject is now part of",
        required=False,
        queryset=Subject.objects.none(),
        empty_label="No other page",
        help_text="The notice then leads to that page, as long as patients can read it.",
    )

    field_order = ["notice", "successor", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at = clock.now()
        listed = Listing.objects.filter(
            Q(until_at=None) | Q(until_at__gt=at), subject=OuterRef("pk"), from_at__lte=at
        )
        pages = Subject.objects.annotate(title=Subquery(listed.values("name")[:1]))
        field = self.fields["successor"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = pages.filter(title__isnull=False).order_by("title", "pk")

    def besides(self, subject: Subject) -> "WithdrawForm":
        """Offer every page but the one that is withdrawn; the verb refuses that one."""
        field = self.fields["successor"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = field.queryset.exclude(pk=subject.pk)  # type: ignore[union-attr]
        return self


class ConcernForm(forms.Form):
    """What somebody outside found wrong, where, and who is to answer."""

    part = forms.CharField(
        label="Where on the page", required=False, max_length=100, widget=forms.Select
    )
    text = forms.CharField(
        label="What was said",
        max_length=workflow.MOST_INSIDE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Inside only. No patient’s details, and no name of whoever said it.",
    )
    to = PersonField(
        label="Who is to answer", required=False, queryset=User.objects.none(), empty_label="Nobody"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = _staff()  # type: ignore[attr-defined]

    def offer(self, subject: Subject) -> "ConcernForm":
        """Let the places of a page be chosen; the verb refuses any other."""
        widget = self.fields["part"].widget
        assert isinstance(widget, forms.Select)
        places = [(place.anchor, place.name) for place in workflow.places_of(subject)]
        widget.choices = [("", "The whole page"), *places]
        return self


class SettleForm(forms.Form):
    """How a concern was settled."""

    concern = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=MAXIMUM)
    how = forms.CharField(
        label="How it was settled",
        max_length=workflow.MOST_INSIDE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One sentence, inside only. No patient’s details.",
    )
    answered_by = PersonField(
        label="Who answered", required=False, queryset=User.objects.none(), empty_label="I did"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answered_by"].queryset = _staff()  # type: ignore[attr-defined]


def _staff() -> Any:
    return User.objects.filter(is_staff=True, is_active=True).order_by("username")


class VersionForm(ReasonForm):
    """Which version of a draft is erased, and why."""

    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=MAXIMUM)


class LayOverForm(ReasonForm, PasswordForm):
    """Why a page is flagged, held, or given back; and the proof that it is the person."""

    field_order = ["reason", "password"]


class RedactForm(LayOverForm):
    """Which edition's words are taken out, and why."""

    edition = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=MAXIMUM)


class CancelForm(ReasonForm):
    """Which sign-off is ended, and why."""

    sign_off = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=MAXIMUM)


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}))


class EndForm(PasswordForm):
    """Why and since when a physician reviews pages here no longer, and which pages are held."""

    step = forms.ChoiceField(
        label="Why", choices=[(one.value, one.label) for one in workflow.WAYS], initial="left"
    )
    on = _day("Since")
    pages = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100_000)
    hold = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    field_order = ["step", "on", "hold", "pages", "password"]

    def __init__(self, rows: Sequence[SignOff], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(row.subject_id), row.edition.title) for row in rows]
        self.fields["hold"].choices = choices  # type: ignore[attr-defined]
        self.fields["pages"].initial = " ".join(key for key, _ in choices)
        self.fields["on"].initial = clock.today()

    def clean_hold(self) -> list[UUID]:
        """The pages to hold, by key."""
        return [UUID(key) for key in self.cleaned_data["hold"]]

    def clean_pages(self) -> list[UUID]:
        """The pages that stood on the screen, by key."""
        try:
            return [UUID(key) for key in self.cleaned_data["pages"].split()]
        except ValueError as fault:
            raise ValidationError("This form is damaged. Open the page again.") from fault


class AwayForm(forms.Form):
    """From when to when a physician is away, and who stands in."""

    first_on = _day("Away from")
    last_on = _day("to, that day too")
    stand_in = forms.ModelChoiceField(
        label="Stand-in",
        queryset=Reviewer.objects.none(),
        help_text="What is asked of the physician on these days goes to the stand-in.",
    )

    def __init__(self, reviewer: Reviewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Reviewer.objects.entitled(clock.now()).exclude(pk=reviewer.pk)
        self.fields["stand_in"].queryset = others  # type: ignore[attr-defined]


class RelianceForm(LayOverForm):
    """Why a physician stands behind their signature on a page no longer; kept or held."""

    hold = forms.ChoiceField(
        label="Until another physician has reviewed it, the page",
        choices=[
            ("", "stays, says so, and is due for a full review within 90 days"),
            ("hold", "is held: nobody outside can read it"),
        ],
        required=False,
        widget=forms.RadioSelect,
    )

    field_order = ["hold", "reason", "password"]


class ConfirmForm(forms.Form):
    """The digest of the profile that was read."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)


class RenewForm(forms.Form):
    """The new last day of one of a physician's own licenses."""

    license = forms.ModelChoiceField(License.objects.none(), widget=forms.HiddenInput)
    expires_on = forms.DateField(
        label="Renewed: valid to", widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, reviewer: Reviewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["license"].queryset = reviewer.licenses.all()  # type: ignore[attr-defined]


class HandOverForm(forms.Form):
    """Which other physician does a submission from now on."""

    to = forms.ModelChoiceField(
        label="Hand over to", queryset=Reviewer.objects.none(), empty_label=None
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = Reviewer.objects.entitled(clock.now())  # type: ignore[attr-defined]


class CommentForm(forms.Form):
    """Something said about a part of a submission, or in answer to another comment."""

    part = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)
    quote = forms.CharField(
        widget=forms.HiddenInput, required=False, max_length=workflow.MOST_INSIDE
    )
    answers = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=1, max_value=MAXIMUM
    )
    text = forms.CharField(
        label="Comment",
        max_length=workflow.MOST_INSIDE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Inside only. No patient’s details. @name mentions a colleague.",
    )
    settle_first = forms.BooleanField(label="Settle this before anybody signs", required=False)


class ThreadForm(forms.Form):
    """Which thread a button is about."""

    comment = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=MAXIMUM)


class EmptyForm(forms.Form):
    """A button and nothing else."""
