"""Two people at once: a save upon somebody else's takes what only one of the two changed.

What both changed is shown side by side, to be chosen part by part, and saved in one step.
"""

import json
import re
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from conditions import document
from conditions.models import Condition
from conditions.studio import typed, units, versions
from conditions.studio.forms import GIVES_UP, digest_of_draft
from conditions.studio.history import gives_up, piece_diff
from conditions.studio.saving import NotSaved, Stale, save
from reviews import workflow
from reviews.desk.lists import PlainLookups
from reviews.desk.verb_pages import name_of, user_of

MERGE = "admin/conditions/condition/merge.html"
# The longest document that comes back from the page where parts are chosen.
MOST_BYTES = 4 * 1024 * 1024
_DIGEST = re.compile("[0-9a-f]{64}")


class MergePages(PlainLookups):
    """What the draft's admin does with a form that was opened before somebody else saved."""

    def get_urls(self) -> list[Any]:
        """Where the chosen parts are sent to."""
        merge = path(
            "<int:pk>/merge/",
            self.admin_site.admin_view(self.merge_view),
            name="conditions_condition_merge",
        )
        return [merge, *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A form that is stale and could be saved otherwise is merged; any other is the admin's."""
        stale = self._stale(request, object_id) if request.method == "POST" else None
        if stale is None:
            view: Any = super()
            answer: HttpResponse = view.changeform_view(request, object_id, form_url, extra_context)
            return answer
        condition, found = stale
        return self._merged(
            request, condition, found.document, request.POST.get("opened", ""), chosen=None
        )

    def merge_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save with the choices that were sent; where the draft moved on again, ask once more."""
        condition = get_object_or_404(Condition.objects.select_related("subject"), pk=pk)
        if not self.has_change_permission(request, condition):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        mine = _sent(request.POST.get("mine", ""))
        if mine is None:
            return HttpResponse("This form is damaged. Open the draft again.", status=422)
        return self._merged(
            request, condition, mine, request.POST.get("opened", ""), chosen=request.POST
        )

    def _stale(self, request: HttpRequest, object_id: str | None) -> Any:
        """The draft and what was typed, where somebody else saved since the form was opened."""
        condition = (
            Condition.objects.select_related("subject").filter(pk=object_id).first()
            if object_id and object_id.isdecimal()
            else None
        )
        opened = request.POST.get("opened", "")
        if condition is None or not self.has_change_permission(request, condition):
            return None
        if not _DIGEST.fullmatch(opened):
            return None
        if digest_of_draft(condition) == opened:
            return None
        if gives_up(request, condition) and not request.POST.get("save_all_the_same"):
            return None  # they are asked that first
        found = typed.read(request.POST)
        # What is faulty is told where it was typed.
        return None if found.faults else (condition, found)

    def _merged(
        self,
        request: HttpRequest,
        condition: Condition,
        mine: dict[str, Any],
        opened: str,
        *,
        chosen: Any,
    ) -> HttpResponse:
        """Save, or ask which of two to take."""
        base = versions.of_digest(condition, opened) if _DIGEST.fullmatch(opened) else None
        theirs, now = condition.document(), digest_of_draft(condition)
        merged = units.merge(base.document if base else None, mine, theirs)
        choices = {name: chosen.get(f"take.{name}", "") for name in merged.both} if chosen else {}
        # A choice counts for the words that it was made between.
        if chosen and chosen.get("theirs") != now:
            choices = {}
        refused: list[str] = []
        if all(choices.get(name) in ("mine", "theirs") for name in merged.both):
            picked = [name for name in merged.both if choices[name] == "mine"]
            refused = self._save(
                request, condition, mine, theirs, [*merged.mine, *picked], now,
                base if picked else None,
            )  # fmt: skip
            if not refused:
                self._tell(request, condition, mine, theirs, [*merged.mine, *picked])
                return redirect("admin:conditions_condition_change", condition.pk)
        elif chosen:
            refused = ["Not saved yet: choose for each part which words to take."]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": condition,
            "title": f"{condition}: two people at once",
            "back": reverse("admin:conditions_condition_change", args=[condition.pk]),
            "refused": refused,
            "who": _last_saved_by(condition),
            "known": base is not None,
            "mine": json.dumps(mine, ensure_ascii=False),
            "opened": opened,
            "theirs": now,
            "asks_first": gives_up(request, condition),
            "alone": [units.name_of(name, [mine, theirs]) for name in merged.mine],
            "pieces": [
                {
                    "name": name,
                    "label": units.name_of(name, [mine, theirs]),
                    "mine": piece_diff(_before(base, theirs), mine, name),
                    "theirs": piece_diff(_before(base, mine), theirs, name),
                    "chosen": choices.get(name, ""),
                }
                for name in merged.both
            ],
        }
        response = TemplateResponse(request, MERGE, context, status=422)
        response["Cache-Control"] = "no-store"
        return response

    def _save(
        self,
        request: HttpRequest,
        condition: Condition,
        mine: dict[str, Any],
        theirs: dict[str, Any],
        names: list[str],
        now: str,
        base: versions.Saved | None,
    ) -> list[str]:
        """One save of theirs with some pieces of mine; returns the sentences that refuse it.

        Where mine stands in for what somebody else wrote since, words of the version that it began
        from may come back: whoever wrote that counts again.
        """
        if gives_up(request, condition) and not request.POST.get("save_all_the_same"):
            return [f"Not saved yet. {GIVES_UP}"]
        try:
            save(
                condition,
                units.taken(theirs, mine, names),
                by=user_of(request),
                opened=now,
                restored_from=base.contribution if base else None,
                how="Merged with what was saved meanwhile",
            )
        except Stale:
            return ["Not saved yet: the draft was saved once more meanwhile. Send this again."]
        except NotSaved as refusal:
            return refusal.faults
        except workflow.NotAllowed as refusal:
            return [str(refusal)]
        return []

    def _tell(
        self,
        request: HttpRequest,
        condition: Condition,
        mine: dict[str, Any],
        theirs: dict[str, Any],
        names: list[str],
    ) -> None:
        said = ", ".join(units.name_of(name, [mine, theirs]) for name in names)
        yours = f"Of your words: {said}." if said else "Your words are there already."
        messages.success(request, f"Saved together with what was saved meanwhile. {yours}")


def _before(base: versions.Saved | None, other: dict[str, Any]) -> dict[str, Any]:
    return base.document if base else other


def _sent(text: str) -> dict[str, Any] | None:
    """The document that came back from the page of choices, cleaned again; None if damaged."""
    if len(text) > MOST_BYTES:
        return None
    try:
        checked = document.check(json.loads(text))
    except (ValueError, RecursionError):
        return None
    return None if checked.faults else checked.document


def _last_saved_by(condition: Condition) -> str:
    last = condition.subject.contributions.select_related("by").order_by("-pk").first()
    return name_of(last.by) if last else "somebody else"
