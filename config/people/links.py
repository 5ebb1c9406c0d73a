"""Pages that a mail leads to, without a log-in: set a password, say that it was not you."""

from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from reviews import workflow
from reviews.mail import links, outbox

# The largest number of an event that a database holds.
MAXIMUM = 2**63 - 1


class ForgotForm(forms.Form):
    """The mail address of somebody who forgot their password."""

    email = forms.EmailField(
        label="Your mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


@never_cache
def forgotten(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Ask for a link by mail. The answer is the same whether or not the address is known."""
    form = ForgotForm(request.POST if request.method == "POST" else None)
    sent = form.is_valid()
    if sent:
        address = form.cleaned_data["email"]
        for user in User.objects.filter(email__iexact=address, is_active=True, is_staff=True):
            workflow.forgot(user)
            outbox.hurry()
    context = {**site.each_context(request), "title": "Forgotten password", "form": form}
    return TemplateResponse(request, "admin/people/forgotten.html", {**context, "sent": sent})


@method_decorator(never_cache, name="dispatch")
class SetPassword(PasswordResetConfirmView):
    """Django's own, for one asking alone: who asked decides whether the password counts at once."""

    site: Any = None
    user: Any
    asked: Any
    template_name = "admin/people/set_password.html"
    title = "Set your password"

    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        """Take the token for this asking only."""
        user, number = self.get_user(kwargs["uidb64"]), kwargs["asked"]
        self.asked = None
        if user is not None and user.is_active and number <= MAXIMUM:
            self.asked = workflow.asked_link(number, user)
        if self.asked is None:
            self.user, self.validlink = None, False
            return self.render_to_response(self.get_context_data())
        self.token_generator = workflow.LinkToken(self.asked)
        return super().dispatch(*args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it, once."""
        try:
            workflow.set_password(
                self.user,
                password=form.cleaned_data["new_password1"],
                asked=self.asked,
                token=self.request.session[INTERNAL_RESET_SESSION_TOKEN],
            )
        except workflow.NotAllowed as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        outbox.hurry()
        return self.render_to_response({**self.get_context_data(), "done": True})

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say why, as every refused form here does."""
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what every page of the admin shows."""
        return {**self.site.each_context(self.request), **super().get_context_data(**kwargs)}


@never_cache
def not_me(request: HttpRequest, token: str, site: AdminSite) -> HttpResponse:
    """A button, since programs that look into mails open every link; pressing it objects."""
    found = links.objection(token)
    context: dict[str, Any] = {**site.each_context(request), "title": "This is not right"}
    if found is None:
        return TemplateResponse(request, "admin/people/not_me.html", context, status=404)
    claim, person = found
    context["claim"] = claim
    status = 200
    if request.method == "POST":
        try:
            workflow.object_to(claim, by=person)
        except workflow.NotAllowed as refusal:
            context["why_not"] = str(refusal)
            status = 422
        else:
            context["done"] = True
            outbox.hurry()
    else:
        context["why_not"] = workflow.why_not(workflow.may_object, claim, by=person)
    return TemplateResponse(request, "admin/people/not_me.html", context, status=status)
