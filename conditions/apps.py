"""The app of condition pages."""

from django.apps import AppConfig


class ConditionsConfig(AppConfig):
    """Drafts, their frozen form, the public pages and the editing admin."""

    name = "conditions"
