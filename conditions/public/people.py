"""Who reviews, and how."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from conditions import addresses
from conditions.models import KIND
from conditions.public.pages import not_found
from conditions.public.responses import fresh
from reviews import clock, workflow
from reviews.models import SignOff, Withdrawal
from reviews.reading import at_address, reviewers


@require_safe
def reviewer(request: HttpRequest, slug: str) -> HttpResponse:
    """A physician who signed something public: their confirmed words, and their pages."""
    profile = reviewers.profile(slug, KIND, at_address.present(clock.now()))
    if profile is None:
        return not_found(request)
    canonical = addresses.absolute(addresses.reviewer(profile.slug))
    return fresh("conditions/reviewer.html", {"reviewer": profile, "canonical": canonical})


@require_safe
def how_we_review(request: HttpRequest) -> HttpResponse:
    """The process in plain words, by the settings in force."""
    return fresh(
        "conditions/how_we_review.html",
        {
            "canonical": addresses.absolute(addresses.how_we_review()),
            "treatment": settings.CLINIC_TREATMENT,
            "author_may_sign": settings.AUTHOR_MAY_SIGN == "disclosed",
            "attestations": {scope.value: workflow.ATTESTATIONS[scope] for scope in SignOff.Scope},
            "disclosure": workflow.DISCLOSURE,
            "notices": Withdrawal.Notice.labels,
        },
    )
