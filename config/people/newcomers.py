"""A new person in one form: name, mail address, role; for a physician, profile and licenses."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import slugify

from reviews.models import License, Reviewer

PROFILE = ("printed_name", "credentials", "relationship", "first_day", "last_day")
# So many licenses can be entered at once; more are added on the profile.
LICENSES = (1, 2, 3)
LICENSE = ("state", "number", "expires_on")
NEEDED = ("printed_name", "credentials", "relationship")


def license_field(name: str, number: int) -> str:
    """What a field of a license is called on the form."""
    return f"license_{number}_{name}"


def free(model: type[models.Model], column: str, words: str) -> str:
    """A name of words for a column in which no two rows may have the same."""
    made = slugify(words)[:60] or "person"
    names = [made, *(f"{made}-{number}" for number in range(2, 1000))]
    taken = set(
        model._default_manager.filter(**{f"{column}__startswith": made}).values_list(
            column, flat=True
        )
    )
    return next(name for name in names if name not in taken)


def _of(model: type[models.Model], name: str, label: str) -> forms.Field:
    """The form field of a model's column; nothing is required of who is no physician."""
    field = model._meta.get_field(name).formfield(label=label)  # type: ignore[union-attr]
    assert isinstance(field, forms.Field)
    field.required = False
    if isinstance(field, forms.DateField):
        field.widget = forms.DateInput(attrs={"type": "date"})
    return field


class PhysicianFields(forms.ModelForm):
    """The fields of a physician's profile and licenses beside those of an account."""

    printed_name = _of(Reviewer, "printed_name", "Printed name")
    credentials = _of(Reviewer, "credentials", "Credentials")
    relationship = _of(Reviewer, "relationship", "Relationship to the clinic")
    first_day = _of(Reviewer, "first_day", "First day")
    last_day = _of(Reviewer, "last_day", "Last day")
    for _number in LICENSES:
        for _name, _label in zip(LICENSE, ("State", "Number", "Last day"), strict=True):
            locals()[license_field(_name, _number)] = _of(
                License, _name, f"License {_number}: {_label.lower()}"
            )
    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"),
        label="Role",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = User
        fields = ["username", "first_name", "last_name", "email"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        username = self.fields["username"]
        username.required = False
        username.help_text = "To log in with. Leave it empty for one that is made of the name."

    def clean_username(self) -> str:
        """The name to log in with, made of the person's name where none was typed."""
        typed: str = self.cleaned_data["username"]
        names = (self.data.get("first_name", ""), self.data.get("last_name", ""))
        words = " ".join(names).strip() or self.data.get("email", "").partition("@")[0]
        return typed or free(User, "username", words)

    def clean(self) -> dict[str, Any]:
        """A physician's profile whole, and nobody else's; by the rules of the profile itself."""
        cleaned = super().clean() or {}
        self.licenses = self._licenses()
        typed = [name for name in PROFILE if cleaned.get(name)] or self.licenses
        is_physician = any(group.name == "Physicians" for group in cleaned.get("groups", ()))
        self.reviewer = Reviewer(
            **{name: cleaned.get(name) or ("" if name in NEEDED else None) for name in PROFILE}
        )
        if typed and not is_physician:
            self.add_error("groups", "Put them among the physicians too, or leave that part empty.")
        if is_physician:
            for name in NEEDED:
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, "A physician’s profile needs this.")
            if not self.licenses and not self.errors:
                first = license_field("state", LICENSES[0])
                self.add_error(first, "Enter at least one license: state, number and last day.")
            self._check(self.reviewer, PROFILE, {name: name for name in PROFILE})
        return cleaned

    def _licenses(self) -> list[License]:
        """Each license of which anything was typed, checked."""
        found = []
        for number in LICENSES:
            columns = {name: license_field(name, number) for name in LICENSE}
            typed = {name: self.cleaned_data.get(field) for name, field in columns.items()}
            if any(typed.values()):
                license = License(**typed)
                self._check(license, LICENSE, columns)
                found.append(license)
        return found

    def _check(self, row: models.Model, names: tuple[str, ...], fields: dict[str, str]) -> None:
        others = [one.name for one in row._meta.concrete_fields if one.name not in names]
        try:
            row.full_clean(exclude=others, validate_unique=False, validate_constraints=False)
        except ValidationError as fault:
            for name, messages in fault.message_dict.items():
                field = fields.get(name)
                if field not in self.errors:
                    self.add_error(field, messages)

    def save_physician(self, user: User) -> Reviewer | None:
        """Make the profile with its licenses, if they are a physician."""
        if not self.reviewer.printed_name:
            return None
        self.reviewer.user = user
        self.reviewer.slug = free(Reviewer, "slug", self.reviewer.printed_name)
        self.reviewer.save()
        for license in self.licenses:
            license.reviewer = self.reviewer
            license.save()
        return self.reviewer
