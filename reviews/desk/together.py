"""Several small changes on one screen: each is shown, and all are signed with one password."""

from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse

from reviews import clock, workflow
from reviews.desk import reading, signing
from reviews.desk.forms import TogetherForm
from reviews.desk.verb_pages import (
    after_signing,
    answer,
    carried_out,
    ids,
    proof_of,
    refusals,
    rows_in,
    user_of,
)
from reviews.models import SignOff, Submission

TEMPLATE = "admin/reviews/submission/together.html"


class TogetherPages:
    """The screen of the submissions that share one note."""

    admin_site: Any
    opts: Any
    load: Any

    def get_urls(self) -> list[Any]:
        """The screen by the number of any submission on it, and what was in sight there."""
        view, name = self.admin_site.admin_view, "reviews_submission_together"
        own = [
            path("<int:pk>/together/", view(self.together_view), name=name),
            path("<int:pk>/together/shown/", view(self.together_shown), name=f"{name}_shown"),
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def together_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Each change against what is in force; by POST the ticked ones are signed, or none."""
        submission = self.load(request, str(pk))
        group = workflow.together_with(submission)
        if not group:
            return redirect(submission)
        user, at = user_of(request), clock.now()
        if request.method == "POST":
            form = TogetherForm(request.POST, auto_id=ids("together"))
            if signed := carried_out(form, partial(_sign, request, form, group)):
                many = f"{len(signed)} pages" if len(signed) > 1 else "1 page"
                messages.success(
                    request,
                    f"Signed {many} as corrections. Patients now read these words; the dates of "
                    "the last full reviews stay.",
                )
                return redirect(f"{reverse('admin:reviews_submission_changelist')}?standing=signed")
        else:
            form = TogetherForm(
                initial={"profile": workflow.printed_digest(user, at)}, auto_id=ids("together")
            )
        ticked = form.ticked() if form.is_bound else None
        rows = [_row(one, user, ticked) for one in group]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "The same change on several pages",
            "submission": submission,
            "form": form,
            "refused": refusals(form),
            "rows": [row for row in rows if not row["why_not"]],
            "left_out": [row for row in rows if row["why_not"]],
            "affirms": workflow.ATTESTATIONS[SignOff.Scope.CORRECTION],
            "left": any(row["left"] for row in rows),
            "read_elsewhere": workflow.READ_ELSEWHERE,
        }
        return answer(request, TEMPLATE, context, form)

    def together_shown(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Remember what this reader was shown; without a script, by GET, every change."""
        submission = self.load(request, str(pk))
        group, user = workflow.together_with(submission), user_of(request)
        if request.method == "POST":
            rows = rows_in(request)
            if rows is None:
                return HttpResponse(status=422)
            _show(group, rows, user)
        elif request.GET.get("view") == "change":
            for one in group:
                against = workflow.in_force(one.subject, clock.now())
                found = workflow.reading_of(one.edition, by=user, against=against)
                workflow.show(one.edition, found.changed, to=user)
        else:
            raise Http404("No such view shows parts.")
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})


def _show(group: Iterable[Submission], rows: Iterable[str], user: Any) -> None:
    """Remember rows, each named by its submission's number, a colon and its key."""
    found = defaultdict(list)
    for row in rows:
        number, _, key = row.partition(":")
        found[number].append(key)
    for one in group:
        if keys := found.get(str(one.pk)):
            workflow.show(one.edition, keys, to=user)


def _row(
    submission: Submission, user: Any, ticked: dict[int, tuple[str, int | None]] | None
) -> dict[str, Any]:
    """One page on the screen: what changes there, and why it cannot be signed here, if so."""
    with workflow.asking():
        why_not = workflow.why_not(workflow.may_sign_together, submission, by=user)
        page = reading.opened(submission, user, workflow.now())
        changed = reading.what_changed(page, "in-force")
        return {
            "submission": submission,
            "why_not": why_not,
            "against": page.in_force,
            "stretches": changed["stretches"],
            "counted": signing.counted_words(page),
            "besides": signing.besides_of(page),
            "talked": len([one for one in page.threads if one.comment.is_open]),
            "left": page.reading.left(SignOff.Scope.CORRECTION) if page.in_force else [],
            "ticked": ticked is None or submission.pk in ticked,
        }


def _sign(
    request: HttpRequest,
    form: TogetherForm,
    group: Iterable[Submission],
    password: str,
    shown: str,
    profile: str,
    read_elsewhere: bool,
) -> list[SignOff]:
    user, ticked = user_of(request), form.ticked()
    _show(group, shown.split(), user)
    signings = [workflow.Signing(one, *ticked.pop(one.pk)) for one in group if one.pk in ticked]
    if ticked:
        raise workflow.NotAllowed(
            "A page that you ticked is no longer open. Nothing was signed. Look at the list again."
        )
    signed = workflow.sign_together(
        signings,
        by=user,
        proof=proof_of(request, password),
        profile=profile,
        read_elsewhere=read_elsewhere,
    )
    after_signing(request)
    return signed
