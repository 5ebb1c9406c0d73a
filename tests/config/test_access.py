"""Who gets in where: every role at every address that the resolver knows, by GET and by POST."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import reversion
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from reversion.models import Version

from conditions import outline
from conditions.models import Condition, HouseWord
from conditions.studio.forms import digest_of_draft
from reviews import clock, workflow
from reviews.mail import links
from reviews.models import (
    Claim,
    EditionAuthor,
    Event,
    Letter,
    Remark,
    SignOff,
    Subject,
    Submission,
    WrongPassword,
    evidence_models,
)
from reviews.workflow.claims import make_claim
from tests import cast
from tests.undoing import Case, undone

BACKEND = "django.contrib.auth.backends.ModelBackend"
ROLES = ["anonymous", "reader", "editor", "physician", "manager", "root"]
STAFF = set(ROLES) - {"anonymous"}
EVIDENCE = [Event, Subject, EditionAuthor, *evidence_models()]
LOGIN = "/admin/login/"

# The record's past edition, and the physician who signed.
SLUGS = {"record_edition": "cancelling", "reviewer": "physician"}
PUBLIC = [
    *("home", "conditions", "condition", "record", "record_edition"),
    *("reviewer", "how_we_review", "condition_json", "feed", "robots", "sitemap"),
    *("search", "favicon"),
]
# Who may open which address, beside what everybody logged in may; every other GET is refused.
FOR_ALL_STAFF = {"index", "mail", "password_change", "password_change_done", "jsi18n"}
MAY_OPEN: dict[str, set[str]] = {
    **dict.fromkeys(FOR_ALL_STAFF, STAFF),
    "login": {"anonymous"},
    "app_list": STAFF - {"reader"},
    "conditions_condition_add": {"editor", "root"},
    **{f"conditions_condition_{view}": STAFF - {"reader"} for view in ("submit", "preview")},
    "conditions_condition_compare": STAFF - {"reader"},
    "conditions_condition_restore": {"editor", "root"},
    "conditions_condition_replace": {"editor", "root"},
    "conditions_condition_keep": STAFF - {"reader"},
    "conditions_condition_export": STAFF - {"reader"},
    "conditions_condition_import": {"editor", "root"},
    "conditions_condition_references": {"editor", "root"},
    **{f"reviews_submission_{view}": STAFF - {"reader"} for view in ("preview", "page", "checks")},
    "reviews_submission_together": STAFF - {"reader"},
    **{f"reviews_subject_{view}": STAFF - {"reader"} for view in ("preview", "read")},
    **{
        f"{page}_{view}": STAFF - {"reader"}
        for page in ("conditions_condition", "reviews_submission", "reviews_subject")
        for view in ("changelist", "change", "history")
    },
    **{
        f"{page}_{view}": {"manager", "root"}
        for page in ("reviews_reviewer", "auth_user")
        for view in ("changelist", "change", "history", "add")
    },
    "forgotten": set(ROLES),
    "set_password": set(ROLES),
    "not_me": set(ROLES),
    "reviews_reviewer_mine": {"physician"},
    "reviews_reviewer_end": {"manager", "root"},
    "overview": {"manager", "root"},
    **{
        f"reviews_claim_{view}": {"physician", "manager", "root"}
        for view in ("changelist", "change", "history")
    },
    **{
        f"reviews_letter_{view}": {"manager", "root"}
        for view in ("changelist", "change", "history")
    },
    **{
        f"conditions_houseword_{view}": {"manager", "root"}
        for view in ("changelist", "change", "history", "add", "delete")
    },
    **{
        f"reviews_event_{view}": {"manager", "root"} for view in ("changelist", "change", "history")
    },
    **{
        f"axes_{model}_{view}": {"root"}
        for model in ("accessattempt", "accesslog", "accessfailurelog")
        for view in ("changelist", "change", "history", "delete")
    },
    **{key: set(ROLES) for key in PUBLIC},
}
# These lead elsewhere: to the page of the row, to its desk, or back to the index.
MAY_MOVE = {"login", "logout", "view_on_site", "row"}
# Opened instead of sent, a verb's address leads to its page.
VERBS = {
    *(f"reviews_submission_{verb}" for verb in ("sign", "request_changes", "take_back")),
    *(f"reviews_submission_{verb}" for verb in ("take_on", "hand_over", "let_go", "comment")),
    *(f"reviews_submission_{verb}" for verb in ("resolve", "reopen", "take_over", "signed")),
    *(f"reviews_subject_{verb}" for verb in ("reaffirm", "withdraw", "cancel")),
    *(f"reviews_subject_{verb}" for verb in ("flag", "hold", "release", "redact")),
    "reviews_subject_end_reliance",
    *(f"reviews_subject_{verb}" for verb in ("concern", "settle")),
    *(f"conditions_condition_{verb}" for verb in ("archive", "unarchive")),
    *(f"conditions_condition_{verb}" for verb in ("erase", "erase_version")),
}
CLAIM_VERBS = {"reviews_claim_confirm", "reviews_claim_object"}
LETTER_VERBS = {"reviews_letter_again"}
PROFILE_VERBS = {"reviews_reviewer_bring_back"}
# These are the physician's own too.
OWN_VERBS = {"reviews_reviewer_away", "reviews_reviewer_come_back"}
MANAGERS_VERBS = {"overview_export"}

# Who changes anything by a form that is filled in well, and which evidence grows by it.
MAY_DO: dict[str, tuple[set[str], set[str]]] = {
    "password_change": (STAFF, {"Claim"}),
    "not_me": (set(ROLES), {"ClaimAnswer"}),
    "reviews_claim_confirm": ({"manager", "root"}, {"ClaimAnswer"}),
    "reviews_claim_object": ({"physician", "manager", "root"}, {"ClaimAnswer"}),
    "logout": (STAFF, set()),
    "mail": (STAFF, set()),
    "reviews_letter_again": ({"manager", "root"}, set()),
    "conditions_condition_add": ({"editor", "root"}, {"Contribution", "Subject"}),
    "conditions_condition_change": ({"editor", "root"}, {"Contribution"}),
    "conditions_condition_restore": ({"editor", "root"}, {"Contribution"}),
    "conditions_condition_merge": ({"editor", "root"}, {"Contribution"}),
    "conditions_condition_replace": ({"editor", "root"}, {"Contribution"}),
    "conditions_condition_references": ({"editor", "root"}, {"Contribution"}),
    # It writes down who has the form open, for those who open it too: no evidence.
    "conditions_condition_open": ({"editor", "root"}, set()),
    "conditions_condition_archive": (STAFF - {"reader"}, {"Archiving"}),
    "conditions_condition_unarchive": (STAFF - {"reader"}, {"Archiving"}),
    "conditions_condition_erase": ({"editor", "manager", "root"}, {"Erasure"}),
    "conditions_condition_erase_version": ({"manager", "root"}, {"Erasure"}),
    "conditions_condition_submit": ({"editor", "root"}, {"Edition", "EditionAuthor"}),
    "reviews_submission_sign": ({"physician"}, {"SignOff", "Address"}),
    "reviews_submission_together": ({"physician"}, {"SignOff"}),
    "reviews_submission_request_changes": ({"physician"}, set()),
    "reviews_submission_take_back": ({"editor"}, set()),
    **{
        f"reviews_submission_{verb}": ({"physician"}, {"Assignment"})
        for verb in ("take_on", "hand_over", "let_go")
    },
    "reviews_submission_comment": (STAFF - {"reader"}, {"Comment"}),
    "reviews_submission_suggest": (STAFF - {"reader"}, {"Comment"}),
    "reviews_submission_resolve": (STAFF - {"reader"}, {"CommentStep"}),
    "reviews_submission_reopen": (STAFF - {"reader"}, {"CommentStep"}),
    "reviews_submission_take_over": ({"editor", "root"}, {"CommentStep", "Contribution"}),
    "reviews_subject_reaffirm": ({"physician"}, {"SignOff"}),
    "reviews_subject_withdraw": (
        {"physician", "manager", "root"},
        {"Withdrawal", "Redaction"},
    ),
    "reviews_subject_cancel": ({"physician", "manager", "root"}, {"Withdrawal"}),
    "reviews_subject_concern": (STAFF - {"reader"}, {"Concern"}),
    "reviews_subject_settle": ({"physician", "manager", "root"}, {"Settlement"}),
    "reviews_subject_flag": ({"editor", "physician", "manager", "root"}, {"Overlay"}),
    "reviews_subject_hold": ({"editor", "physician", "manager", "root"}, {"Overlay"}),
    "reviews_subject_release": ({"physician", "manager", "root"}, {"Overlay"}),
    "reviews_subject_redact": ({"physician", "manager", "root"}, {"Redaction"}),
    "reviews_reviewer_mine": ({"physician"}, {"ProfileConfirmation"}),
    "reviews_subject_end_reliance": ({"physician"}, {"RelianceEnd"}),
    "reviews_reviewer_end": ({"manager", "root"}, {"Departure", "RelianceEnd", "Claim"}),
    "reviews_reviewer_bring_back": ({"manager", "root"}, {"Departure", "Claim"}),
    "reviews_reviewer_away": ({"physician", "manager", "root"}, {"Absence"}),
    "reviews_reviewer_come_back": ({"physician", "manager", "root"}, {"Absence"}),
    "overview_export": ({"manager", "root"}, set()),
    "reviews_reviewer_add": ({"manager", "root"}, {"Claim"}),
    "reviews_reviewer_change": ({"manager", "root"}, set()),
    "auth_user_add": ({"manager", "root"}, set()),
    **{
        f"conditions_houseword_{view}": ({"manager", "root"}, set())
        for view in ("add", "change", "delete")
    },
    "auth_user_change": ({"manager", "root"}, set()),
    "auth_user_link": ({"manager", "root"}, set()),
    "auth_user_unlock": ({"manager", "root"}, set()),
    # All that a sent change form of these logs can write is a line in the admin's own log.
    **{
        f"axes_{model}_{view}": ({"root"}, set())
        for model in ("accessattempt", "accesslog", "accessfailurelog")
        for view in ("changelist", "change", "delete")
    },
}
Rows = dict[str, set[str]]


@dataclass
class World:
    """One row of everything, and the people."""

    people: dict[str, User]
    # By the URL's name, or by the model's where no name has a row of its own.
    ids: dict[str, Any]
    forms: dict[str, dict[str, Any]] = field(default_factory=dict)

    # The cookies of who is logged in.
    cookies: dict[str, Any] = field(default_factory=dict)

    def client(self, role: str, **kwargs: Any) -> Client:
        client = Client(**kwargs)
        client.cookies.load(self.cookies.get(role, {}))
        return client

    def address(self, name: str, route: str) -> str:
        """A route with its objects filled in."""
        model = "_".join(route.split("/")[1:3])
        pk = str(self.ids.get(name, self.ids.get(model, "")))
        filled = re.sub(r"\^\(\?P<app_label>[a-z|]+\)/\$", "reviews/", route)
        filled = filled.replace("(?P<url>.*)$", "no/such/page/")
        filled = filled.replace("<path:content_type_id>", str(self.ids["content_type"]))
        for hole in ("<path:object_id>", "<str:pk>", "<int:pk>", "<id>"):
            filled = filled.replace(hole, pk)
        number = str(self.ids.get(f"{name}_number", 1))
        filled = filled.replace("<int:number>", number).replace("<int:asked>", "1")
        filled = filled.replace("<uidb64>", "MQ").replace("<token>", pk or "x-y")
        return "/" + filled.replace("<slug:slug>", SLUGS.get(name, "reaffirming"))

    def form(self, name: str) -> dict[str, Any]:
        """A form filled in well, or for an address without one, an attempt at everything."""
        return self.forms.get(
            name,
            {
                "post": "yes",
                "action": "delete_selected",
                "_selected_action": self.ids.get(name.rpartition("_")[0], 1),
                "status": "signed",
            },
        )


@pytest.fixture(scope="module")
def built(standing: Callable[[], AbstractContextManager[None]]) -> World:
    """The world below, built once: what a test does to it is taken back."""
    with standing():
        people = {
            "reader": cast.person("reader"),
            "editor": cast.person("editor", "Staff"),
            "physician": cast.person("physician", "Physicians"),
            "manager": cast.person("manager", "Managers"),
            "root": cast.person("root", is_superuser=True),
        }
        cast.make_reviewer(people["physician"], "Pat Sample", "MD")
        made = build(people)
        for role, person in people.items():
            client = Client()
            client.force_login(person, backend=BACKEND)
            made.cookies[role] = client.cookies
    return made


@pytest.fixture
def world(db: None, built: World) -> World:
    return built


def build(people: dict[str, User]) -> World:
    """A page for every verb, so that no attempt depends on the one before it."""
    editor, physician, manager = people["editor"], people["physician"], people["manager"]
    condition = cast.make_condition(by=editor)
    colleague = cast.person("colleague", "Staff")
    cast.make_reviewer(doctor := cast.person("doctor", "Physicians"), "Dana Third", "MD")
    cast.confirm(doctor)
    log = {"username": "x", "user_agent": "x", "path_info": "/"}
    waiting = {
        slug: cast.submit(cast.make_condition(slug, by=editor), by=editor)
        for slug in ("signing", "requesting", "taking", "talking")
    }
    cast.make_reviewer(partner := cast.person("partner", "Physicians"), "Lee Fourth", "MD")
    workflow.take_on(waiting["talking"], by=physician)
    said = {
        name: workflow.comment(waiting["talking"], by=partner, text="Words.")
        for name in ("resolve", "reopen")
    }
    workflow.resolve(said["reopen"], by=editor)
    said["take_over"] = workflow.suggest(
        waiting["talking"], by=partner, part="summary", words="<p>Better words.</p>"
    )
    signed = {
        slug: cast.publish(cast.make_condition(slug, by=editor), by=editor, signer=physician)
        for slug in ("reaffirming", "withdrawing", "cancelling", "flagging", "releasing")
    }
    again = cast.edit(Condition.objects.get(slug="cancelling"), by=editor, headline="Changed.")
    live = cast.publish(again, by=editor, signer=physician)
    small = cast.make_condition("small", by=editor)
    against = cast.publish(small, by=editor, signer=physician)
    cast.edit(small, by=editor, summary="<p>What helps is another thing.</p>")
    among = cast.submit(small, by=editor, note="One word.")
    cast.lay_over("hold", Condition.objects.get(slug="releasing"), by=editor)
    submitting = cast.make_condition("submitting", by=editor)
    restoring = cast.make_condition("restoring", by=editor)
    cast.edit(restoring, by=editor, headline="Other words.")
    archived = cast.make_condition("archived", by=editor)
    workflow.archive(archived.subject, by=editor)
    version = condition.versions()[0].number
    with reversion.create_revision():
        cast.edit(condition, by=editor, headline="Saved again.")
    concern = workflow.log_concern(live.subject, by=editor, part="", text="It looks wrong.")
    off = cast.publish(cast.make_condition("gone", by=editor), by=editor, signer=physician)
    workflow.withdraw(off.subject, by=manager, reason="Wrong.", notice="safety")
    WrongPassword.objects.create(user=colleague, at=clock.now())
    claims = {
        verb: make_claim(Claim.Kind.PROFILE, doctor, by=colleague, at=clock.now(), waits=True)
        for verb in ("_confirm", "_object", "")
    }
    workflow.object_to(claims["_confirm"], by=doctor)
    Letter.write(claims[""].event, Letter.Kind.NOTICE, doctor, clock.now())
    gone = cast.make_reviewer(cast.person("gone", "Physicians"), "Gil Gone", "MD")
    with_proof = {"by": manager, "proof": cast.proof()}
    workflow.end_reviewer(gone, step="left", on=clock.today(), **with_proof)
    far = clock.today() + timedelta(days=300)
    days_away = {"first_on": far, "last_on": far}
    workflow.go_away(physician.reviewer, by=physician, stand_in=partner.reviewer, **days_away)
    made = World(
        people=people,
        ids={
            "content_type": ContentType.objects.get_for_model(Subject).pk,
            "view_on_site": signed["reaffirming"].subject_id,
            "conditions_condition": condition.pk,
            "conditions_condition_submit": submitting.pk,
            "conditions_condition_compare": again.pk,
            "conditions_condition_restore": restoring.pk,
            "conditions_condition_restore_number": Version.objects.get_for_object(restoring)
            .earliest("pk")
            .pk,
            "conditions_condition_archive": cast.make_condition("archiving", by=editor).pk,
            "conditions_condition_unarchive": archived.pk,
            "conditions_condition_erase": cast.make_condition("erasing", by=editor).pk,
            "reviews_submission": waiting["signing"].pk,
            "reviews_submission_together": among.pk,
            "reviews_submission_request_changes": waiting["requesting"].pk,
            "reviews_submission_take_back": waiting["taking"].pk,
            **{
                f"reviews_submission_{verb}": waiting["talking"].pk
                for verb in ("hand_over", "let_go", *said)
            },
            "reviews_subject": signed["reaffirming"].subject_id,
            "reviews_subject_withdraw": signed["withdrawing"].subject_id,
            "reviews_subject_cancel": live.subject_id,
            "reviews_subject_flag": signed["flagging"].subject_id,
            "reviews_subject_hold": signed["flagging"].subject_id,
            "reviews_subject_release": signed["releasing"].subject_id,
            "reviews_subject_redact": live.subject_id,
            "reviews_subject_settle": live.subject_id,
            "reviews_event": Event.objects.latest("seq").pk,
            "reviews_reviewer": physician.reviewer.pk,
            "reviews_reviewer_bring_back": gone.pk,
            "auth_user": colleague.pk,
            "conditions_houseword": HouseWord.objects.create(avoid="house").pk,
            **{f"reviews_claim{verb}": claim.pk for verb, claim in claims.items()},
            "not_me": links.to_object(claims[""], doctor).rstrip("/").rpartition("/")[2],
            "reviews_letter": Letter.objects.get().pk,
            **{
                f"axes_{model._meta.model_name}{view}": model.objects.create(**log, **more).pk
                for model, more in [
                    (AccessAttempt, {"failures_since_start": 1}),
                    (AccessLog, {}),
                    (AccessFailureLog, {}),
                ]
                for view in ("", "_delete")
            },
        },
    )
    made.forms = {
        "login": {},
        "mail": dict.fromkeys(["asked", "became", "talk", "due"], "at_once"),
        "password_change": {
            "old_password": cast.PASSWORD,
            "new_password1": cast.PASSWORD,
            "new_password2": cast.PASSWORD,
        },
        "conditions_condition_add": draft_form(slug="added"),
        "conditions_condition_change": draft_form(
            slug="sample-condition", opened=digest_of_draft(condition)
        ),
        "conditions_condition_restore": {
            "opened": digest_of_draft(restoring),
            "part": "headline",
        },
        "conditions_condition_replace": {
            "find": "something else",
            "by": "another thing",
            "place": f"{submitting.pk}:summary:0",
            f"opened.{submitting.pk}": digest_of_draft(submitting),
        },
        "conditions_condition_merge": {
            "mine": json.dumps(condition.document() | {"headline": "Merged words."}),
            "opened": digest_of_draft(condition),
        },
        "reviews_submission_sign": {
            "digest": waiting["signing"].edition.digest,
            "profile": cast.printed(physician),
            "scope": "full",
            "read_elsewhere": "on",
            "password": cast.PASSWORD,
        },
        "reviews_submission_together": {
            "sign": among.pk,
            f"digest.{among.pk}": among.edition.digest,
            f"against.{among.pk}": against.pk,
            "profile": cast.printed(physician),
            "read_elsewhere": "on",
            "password": cast.PASSWORD,
        },
        "reviews_submission_request_changes": {"reason": "Say more."},
        "reviews_submission_hand_over": {"to": partner.reviewer.pk},
        "reviews_submission_comment": {"text": "Words."},
        "reviews_submission_suggest": {"part": "summary", "words": "<p>Other words.</p>"},
        **{f"reviews_submission_{verb}": {"comment": one.pk} for verb, one in said.items()},
        "reviews_subject_reaffirm": {
            "digest": signed["reaffirming"].digest,
            "read_elsewhere": "on",
            "profile": cast.printed(physician),
            "password": cast.PASSWORD,
        },
        "reviews_subject_withdraw": {"reason": "Wrong.", "notice": "safety"},
        "reviews_subject_cancel": {"reason": "Wrong.", "sign_off": live.pk},
        **{
            f"reviews_subject_{verb}": {"reason": "It looks wrong.", "password": cast.PASSWORD}
            for verb in ("flag", "hold", "release")
        },
        "reviews_subject_redact": {
            "edition": signed["cancelling"].edition_id,
            "reason": "It names a patient.",
            "password": cast.PASSWORD,
        },
        "reviews_subject_end_reliance": {"reason": "New data.", "password": cast.PASSWORD},
        "reviews_reviewer_end": {
            "step": "left",
            "on": str(clock.today()),
            "pages": " ".join(
                str(row.subject_id) for row in workflow.resting_on(physician.reviewer, clock.now())
            ),
            "password": cast.PASSWORD,
        },
        "reviews_reviewer_bring_back": {"password": cast.PASSWORD},
        "reviews_reviewer_away": {
            "first_on": str(clock.today()),
            "last_on": str(far),
            "stand_in": partner.reviewer.pk,
        },
        "reviews_reviewer_come_back": {},
        "reviews_subject_concern": {"part": "", "text": "A dose looks wrong."},
        "reviews_subject_settle": {"concern": concern.pk, "how": "It was none."},
        "conditions_condition_erase": {"reason": "By mistake."},
        "conditions_condition_erase_version": {"reason": "A name.", "number": version},
        "overview_export": {"what": "record", "texts": "on"},
        "reviews_reviewer_mine": {"digest": workflow.profile_digest(physician.reviewer)},
        "reviews_reviewer_add": profile_form(user=colleague.pk, slug="colleague"),
        "reviews_reviewer_change": profile_form(slug="physician"),
        "conditions_condition_references": {"text": "PMID: 12345"},
        "conditions_houseword_add": {"avoid": "new", "instead": "", "why": ""},
        "conditions_houseword_change": {"avoid": "other", "instead": "", "why": ""},
        "conditions_houseword_delete": {"post": "yes"},
        "auth_user_add": {"username": "newcomer", "email": "newcomer@example.com"},
        "auth_user_change": {
            "username": "colleague",
            "email": colleague.email,
            "first_name": "Changed",
            "is_active": "on",
        },
    }
    return made


def draft_form(**typed: Any) -> dict[str, Any]:
    """What the browser sends for a draft whose rows are left alone."""
    return {
        "name": "Typed name",
        "lang": "en",
        "stance": "not_treated",
        "review_interval_months": "12",
        **{f"{part}-TOTAL_FORMS": "0" for part in outline.ROWS},
        **{f"{part}-INITIAL_FORMS": "0" for part in outline.ROWS},
        **typed,
    }


def profile_form(**typed: Any) -> dict[str, Any]:
    """What the browser sends for a physician's profile without a license."""
    return {
        "printed_name": "Sam Typed",
        "credentials": "MD",
        "relationship": "A physician of the clinic.",
        "is_active": "on",
        "licenses-TOTAL_FORMS": "0",
        "licenses-INITIAL_FORMS": "0",
        **typed,
    }


def routes() -> list[tuple[str, str, Any]]:
    """Name, route and view of everything that the resolver knows."""
    return list(_walk(get_resolver(), ""))


def _walk(resolver: URLResolver, before: str) -> Iterator[tuple[str, str, Any]]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, route)
            continue
        assert isinstance(entry, URLPattern)
        unnamed = "row" if route.endswith("<path:object_id>/") else "elsewhere"
        yield entry.name or unnamed, route, entry.callback


def everything() -> Rows:
    """Every row of every table but the sessions'."""
    tables = set(connection.introspection.table_names()) - {"django_session"}
    rows: Rows = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            rows[table] = {repr(row) for row in cursor.fetchall()}
    return rows


def grown(before: Rows, after: Rows) -> set[str]:
    """The evidence that has more rows than before; none may have lost or changed one."""
    for model in EVIDENCE:
        assert before[model._meta.db_table] <= after[model._meta.db_table], model
    return {
        model.__name__
        for model in EVIDENCE
        if before[model._meta.db_table] != after[model._meta.db_table]
    }


def verdict(name: str, role: str, response: HttpResponse) -> str:
    """In one word how a request was answered."""
    if response.status_code == 200:
        return "open"
    if response.status_code == 302:
        if response["Location"].startswith(LOGIN):
            return "login"
        assert name in (
            *(MAY_MOVE | VERBS | CLAIM_VERBS | LETTER_VERBS | MANAGERS_VERBS),
            *(PROFILE_VERBS | OWN_VERBS),
        ), (
            name,
            role,
            response["Location"],
        )
        return "moved"
    assert response.status_code in (403, 404, 405), (name, role, response.status_code)
    return "refused"


def expected_verdict(name: str, role: str) -> str:
    if role in MAY_OPEN.get(name, set()):
        return "open"
    if name in MAY_MOVE and (role != "anonymous" or name == "logout"):
        return "refused" if name == "logout" and role != "anonymous" else "moved"
    if name in VERBS and role not in ("anonymous", "reader"):
        return "moved"
    if name in CLAIM_VERBS and role in MAY_OPEN["reviews_claim_change"]:
        return "moved"
    if name in LETTER_VERBS and role in MAY_OPEN["reviews_letter_change"]:
        return "moved"
    if name in MANAGERS_VERBS | PROFILE_VERBS | OWN_VERBS and role in MAY_OPEN["overview"]:
        return "moved"
    if name in OWN_VERBS and role == "physician":
        return "moved"
    return "login" if role == "anonymous" else "refused"


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_its_own_pages_and_changes_nothing_by_it(world: World, role: str) -> None:
    client, before, found = world.client(role), everything(), {}
    for name, route, _ in routes():
        response = world.client(role).get(world.address(name, route))
        found[route] = verdict(name, role, response)

    assert found == {route: expected_verdict(name, role) for name, route, _ in routes()}
    for name, route, _ in routes():
        client.get(world.address(name, route), world.form(name))
        # Django answers by the same view; so those are asked who may do most.
        if role in ("physician", "root"):
            client.head(world.address(name, route))
    assert everything() == before


@pytest.mark.parametrize("role", ROLES)
def test_each_role_changes_by_forms_what_it_may_and_nothing_else(world: World, role: str) -> None:
    found, expected, before = {}, {}, everything()
    for name, route, _ in routes():
        client = world.client(role)
        with undone():
            response = client.post(world.address(name, route), world.form(name))
            after = everything()

        done = before != after
        found[route] = (done, grown(before, after) - {"Event"})
        doers, evidence = MAY_DO.get(name, (set(), set()))
        expected[route] = (role in doers, evidence if role in doers else set())
        if not done and role == "anonymous" and route.startswith("admin/"):
            status = {"login": 200, "logout": 302, "forgotten": 200, "set_password": 200}
            expects = status.get(name, 401)
            assert response.status_code == expects, (name, response.status_code)
        elif not done and name not in MAY_OPEN:
            allowed = (200, 302) if name in MAY_MOVE else (403, 404, 405, 422)
            if name == "conditions_condition_preview_new" and role in ("editor", "root"):
                allowed = (200,)  # it shows what was sent, and keeps nothing
            assert response.status_code in allowed, (name, response.status_code)

    assert found == expected


def test_a_form_without_its_token_is_refused_everywhere(world: World) -> None:
    before, taken = everything(), {}
    for role in ("editor", "physician", "manager", "root"):
        client = world.client(role, enforce_csrf_checks=True)
        for name, route, _ in routes():
            if not route.startswith("admin/"):
                continue
            response = client.post(world.address(name, route), world.form(name))
            if response.status_code != 403:
                taken[role, route] = response.status_code

    assert taken == {}
    assert everything() == before


def test_log_in_without_its_token_is_refused(world: World) -> None:
    client = Client(enforce_csrf_checks=True)

    response = client.post(LOGIN, {"username": "editor", "password": cast.PASSWORD})

    assert response.status_code == 403
    assert "sessionid" not in client.cookies


def test_the_same_form_with_its_token_signs(world: World) -> None:
    client = world.client("physician", enforce_csrf_checks=True)
    pk = world.ids["reviews_submission"]
    client.get(f"/admin/reviews/submission/{pk}/change/")
    form = world.form("reviews_submission_sign")
    form["csrfmiddlewaretoken"] = client.cookies["csrftoken"].value

    response = client.post(f"/admin/reviews/submission/{pk}/sign/", form)

    assert response.status_code == 302
    assert Submission.objects.get(pk=pk).status == "signed"


def test_a_superuser_finds_no_form_for_evidence(world: World, subtests: pytest.Subtests) -> None:
    client, before = world.client("root"), everything()
    for model in (*EVIDENCE, Submission, Remark):
        with subtests.test(model=model.__name__):
            row = model.objects.order_by("pk").last()
            pk = row.pk if row else 1
            base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
            forged = dict.fromkeys(("subject", "kind", "slug", "digest", "body", "hash"), "0")
            forged |= {"text": "0", "status": "signed", "post": "yes"}
            selected = {"action": "delete_selected", "_selected_action": pk, "post": "yes"}
            rows = {"form-TOTAL_FORMS": "1", "form-0-status": "signed", "_save": "Save"}

            refused = [
                client.post(f"{base}add/", forged),
                client.post(f"{base}{pk}/change/", forged),
                client.post(f"{base}{pk}/delete/", forged),
            ]
            listed = [client.post(base, selected), client.post(base, rows)]

            assert {answer.status_code for answer in refused} <= {403, 404, 405}
            assert {answer.status_code for answer in listed} <= {200, 302, 403, 404, 405}
            assert everything() == before


def test_no_address_leads_to_a_view_of_reversion() -> None:
    views = [(route, getattr(view, "__module__", ""), repr(view)) for _, route, view in routes()]

    assert len(views) > 50
    assert not [view for view in views if "reversion" in view[1] or "reversion" in view[2].lower()]
    assert not [route for route, _, _ in views if "recover" in route or "revision" in route]
    assert not [route for route, _, _ in views if "history/" in route.rstrip("/")]


def test_an_old_version_cannot_be_brought_back_by_revisions_addresses(
    world: World, case: Case
) -> None:
    condition = Condition.objects.get(slug="sample-condition")
    with reversion.create_revision():
        condition.save()
    old = Version.objects.get_for_object(condition).first()
    assert old is not None
    cast.edit(condition, by=world.people["editor"], headline="What it says now.")
    base, page, version = "/admin/conditions/condition/", condition.pk, old.pk
    other = world.ids["conditions_condition_submit"]
    client, before = world.client("root"), everything()

    for address in (
        f"{base}{page}/history/{version}/",
        f"{base}{page}/history/{version}/change/",
        f"{base}{other}/history/{version}/",
        f"{base}recover/",
        f"{base}recover/{version}/",
        f"{base}recover/{version}/change/",
        f"{base}{page}/revert/{version}/",
        f"/admin/reversion/version/{version}/change/",
        f"/admin/reversion/revision/{version}/revert/",
        f"/admin/auth/user/{page}/history/{version}/",
        f"/admin/reviews/submission/recover/{version}/",
    ):
        with case(address=address):
            typed = {"_save": "Save", **draft_form(slug="x")}
            answers = [client.get(address), client.post(address, typed)]

            assert {answer.status_code for answer in answers} <= {302, 403, 404, 405}
            assert everything() == before


def test_opening_an_old_version_leaves_the_signals_in_place(world: World) -> None:
    """Reversion's own view empties the signals of the whole process."""
    from django.contrib.auth.signals import user_logged_in

    receivers = list(user_logged_in.receivers)
    assert receivers

    world.client("root").get("/admin/conditions/condition/1/history/1/", follow=True)

    assert user_logged_in.receivers == receivers


def test_somebody_deactivated_is_out_at_the_next_request(world: World) -> None:
    client = world.client("physician")
    assert client.get("/admin/").status_code == 200

    User.objects.filter(username="physician").update(is_active=False)

    response = client.post(
        f"/admin/reviews/submission/{world.ids['reviews_submission']}/sign/",
        world.form("reviews_submission_sign"),
    )
    assert response.status_code == 401
    assert client.get("/admin/")["Location"].startswith(LOGIN)
    assert not SignOff.objects.filter(submission=world.ids["reviews_submission"]).exists()


ENDINGS = [
    *("change", "delete", "history", "password", "preview", "submit", "sign"),
    *("request-changes", "take-back", "reaffirm", "withdraw", "cancel"),
    *("flag", "hold", "release", "redact"),
]


def test_an_address_of_nothing_is_no_fault(world: World) -> None:
    pages = ["conditions/condition", "auth/user"]
    pages += [f"reviews/{model}" for model in ("submission", "subject", "reviewer", "event")]
    client, before, faults = world.client("root"), everything(), {}
    for page in pages:
        for pk in ("0", "x", "9" * 24, "%00", "-1", "1/../2", "½", "%ED%A0%80"):
            for verb in ENDINGS:
                for send in (client.get, client.post):
                    address = f"/admin/{page}/{pk}/{verb}/"
                    status = send(address).status_code
                    if status not in (302, 403, 404, 405):
                        faults[send.__name__, address] = status

    assert faults == {}
    assert everything() == before


# --- A session that ended while somebody typed


def test_a_form_sent_after_the_session_ended_is_kept_through_the_log_in(world: World) -> None:
    address = f"/admin/reviews/submission/{world.ids['reviews_submission']}/request-changes/"
    client = Client()

    asked = client.post(address, {"reason": 'Say <b>more</b> "here".'})
    kept = asked.context["kept"]
    login = {"username": "physician", "password": cast.PASSWORD, "next": address, "kept": kept}
    back = client.post(LOGIN, login)

    assert asked.status_code == 401
    assert Submission.objects.filter(status="changes_requested").count() == 0
    html = back.content.decode()
    assert f'action="{address}"' in html
    assert 'value="Say &lt;b&gt;more&lt;/b&gt; &quot;here&quot;."' in html
    assert "<b>more" not in html + asked.content.decode()


@pytest.mark.parametrize(
    "name",
    ["reviews_submission_sign", "reviews_submission_together", "password_change"]
    + [f"reviews_subject_{verb}" for verb in ("flag", "hold", "release", "redact")],
)
def test_no_password_is_kept_or_given_back(world: World, name: str) -> None:
    (route,) = [route for known, route, _ in routes() if known == name]
    form = {
        field: "a typed secret" if "password" in field and field != "usable_password" else value
        for field, value in world.form(name).items()
    }
    assert "a typed secret" in form.values()

    asked = Client().post(world.address(name, route), form)

    assert asked.status_code == 401
    assert "a typed secret" not in asked.content.decode()


def test_a_kept_form_that_nobody_wrote_is_no_fault(world: World, subtests: pytest.Subtests) -> None:
    for kept in (
        *("x", "5", "null", "{}", '{"ab": 1}', "[1]", "[[1]]", "[[1, 2, 3]]", "[" * 100_000),
        *("\x00", '[["a", "\\ud800"]]', '[["\\u0000", 1]]', '[["csrfmiddlewaretoken", "x"]]'),
    ):
        with subtests.test(kept=ascii(kept)[:20]):
            client = Client()
            sent = {"username": "editor", "password": cast.PASSWORD, "next": "/admin/"}

            response = client.post(LOGIN, sent | {"kept": kept})

            assert response.status_code in (200, 302)
            assert client.get("/admin/").status_code == 200


def test_a_log_in_leads_to_no_other_site(world: World) -> None:
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        for kept in ("", '[["a", "b"]]'):
            login = {"username": "editor", "password": cast.PASSWORD, "next": target, "kept": kept}
            response = Client().post(LOGIN, login)
            assert "evil" not in response.get("Location", "")
            assert target not in response.content.decode()
