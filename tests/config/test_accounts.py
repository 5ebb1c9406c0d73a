"""Accounts as a manager meets them: nobody sets another's password, and no one is two people."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conditions.models import Condition
from reviews import clock, workflow
from reviews.mail import outbox
from reviews.models import Claim, Event, Reviewer, SignOff
from reviews.text.days import day
from tests import cast
from tests.undoing import Case

BACKEND = "django.contrib.auth.backends.ModelBackend"
USERS = "/admin/auth/user/"
NEW = "another horse, another staple"
Form = dict[str, Any]


@pytest.fixture
def second_manager(db: None) -> User:
    return cast.person("second-manager", "Managers")


@pytest.fixture(autouse=True)
def colleague(db: None) -> User:
    """A physician who can always sign, so that pages can be put forward."""
    user = cast.person("colleague", "Physicians")
    cast.make_reviewer(user, "Cal League", "MD")
    return user


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=user.pk), backend=BACKEND)
    return client


def account(user: User | None = None, **typed: Any) -> Form:
    """What the browser sends for an account."""
    if user is None:
        names = {"username": "newcomer", "email": "newcomer@example.com"}
        return {**names, "first_name": "Nora", "last_name": "New", "groups": [], **typed}
    user = User.objects.get(pk=user.pk)
    form = {name: getattr(user, name) for name in ("username", "first_name", "last_name", "email")}
    form |= {"groups": [group.pk for group in user.groups.all()], "is_active": "on"}
    if user.is_superuser:
        form["is_superuser"] = "on"
    return {**form, **typed}


def change(by: User, user: User, **typed: Any) -> int:
    return logged_in(by).post(f"{USERS}{user.pk}/change/", account(user, **typed)).status_code


def group(name: str) -> int:
    return Group.objects.get(name=name).pk


def profile(user: User) -> Form:
    """What the browser sends for a first profile with a license."""
    return {
        "user": user.pk,
        "slug": "nora-new",
        "printed_name": "Nora New",
        "credentials": "MD",
        "relationship": "A physician of the clinic.",
        "is_active": "on",
        "licenses-TOTAL_FORMS": 1,
        "licenses-INITIAL_FORMS": 0,
        "licenses-0-state": "Ohio",
        "licenses-0-number": "7",
        "licenses-0-expires_on": "2099-01-31",
    }


def newcomers_profile(**typed: Any) -> Form:
    """What the browser sends for a physician beside their account."""
    return {
        "printed_name": "Nora New",
        "credentials": "MD",
        "relationship": "A physician of the clinic.",
        "license_1_state": "Ohio",
        "license_1_number": "7",
        "license_1_expires_on": "2099-01-31",
        **typed,
    }


def letters(to: str) -> list[str]:
    """The words of every mail to an address, after what is due was done."""
    outbox.run()
    return [str(sent.body) for sent in mail.outbox if sent.to == [to]]


def link_in(body: str, page: str) -> str:
    """The path of the link to a page that a mail carries."""
    (found,) = re.findall(rf"http://localhost:8000(/admin/{page}/\S+)", body)
    return str(found)


def follow(path: str, password: str = NEW) -> str:
    """Set a password by a link, as a person without a log-in; what the last page says."""
    client = Client()
    opened = client.get(path, follow=True)
    form = opened.redirect_chain[-1][0] if opened.redirect_chain else path
    sent = client.post(form, {"new_password1": password, "new_password2": password})
    return sent.content.decode()


def sign(user: User, condition: Condition, editor: User) -> SignOff | None:
    """Whether somebody can sign a page over HTTP, the right password given."""
    submission = condition.subject.submissions.filter(status="open").first()
    submission = submission or cast.submit(condition, by=editor)
    form = {
        "digest": submission.edition.digest,
        "profile": cast.printed(user),
        "scope": "full",
        "read_elsewhere": "on",
        "password": NEW if User.objects.get(pk=user.pk).check_password(NEW) else cast.PASSWORD,
    }
    logged_in(user).post(f"/admin/reviews/submission/{submission.pk}/sign/", form)
    return SignOff.objects.filter(submission=submission).first()


# --- A new account


def test_a_new_person_is_invited_and_sets_the_password_alone(manager: User, client: Client) -> None:
    typed = {"password": NEW, "password1": NEW, "password2": NEW, "usable_password": "true"}
    forged = {"is_superuser": "on", "user_permissions": ["1"], "is_active": ""}

    added = logged_in(manager).post(
        f"{USERS}add/", account(groups=[group("Staff")], **typed, **forged)
    )

    assert added.status_code == 302
    user = User.objects.get(username="newcomer")
    assert not user.has_usable_password()
    assert (user.is_staff, user.is_active, user.is_superuser) == (True, True, False)
    (body,) = letters("newcomer@example.com")
    assert "Dear Nora New" in body
    path = link_in(body, "link")
    assert "Your password is set" in follow(path)
    assert client.login(username="newcomer", password=NEW, request=cast.request())
    assert "used already" in follow(path, "a third horse, a third staple")
    assert User.objects.get(pk=user.pk).check_password(NEW)
    bodies = " ".join(Event.objects.values_list("body", flat=True))
    assert path.split("/")[-2] not in bodies
    assert "newcomer@" not in bodies
    kinds = list(Event.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["account_saved", "link_asked", "claim_made"]


def test_a_physician_comes_from_zero_in_one_form(
    manager: User, second_manager: User, condition: Condition, editor: User
) -> None:
    names = {"first_name": "Nora", "last_name": "New", "email": "nora@example.com"}
    second = {"license_2_state": "Texas", "license_2_number": "8"}
    second |= {"license_2_expires_on": "2098-01-31"}
    typed = {**names, **newcomers_profile(**second), "groups": [group("Physicians")]}

    added = logged_in(manager).post(f"{USERS}add/", typed, follow=True)

    assert "on its way to nora@example.com" in added.content.decode()
    user = User.objects.get(username="nora-new")
    reviewer = Reviewer.objects.get(user=user)
    assert (reviewer.slug, str(reviewer)) == ("nora-new", "Nora New, MD")
    assert [one.state for one in reviewer.licenses.order_by("state")] == ["Ohio", "Texas"]
    assert {claim.kind for claim in Claim.objects.filter(person=user)} == {"profile", "group"}
    page = logged_in(manager).get(f"/admin/reviews/reviewer/{reviewer.pk}/change/")
    said = " ".join(page.content.decode().split())
    assert "cannot sign yet. What is missing:" in said
    assert "First reviewer’s profile: it counts once another manager confirms it" in said
    assert "No password is set yet" in said
    assert "license is valid" not in said
    assert "Your password is set" in follow(link_in(letters("nora@example.com")[0], "link"))
    start = logged_in(user).get("/admin/").content.decode()
    assert "First reviewer’s profile: it counts once another manager confirms it" in start
    assert sign(user, condition, editor) is None
    for claim in Claim.objects.filter(person=user):
        logged_in(second_manager).post(f"/admin/reviews/claim/{claim.pk}/confirm/")
    page = logged_in(manager).get(f"/admin/reviews/reviewer/{reviewer.pk}/change/")
    assert "Nothing is missing: Nora New can sign." in page.content.decode()
    assert sign(user, condition, editor) is not None


def test_a_physicians_part_is_whole_or_the_form_comes_back(manager: User, case: Case) -> None:
    physician, staff = [group("Physicians")], [group("Staff")]
    gone = {"license_1_number": ""}
    for groups, typed, said in (
        (physician, dict.fromkeys(newcomers_profile(), ""), "A physician’s profile needs this."),
        (physician, newcomers_profile(credentials=""), "A physician’s profile needs this."),
        (physician, newcomers_profile(**gone), "This field cannot be blank."),
        (physician, newcomers_profile(printed_name="Nora\u202eNew"), "errorlist"),
        (physician, newcomers_profile(first_day="2026-12-02", last_day="2026-12-01"), "before the"),
        (staff, newcomers_profile(), "Put them among the physicians too"),
    ):
        with case(said=said, groups=groups):
            sent = account(groups=groups, **typed)

            answer = logged_in(manager).post(f"{USERS}add/", sent)

            assert answer.status_code == 200
            assert said in answer.content.decode()
            assert not User.objects.filter(username="newcomer").exists()
            assert not Event.objects.exists()


def test_a_locum_signs_from_the_first_day_to_the_last(
    manager: User, second_manager: User, condition: Condition, editor: User
) -> None:
    today = clock.today()
    first, last = today + timedelta(days=10), today + timedelta(days=20)
    days = {"first_day": str(first), "last_day": str(last)}
    sent = account(groups=[group("Physicians")], **newcomers_profile(**days))
    logged_in(manager).post(f"{USERS}add/", sent)
    user = User.objects.get(username="newcomer")
    follow(link_in(letters("newcomer@example.com")[0], "link"))
    for claim in Claim.objects.filter(person=user):
        logged_in(second_manager).post(f"/admin/reviews/claim/{claim.pk}/confirm/")

    for on, may, says in (
        (today, False, f"Your first day here is {day(first)}"),
        (first, True, ""),
        (last, True, ""),
        (last + timedelta(days=1), False, f"Your last day here was {day(last)}"),
    ):
        with time_machine.travel(clock.now() + (on - clock.today())):
            entitled = Reviewer.objects.entitled(clock.now()).filter(user=user).exists()
            refusal = next(workflow.is_entitled(user, clock.now()), "")
            assert (entitled, refusal == "") == (may, may)
            assert says in refusal
            start = logged_in(user).get("/admin/").content.decode()
            assert (says in start) if says else "sign nothing" not in start


def test_an_account_needs_an_address_of_its_own(manager: User, editor: User) -> None:
    for address in ("", "EDITOR@example.com", "a@b.example\nBcc: c@d.example"):
        answer = logged_in(manager).post(f"{USERS}add/", account(email=address))
        assert "errorlist" in answer.content.decode()
    assert not User.objects.filter(username="newcomer").exists()


def test_links_that_nobody_sent_set_nothing(manager: User, editor: User, physician: User) -> None:
    Client().post("/admin/forgotten/", {"email": "editor@example.com"})
    logged_in(manager).post(f"{USERS}{editor.pk}/link/")
    first, body = letters("editor@example.com")
    _, _, _, uid, asked, token, _ = link_in(body, "link").split("/")
    # Said to be what was asked at log-in, it would wait for nobody.
    asked_other = link_in(first, "link").split("/")[4]
    assert asked_other != asked
    for path in (
        f"{uid}/{asked}/x-y/",
        f"{uid}/{asked_other}/{token}/",
        f"{uid}/{'9' * 30}/{token}/",
        f"Mg/{asked}/{token}/",
        f"%00/{asked}/{token}/",
        f"{uid}/{asked}/set-password/",
    ):
        answer = Client().get(f"/admin/link/{path}")
        assert "used already, or is too old" in answer.content.decode(), path
    User.objects.filter(pk=editor.pk).update(is_active=False)
    assert "used already, or is too old" in follow(f"/admin/link/{uid}/{asked}/{token}/")
    assert User.objects.get(pk=editor.pk).check_password(cast.PASSWORD)


# --- Nobody sets another's password


def test_no_form_sets_the_password_of_another(manager: User, root: User, physician: User) -> None:
    passwords = {"password": NEW, "password1": NEW, "password2": NEW, "usable_password": "true"}
    for who in (manager, root):
        client = logged_in(who)
        for path in ("password", "change"):
            client.post(f"{USERS}{physician.pk}/{path}/", {**account(physician), **passwords})
        ended = client.get(f"{USERS}{physician.pk}/password/", follow=True)
        assert "new_password" not in ended.content.decode()
        assert "password1" not in ended.content.decode()
        page = client.get(f"{USERS}{physician.pk}/change/").content.decode()
        assert "password1" not in page
        assert "Mail a link to set the password" in page

    assert User.objects.get(pk=physician.pk).check_password(cast.PASSWORD)


def test_a_reset_that_a_manager_asked_for_signs_nothing_until_it_is_confirmed(
    condition: Condition, editor: User, physician: User, manager: User, second_manager: User
) -> None:
    sent = logged_in(manager).post(f"{USERS}{physician.pk}/link/")
    (body,) = letters("physician@example.com")
    assert sent.status_code == 302
    assert Reviewer.objects.entitled(clock.now()).filter(user=physician).exists()

    assert "Your password is set" in follow(link_in(body, "link"))

    assert sign(physician, condition, editor) is None
    claim = Claim.objects.get(kind="password")
    logged_in(manager).post(f"/admin/reviews/claim/{claim.pk}/confirm/")
    assert sign(physician, condition, editor) is None
    told = letters("second-manager@example.com")
    assert f"/admin/reviews/claim/{claim.pk}/change/" in told[-1]
    logged_in(second_manager).post(f"/admin/reviews/claim/{claim.pk}/confirm/")
    assert sign(physician, condition, editor) is not None


def test_a_forgotten_password_blocks_nothing_unless_the_address_is_new(
    condition: Condition, editor: User, physician: User, root: User, time_machine: Any
) -> None:
    client = Client()
    for address in ("physician@example.com", "nobody@example.com", "PHYSICIAN@example.com"):
        answer = client.post("/admin/forgotten/", {"email": address})
        assert "a link to set a new password is on its way" in answer.content.decode()
    (body,) = letters("physician@example.com")  # asked for twice, written once
    assert not letters("nobody@example.com")
    assert "Your password is set" in follow(link_in(body, "link"))
    assert sign(physician, condition, editor) is not None
    (told,) = letters("physician@example.com")[1:]
    assert "New password" in told

    cast.edit(condition, by=editor, summary="<p>Newer.</p>")
    change(root, physician, email="moved@example.com")
    time_machine.move_to(clock.now() + timedelta(hours=1))
    client.post("/admin/forgotten/", {"email": "moved@example.com"})
    body = next(one for one in letters("moved@example.com") if "/admin/link/" in one)
    follow(link_in(body, "link"), "a third horse, a third staple")
    assert [claim.waits for claim in Claim.objects.order_by("pk")] == [False, True, True]
    assert sign(physician, condition, editor) is None


def test_ones_own_password_is_changed_with_the_old_one_and_guesses_are_counted(
    physician: User,
) -> None:
    client = logged_in(physician)
    form = {"new_password1": NEW, "new_password2": NEW}
    for left in ("4 tries are left", "3 tries are left", "2 tries are left", "One try is left"):
        page = client.post("/admin/password_change/", {**form, "old_password": "wrong"})
        assert left in page.content.decode()
    over = client.post("/admin/password_change/", {**form, "old_password": "wrong"})
    assert over.status_code == 401
    assert client.get("/admin/").status_code == 302
    assert User.objects.get(pk=physician.pk).check_password(cast.PASSWORD)

    client = logged_in(physician)
    done = client.post("/admin/password_change/", {**form, "old_password": cast.PASSWORD})
    assert done.status_code == 302
    assert client.get("/admin/").status_code == 200
    assert User.objects.get(pk=physician.pk).check_password(NEW)
    assert Event.objects.latest("seq").said["row"]["of"] == "own change"


# --- Mail addresses, and "this was not me"


def test_a_changed_address_is_told_to_both_and_stopped_by_a_button(
    condition: Condition, editor: User, physician: User, manager: User, second_manager: User
) -> None:
    change(manager, physician, email="thief@example.com")
    assert sign(physician, condition, editor) is None
    (old,), (new, *_) = letters("physician@example.com"), letters("thief@example.com")
    path = link_in(old, "not-me")
    assert link_in(new, "not-me") == path

    opened = Client().get(path)
    assert "This is not right" in opened.content.decode()
    assert not Event.objects.filter(kind="claim_objected").exists()
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403
    pressed = Client().post(path)

    assert "it does not count" in pressed.content.decode()
    claim = Claim.objects.get(kind="address")
    assert "somebody objected" in cast.workflow.why_it_waits(claim)
    assert Event.objects.latest("seq").kind == "claim_objected"
    assert any("somebody objected" in str(sent.subject) for sent in mail.outbox) is False
    assert any(
        "says that this is not right" in one for one in letters("second-manager@example.com")
    )
    assert "objected already" in Client().post(path).content.decode()
    assert Client().get(f"{path[:-2]}x/").status_code == 404
    assert Client().post(f"{path[:-2]}x/").status_code == 404


def test_a_physician_objects_to_a_stranger_by_the_link_of_the_notice(
    physician: User, manager: User, reader: User, time_machine: Any
) -> None:
    logged_in(manager).post("/admin/reviews/reviewer/add/", profile(reader))
    (notice,) = letters("physician@example.com")
    assert "Nora" not in notice or "reader" in notice

    Client().post(link_in(notice, "not-me"))

    time_machine.move_to(clock.now() + timedelta(hours=100))
    outbox.run()
    assert not Reviewer.objects.entitled(clock.now()).filter(user=reader).exists()


# --- One manager, two people


def test_one_manager_cannot_be_author_and_signer(
    manager: User, physician: User, editor: User, condition: Condition, second_manager: User
) -> None:
    """The attack of the issue, step by step, by every form there is."""
    me = logged_in(manager)
    # 1. Into Staff, to write: refused, of oneself.
    for groups in ([group("Managers"), group("Staff")], [group("Physicians")]):
        me.post(f"{USERS}{manager.pk}/change/", account(manager, groups=groups))
    assert set(manager.groups.values_list("name", flat=True)) == {"Managers"}
    # 2. A second account of my own, a physician and a manager.
    both = [group("Physicians"), group("Managers")]
    me.post(f"{USERS}add/", account(email="mine@example.com", groups=both, **newcomers_profile()))
    puppet = User.objects.get(username="newcomer")
    follow(link_in(letters("mine@example.com")[0], "link"))
    assert User.objects.get(pk=puppet.pk).check_password(NEW)
    # 3. Its profile and license came with it; another license later.
    reviewer = Reviewer.objects.get(user=puppet)
    more = {**profile(puppet), "licenses-0-number": "8", "licenses-TOTAL_FORMS": 2}
    more |= {"licenses-INITIAL_FORMS": 1, "licenses-0-id": reviewer.licenses.get().pk}
    me.post(f"/admin/reviews/reviewer/{reviewer.pk}/change/", more)
    assert sign(puppet, condition, editor) is None
    # 4. Each confirms what the other asked for.
    hand = logged_in(puppet)
    for claim in Claim.objects.all():
        for client in (me, hand):
            client.post(f"/admin/reviews/claim/{claim.pk}/confirm/")
    assert not Event.objects.filter(kind="claim_confirmed").exists()
    assert hand.get(USERS).status_code == 403
    assert hand.post(f"{USERS}{editor.pk}/link/").status_code == 403
    # 5. The second manager's account: new address, link, log in as them.
    change(manager, second_manager, email="also-mine@example.com")
    me.post(f"{USERS}{second_manager.pk}/link/")
    links = [one for one in letters("also-mine@example.com") if "/admin/link/" in one]
    assert "Your password is set" in follow(link_in(links[0], "link"))
    thief = logged_in(second_manager)
    for claim in Claim.objects.all():
        thief.post(f"/admin/reviews/claim/{claim.pk}/confirm/")
    assert not Event.objects.filter(kind="claim_confirmed").exists()
    assert thief.get(USERS).status_code == 403
    # 6. The same, through "forgotten password".
    Client().post("/admin/forgotten/", {"email": "also-mine@example.com"})
    assert thief.get(USERS).status_code == 403
    assert sign(puppet, condition, editor) is None
    # Everybody whom it concerns was told.
    assert letters("second-manager@example.com")
    assert len(letters("physician@example.com")) >= 3


def test_a_manager_who_switches_the_physicians_off_first_is_told_on(
    physician: User, second_physician: User, manager: User, reader: User
) -> None:
    for user in (physician, second_physician):
        change(manager, user, is_active="")
    logged_in(manager).post("/admin/reviews/reviewer/add/", profile(reader))

    for address in ("physician@example.com", "second-physician@example.com"):
        subjects = [sent.subject for sent in mail.outbox if sent.to == [address]]
        bodies = letters(address)
        assert any("Account made inactive" in body for body in bodies), subjects
        notices = [body for body in bodies if "If it is not right, object here" in body]
        assert len(notices) == 1
    Client().post(link_in(notices[0], "not-me"))
    assert Event.objects.latest("seq").kind == "claim_objected"


def test_superusers_are_bound_too(root: User, physician: User, editor: User) -> None:
    client = logged_in(root)
    change(root, root, groups=[group("Physicians")], is_superuser="")
    root.refresh_from_db()
    assert root.is_superuser
    assert not root.groups.exists()
    assert client.get(f"{USERS}{root.pk}/change/").status_code == 200
    for claim_by_root in ("is_superuser",):
        change(root, editor, **{claim_by_root: "on"})
    assert logged_in(editor).get(USERS).status_code == 403
    assert Event.objects.latest("seq").said["row"]["kind"] == "superuser"


def test_a_manager_makes_nobody_a_superuser_nor_changes_one(
    manager: User, root: User, editor: User
) -> None:
    change(manager, editor, is_superuser="on", user_permissions=["1"])
    assert not User.objects.get(pk=editor.pk).is_superuser
    assert not User.objects.get(pk=editor.pk).user_permissions.exists()
    assert change(manager, root, email="mine@example.com") == 403
    assert logged_in(manager).post(f"{USERS}{root.pk}/link/").status_code == 302
    assert User.objects.get(pk=root.pk).email == "root@example.com"
    assert not Event.objects.filter(kind="link_asked").exists()


def test_whoever_is_no_manager_reaches_no_account_and_no_letter(
    editor: User, physician: User, reader: User
) -> None:
    for who in (editor, physician, reader):
        client = logged_in(who)
        for path in (USERS, f"{USERS}{editor.pk}/change/", "/admin/reviews/letter/"):
            assert client.get(path).status_code == 403
        for path in (f"{USERS}{editor.pk}/link/", f"{USERS}{editor.pk}/unlock/"):
            assert client.post(path).status_code == 403
            assert client.get(path).status_code in (403, 405)


# --- The log-in


def test_an_unsafe_next_ends_at_the_desk(editor: User) -> None:
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", ""):
        form = {"username": "editor", "password": cast.PASSWORD, "next": target}
        answer = Client().post("/admin/login/", form, follow=True)
        assert answer.redirect_chain[-1][0] == "/admin/"
        assert answer.status_code == 200


def test_the_log_in_page_has_one_heading_and_the_way_to_a_new_password(client: Client) -> None:
    page = client.get("/admin/login/").content.decode()

    assert re.findall(r"<h1>([^<]*)</h1>", page) == ["Log in"]
    assert 'href="/admin/forgotten/"' in page
    assert re.search(r'<script src="/static/reviews/passwords[^"]*" defer></script>', page)


def test_the_list_of_confirmations_says_what_counts_and_asks_little(
    manager: User, second_manager: User, reader: User, physician: User
) -> None:
    for name in ("Physicians", "Managers"):
        change(manager, reader, groups=[group(name)])
    first, second = Claim.objects.order_by("pk")
    logged_in(second_manager).post(f"/admin/reviews/claim/{first.pk}/confirm/")
    for who in (physician, manager):
        client = logged_in(who)
        client.get("/admin/reviews/claim/")
        with CaptureQueriesContext(connection) as asked:
            every = client.get("/admin/reviews/claim/").content.decode()
        waits = client.get("/admin/reviews/claim/?standing=waits").content.decode()

        assert (every.count('alt="True"'), every.count('alt="False"')) == (1, 1)
        assert "Membership in Physicians: reader" in every
        assert "Membership in Physicians: reader" not in waits
        assert "Membership in Managers: reader" in waits
        assert len(asked) <= 10
    for odd in ("?standing=x", "?kind=%00", "?kind__range=1", "?p=x", "?o=99"):
        assert client.get(f"/admin/reviews/claim/{odd}").status_code in (200, 302)
    assert second.waits


def test_no_list_is_searched_by_what_is_kept_of_a_password(manager: User, root: User) -> None:
    lists = ("auth/user", "reviews/claim", "reviews/letter", "reviews/reviewer")
    for who in (manager, root):
        client = logged_in(who)
        for page in lists:
            for name in ("password", "person__password", "user__password", "by__password"):
                answer = client.get(f"/admin/{page}/?{name}__startswith=md5")
                assert answer.status_code in (302, 400), (page, name)
                assert answer.status_code == 400 or "e=1" in answer["Location"], (page, name)
