"""The forms of the draft."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from conditions.guidance import GUIDANCE
from conditions.models import Condition
from conditions.outline import COLUMNS
from reviews import clock, workflow
from reviews.models import Absence, Reviewer, Submission
from reviews.text import lines
from reviews.text.canonical import digest_of, text_of
from reviews.text.days import day, moment

GIVES_UP = (
    "If you save, you cannot sign this version. Suggest the words instead, on the submission’s "
    "page; or tick “Save all the same” above the form and save again."
)


def digest_of_draft(condition: Condition) -> str:
    """The digest of a draft as it stands in the database, by which a stale form is known."""
    return digest_of(text_of(condition.document()))


class ConditionForm(forms.ModelForm):
    """A draft's own fields, with the digest of the draft as it was when the form was opened."""

    opened = forms.CharField(widget=forms.HiddenInput, required=False)

    # The draft's words as the form was opened with them; none of a form that was sent.
    document: dict[str, Any] | None = None
    # Whether a reviewer must first say that they save although they could then not sign.
    asks_first = False

    class Meta:
        model = Condition
        # The outline's and nothing else is taken from a request (the admin names the same).
        fields = COLUMNS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name in GUIDANCE:
                field.help_text = GUIDANCE[name].says
        if self.is_bound:
            self.initial["opened"] = self.data.get("opened")
        elif self.instance.pk:
            self.document = self.instance.document()
            self.initial["opened"] = digest_of(text_of(self.document))

    def clean(self) -> dict[str, Any]:
        """Refuse a save on top of somebody else's; what was typed stays in the form.

        The row is locked until the transaction of the admin's form ends, so that of two saves at
        the same moment the second one sees the first.
        """
        cleaned = super().clean() or {}
        if self.asks_first and not self.data.get("save_all_the_same"):
            raise ValidationError(f"Not saved yet. {GIVES_UP}", code="asks_first")
        if self.instance.pk:
            locked = Condition.objects.select_for_update().get(pk=self.instance.pk)
            if cleaned.get("opened") != digest_of_draft(locked):
                raise ValidationError(self._stale(locked), code="stale")
        return cleaned

    def _stale(self, condition: Condition) -> str:
        last = condition.subject.contributions.select_related("by").order_by("-pk").first()
        when = moment(last.at, clock.zone()) if last else ""
        who = f"{last.by.get_full_name() or last.by.get_username()} on {when}" if last else ""
        return (
            f"Not saved: this draft was changed since you opened it (last saved by {who}). "
            "Everything you typed is still below. Put right what is marked and save again: then "
            "what both of you changed is shown side by side."
        )


class RowForm(forms.ModelForm):
    """A row, with its key: by it the row is known again where somebody deleted it meanwhile."""

    known_by = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["known_by"] = self.instance.key

    def has_changed(self) -> bool:
        """A new row into which nothing was typed is none, wherever it was moved to."""
        if self.instance.pk:
            return super().has_changed()
        return bool({*self.changed_data} - {"position", "known_by"})


class SubmitForm(forms.Form):
    """What goes with a draft that is put forward."""

    note = forms.CharField(
        label="Note to the reviewer",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Inside only: what to look at, and why. No patient’s details.",
    )
    public_note = forms.CharField(
        label="What changed, for patients",
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"size": 80}),
        help_text="One sentence, shown in the page’s public record once it is signed.",
    )
    reviewer = forms.ModelChoiceField(
        label="Ask",
        required=False,
        queryset=Reviewer.objects.none(),
        empty_label="Any physician",
        help_text="A request, not a lock: any entitled physician may sign.",
    )

    meant = forms.ChoiceField(
        label="What kind of change is it?",
        required=False,
        choices=[("", "Say nothing of it"), *Submission.Meant.choices],
        help_text="The physician sees it. It decides nothing: they choose how they review.",
    )
    urgent = forms.BooleanField(
        label="Put it forward as an urgent correction",
        required=False,
        help_text="Signed as one, it takes effect at once and cancels the edition that waits.",
    )
    unchanged_because = forms.CharField(
        label="Why do these words come again unchanged?",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=workflow.MOST_INSIDE,
        help_text="Inside only. They are the same, word for word.",
    )

    def clean_note(self) -> str:
        """The note, by the rules that the verb holds it to."""
        return lines.clean_text(self.cleaned_data["note"], maximum=workflow.MOST_INSIDE)

    def clean_public_note(self) -> str:
        """The public note, by the rules that the verb holds it to."""
        return lines.clean_line(self.cleaned_data["public_note"], maximum=workflow.MOST_PUBLIC)

    def __init__(
        self, *args: Any, is_unchanged: bool = False, something_waits: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        # It answers what stands above the form.
        self.order_fields(["unchanged_because"])
        if not is_unchanged:
            del self.fields["unchanged_because"]
        if not something_waits:
            del self.fields["urgent"]
        field = self.fields["reviewer"]
        assert isinstance(field, forms.ModelChoiceField)
        at = clock.now()
        field.queryset = Reviewer.objects.entitled(at)
        away = workflow.stand_ins(at)
        labels = {one.pk: f"{one}{_instead(away.get(one.pk))}" for one in field.queryset}
        field.choices = [("", "Any physician"), *labels.items()]


def _instead(absence: Absence | None) -> str:
    """What the choice of a physician says who is away."""
    if absence is None or absence.last_on is None:
        return ""
    return f" (away to {day(absence.last_on)}: {absence.stand_in} stands in)"
