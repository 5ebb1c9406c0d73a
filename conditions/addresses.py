"""Where things are on this site: paths, and absolute addresses from SITE_URL alone.

Never from a request: a forged Host header must not enter a page that is remembered.
"""

from django.conf import settings
from django.urls import reverse


def absolute(path: str) -> str:
    """A path of this site as the whole world writes it."""
    return f"{settings.SITE_URL}{path}"


def condition(slug: str) -> str:
    """A condition's page."""
    return reverse("condition", args=[slug])


def condition_json(slug: str) -> str:
    """The same page for programs."""
    return reverse("condition_json", args=[slug])


def record(slug: str) -> str:
    """The public history of a page."""
    return reverse("record", args=[slug])


def reviewer(slug: str) -> str:
    """A reviewer's page."""
    return reverse("reviewer", args=[slug])


def how_we_review() -> str:
    """How pages are written and reviewed."""
    return reverse("how_we_review")
