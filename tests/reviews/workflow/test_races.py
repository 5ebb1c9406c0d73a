"""Two connections at once, a lock that is awaited, and a process killed half-way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from io import StringIO
from pathlib import Path
from threading import Barrier, Thread, current_thread
from threading import Event as Flag
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.mail import outbox
from reviews.models import (
    Address,
    Claim,
    Contribution,
    Edition,
    Event,
    Letter,
    Listing,
    SignOff,
    Submission,
    Withdrawal,
)
from reviews.text.canonical import digest_of
from reviews.workflow import NotAllowed
from reviews.workflow.claims import make_claim
from tests import cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]

ROUNDS = 4
PAUSE = 0.15  # long enough that the other one waits at the lock


@dataclass
class Runner:
    """Something done on a connection of its own, and what came of it."""

    act: Callable[[], object]
    result: object = None
    refusal: NotAllowed | None = None
    failure: BaseException | None = None
    thread: Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self.result = self.act()
        except NotAllowed as refusal:
            self.refusal = refusal
        except BaseException as failure:  # whatever it is, the test's own thread raises it
            self.failure = failure
        finally:
            connections.close_all()


def finish(runners: list[Runner]) -> list[Runner]:
    """Start them all and wait for them; what failed otherwise than by a refusal is raised."""
    for runner in runners:
        runner.thread.start()
    for runner in runners:
        runner.thread.join(60)
        assert not runner.thread.is_alive(), "a thread hangs"
    for runner in runners:
        if runner.failure is not None:
            raise runner.failure
    return runners


def together(*acts: Callable[[], object]) -> list[Runner]:
    """Do several things that all begin at the same moment."""
    barrier = Barrier(len(acts))

    def begin(act: Callable[[], object]) -> Callable[[], object]:
        def at_the_barrier() -> object:
            connection.ensure_connection()
            barrier.wait(30)
            return act()

        return at_the_barrier

    return finish([Runner(begin(act)) for act in acts])


def overlapping(
    monkeypatch: pytest.MonkeyPatch, first: Callable[[], object], second: Callable[[], object]
) -> list[Runner]:
    """Begin the second thing while the first holds the lock and has written its first event."""
    inside, append = Flag(), chain.append
    runners: list[Runner] = []

    def slow_append(*args: Any, **kwargs: Any) -> Event:
        event = append(*args, **kwargs)
        if current_thread() is runners[0].thread and not inside.is_set():
            inside.set()
            time.sleep(PAUSE)
        return event

    def second_one() -> object:
        assert inside.wait(30), "the first one never came to its first event"
        return second()

    monkeypatch.setattr(chain, "append", slow_append)
    runners += [Runner(first), Runner(second_one)]
    finish(runners)
    monkeypatch.setattr(chain, "append", append)
    return runners


def pages(editor: User, times: int = ROUNDS) -> Iterator[Condition]:
    """A new draft for each round of a race."""
    for number in range(times):
        yield cast.make_condition(f"page-{number}", by=editor)


def signing(submission: Submission, by: User, **fields: Any) -> Callable[[], SignOff]:
    """A signature with what its form was opened with, and all was shown, before the race."""
    workflow.show_all(submission.edition, to=by)
    before = workflow.in_force(submission.subject, clock.now())
    given = {
        "proof": cast.proof(),
        "digest": submission.edition.digest,
        "profile": cast.printed(by),
        "against": before.pk if before else None,
        "scope": "full",
        **fields,
    }
    return lambda: workflow.sign_off(submission, by=by, **given)


def assert_the_record_holds() -> None:
    """verify_record finds nothing, and the events count without gap or repetition."""
    err = StringIO()
    try:
        call_command("verify_record", stdout=StringIO(), stderr=err)
    except SystemExit:
        pytest.fail(err.getvalue())
    numbers = list(Event.objects.order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def one_won(runners: list[Runner]) -> tuple[Runner, Runner]:
    """The one that went through and the one that was refused, with a sentence."""
    won = [runner for runner in runners if runner.refusal is None]
    lost = [runner for runner in runners if runner.refusal is not None]
    assert (len(won), len(lost)) == (1, 1)
    assert str(lost[0].refusal).endswith((".", "!", "?"))
    return won[0], lost[0]


# --- Two reviewers


def assert_one_signature(submission: Submission, runners: list[Runner]) -> None:
    won, _ = one_won(runners)
    submission.refresh_from_db()
    signed = SignOff.objects.get(subject=submission.subject)
    assert signed == won.result
    assert submission.status == "signed"
    assert submission.ended_by_id == signed.pk
    assert Listing.objects.filter(subject=submission.subject).count() == 1
    assert Event.objects.filter(kind="signed", subject=submission.subject).count() == 1
    assert_the_record_holds()


def test_of_two_reviewers_exactly_one_signs(
    editor: User, physician: User, second_physician: User
) -> None:
    for page in pages(editor):
        submission = cast.submit(page, by=editor)

        runners = together(signing(submission, physician), signing(submission, second_physician))

        assert_one_signature(submission, runners)


@pytest.mark.parametrize(
    "order", [("physician", "second-physician"), ("second-physician", "physician")]
)
def test_the_reviewer_who_comes_second_is_told_so(
    order: tuple[str, str],
    condition: Condition,
    editor: User,
    second_physician: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submission = cast.submit(condition, by=editor)
    first, second = (User.objects.get(username=name) for name in order)

    runners = overlapping(monkeypatch, signing(submission, first), signing(submission, second))

    assert runners[0].refusal is None
    assert "no longer open" in str(runners[1].refusal)
    assert SignOff.objects.get().signer == first
    assert_one_signature(submission, runners)


def test_several_pages_of_which_one_is_sent_back_meanwhile_are_all_signed_or_none(
    editor: User, physician: User, second_physician: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for first in ("sign", "send back"):
        several = [cast.make_condition(f"{first[:4]}-{n}", by=editor) for n in range(3)]
        for page in several:
            cast.publish(page, by=editor, signer=physician)
            cast.edit(page, by=editor, summary="<p>What helps is another thing.</p>")
        submissions = cast.submit_together(several, by=editor)
        signings = cast.opened_together(submissions, by=physician)
        sign = partial(
            workflow.sign_together,
            signings,
            by=physician,
            proof=cast.proof(),
            profile=cast.printed(physician),
        )
        send_back = partial(
            workflow.request_changes, submissions[1], by=second_physician, reason="Why."
        )
        acts = (sign, send_back) if first == "sign" else (send_back, sign)

        runners = overlapping(monkeypatch, *acts)

        assert "no longer open" in str(one_won(runners)[1].refusal)
        signed = SignOff.objects.filter(submission__in=submissions).count()
        assert signed == (3 if first == "sign" else 0)
    assert_the_record_holds()


def test_a_double_click_signs_once(
    condition: Condition, editor: User, physician: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = cast.submit(condition, by=editor)

    runners = overlapping(
        monkeypatch, signing(submission, physician), signing(submission, physician)
    )

    assert_one_signature(submission, runners)


def test_of_two_reaffirmations_each_is_a_signature_of_its_own(
    condition: Condition, editor: User, physician: User, second_physician: User
) -> None:
    signed = cast.publish(condition, by=editor, signer=physician)

    runners = together(
        *(
            lambda who=who: cast.reaffirm(
                condition.subject,
                by=who,
                proof=cast.proof(),
                digest=signed.digest,
                read_elsewhere=True,  # what one read before the other signed is read again
            )
            for who in (physician, second_physician)
        )
    )

    assert [runner.refusal for runner in runners] == [None, None]
    assert SignOff.objects.count() == 3
    assert workflow.in_force(condition.subject, clock.now()) == SignOff.objects.latest("pk")
    assert_the_record_holds()


# --- Take back, request changes, withdraw, cancel


def assert_signed_or_ended(submission: Submission, runners: list[Runner], ended: str) -> None:
    won, _ = one_won(runners)
    submission.refresh_from_db()
    signed = SignOff.objects.filter(submission=submission)
    assert submission.status == ("signed" if won is runners[0] else ended)
    assert signed.exists() is (won is runners[0])
    assert Listing.objects.filter(sign_off__in=signed).exists() is (won is runners[0])
    public = Client().get(f"/conditions/{submission.edition.slug}/")
    assert public.status_code == (200 if won is runners[0] else 404)
    assert_the_record_holds()


@pytest.mark.parametrize("ended", ["taken_back", "changes_requested"])
def test_a_submission_is_signed_or_ended_and_never_both(
    ended: str, editor: User, physician: User, second_physician: User
) -> None:
    for page in pages(editor):
        submission = cast.submit(page, by=editor)
        end = {
            "taken_back": partial(workflow.take_back, submission, by=editor),
            "changes_requested": partial(
                workflow.request_changes, submission, by=second_physician, reason="No."
            ),
        }[ended]

        runners = together(signing(submission, physician), end)

        assert_signed_or_ended(submission, runners, ended)


@pytest.mark.parametrize("sign_first", [True, False])
def test_take_back_and_sign_are_decided_by_who_comes_first(
    sign_first: bool,
    condition: Condition,
    editor: User,
    physician: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submission = cast.submit(condition, by=editor)
    sign = signing(submission, physician)

    def take_back() -> None:
        workflow.take_back(submission, by=editor)

    acts = (sign, take_back) if sign_first else (take_back, sign)
    runners = overlapping(monkeypatch, *acts)

    assert runners[0].refusal is None
    ordered = runners if sign_first else runners[::-1]
    assert_signed_or_ended(submission, ordered, "taken_back")


def assert_withdrawn(submission: Submission, sign: Runner, withdraw: Runner) -> None:
    """Both orders end with the page withdrawn, or signed only after the withdrawal was known."""
    withdrawal = Withdrawal.objects.get(subject=submission.subject)
    assert withdraw.refusal is None
    submission.refresh_from_db()
    newest = SignOff.objects.filter(subject=submission.subject).latest("pk")
    assert newest.pk < withdrawal.pk
    assert submission.status == ("signed" if sign.refusal is None else "ended_by_withdrawal")
    public = Client().get(f"/conditions/{submission.edition.slug}/")
    assert public.status_code == 410
    assert "Last reviewed" not in public.content.decode()
    assert Listing.objects.filter(subject=submission.subject, until_at=None).count() == 0
    assert_the_record_holds()


def test_a_withdrawal_wins_over_a_signature_at_the_same_moment(
    editor: User, physician: User, second_physician: User
) -> None:
    for page in pages(editor):
        cast.publish(page, by=editor, signer=physician)
        submission = cast.submit(cast.edit(page, by=editor, name="New words"), by=editor)

        sign, withdraw = together(
            signing(submission, second_physician),
            partial(workflow.withdraw, page.subject, by=physician, reason="No.", notice="safety"),
        )

        assert_withdrawn(submission, sign, withdraw)


@pytest.mark.parametrize("sign_first", [True, False])
def test_withdraw_and_sign_end_withdrawn_in_both_orders(
    sign_first: bool,
    condition: Condition,
    editor: User,
    physician: User,
    second_physician: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    submission = cast.submit(cast.edit(condition, by=editor, name="New words"), by=editor)
    sign = signing(submission, second_physician)

    def withdraw() -> Withdrawal:
        return workflow.withdraw(condition.subject, by=physician, reason="Unsafe.", notice="safety")

    acts = (sign, withdraw) if sign_first else (withdraw, sign)
    runners = overlapping(monkeypatch, *acts)

    ordered = runners if sign_first else runners[::-1]
    assert (ordered[0].refusal is None) is sign_first
    assert_withdrawn(submission, ordered[0], ordered[1])


def test_one_sign_off_is_cancelled_once(
    editor: User, physician: User, second_physician: User
) -> None:
    for page in pages(editor):
        first = cast.publish(page, by=editor, signer=physician)
        live = cast.publish(cast.edit(page, by=editor, name="New"), by=editor, signer=physician)

        runners = together(
            partial(workflow.cancel, live, by=physician, reason="A fault."),
            partial(workflow.cancel, live, by=second_physician, reason="A fault."),
        )

        one_won(runners)
        assert Withdrawal.objects.get(subject=page.subject).sign_off == live
        assert workflow.in_force(page.subject, clock.now()) == first
        assert_the_record_holds()


def test_a_correction_and_a_cancellation_do_not_both_count(
    editor: User, physician: User, second_physician: User
) -> None:
    for page in pages(editor):
        cast.publish(page, by=editor, signer=physician)
        cast.edit(page, by=editor, summary="<p>New.</p>")
        live = cast.publish(page, by=editor, signer=physician)
        cast.edit(page, by=editor, summary="<p>Newer.</p>")
        submission = cast.submit(page, by=editor)

        runners = together(
            signing(submission, second_physician, scope="correction"),
            partial(workflow.cancel, live, by=physician, reason="A fault."),
        )

        one_won(runners)
        assert page.subject.sign_offs.count() + page.subject.withdrawals.count() == 3
        assert_the_record_holds()


# --- Submit


def test_two_submits_leave_one_open_submission(
    editor: User, second_editor: User, physician: User
) -> None:
    for page in pages(editor):
        runners = together(
            partial(cast.submit, page, by=editor), partial(cast.submit, page, by=second_editor)
        )

        assert [runner.refusal for runner in runners] == [None, None]
        status = page.subject.submissions.order_by("edition").values_list(
            "edition__number", "status"
        )
        assert list(status) == [(1, "superseded"), (2, "open")]
        assert_the_record_holds()


def test_a_signature_never_falls_on_a_superseded_submission(
    editor: User, second_editor: User, physician: User
) -> None:
    for page in pages(editor):
        read = cast.submit(page, by=editor)
        cast.edit(page, by=second_editor, summary="<p>Words that nobody has read.</p>")

        sign, submit = together(
            signing(read, physician), partial(cast.submit, page, by=second_editor)
        )

        read.refresh_from_db()
        assert submit.refusal is None
        assert read.status == ("superseded" if sign.refusal else "signed")
        assert not page.subject.sign_offs.exclude(edition=read.edition).exists()
        public = Client().get(f"/conditions/{page.slug}/")
        assert public.status_code == (404 if sign.refusal else 200)
        assert "nobody has read" not in public.content.decode()
        assert_the_record_holds()


def save_draft(condition: Condition, by: User, words: str) -> None:
    """Save two places of a draft in one transaction, as the admin does."""
    draft = Condition.objects.get(pk=condition.pk)
    with transaction.atomic():
        draft.summary = f"<p>{words}</p>"
        draft.save()
        draft.key_points.update(text=f"<p>{words}</p>")
        workflow.record_draft(draft.subject, by=by)


def assert_frozen_whole(edition: Edition, texts: list[str]) -> None:
    """The frozen text is one that was saved, not a mixture, and a contribution recorded it."""
    document = edition.document
    parts = {document["summary"], document["key_points"][0]["text"]}
    assert len(parts) == 1
    assert parts < {f"<p>{words}</p>" for words in texts}
    recorded = Contribution.objects.filter(subject=edition.subject, digest=edition.digest)
    assert recorded.exists()
    assert digest_of(edition.text) == edition.digest
    assert_the_record_holds()


def test_a_draft_saved_while_it_is_submitted_is_frozen_whole(
    editor: User, second_editor: User, physician: User
) -> None:
    for page in pages(editor):
        save_draft(page, editor, "Before")

        submit, save = together(
            partial(cast.submit, page, by=editor),
            partial(save_draft, page, second_editor, "After"),
        )

        assert (submit.refusal, save.refusal) == (None, None)
        edition = Edition.objects.get(subject=page.subject)
        assert_frozen_whole(edition, ["Before", "After"])
        wrote = edition.document["summary"] == "<p>After</p>"
        assert edition.author_rows.filter(user=second_editor).exists() is wrote


@pytest.mark.parametrize("save_first", [True, False])
def test_a_draft_is_frozen_as_it_stood_when_the_submission_began(
    save_first: bool,
    condition: Condition,
    editor: User,
    second_editor: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save_draft(condition, editor, "Before")

    def submit() -> object:
        return cast.submit(condition, by=editor)

    def save() -> object:
        return save_draft(condition, second_editor, "After")

    runners = overlapping(monkeypatch, *((save, submit) if save_first else (submit, save)))

    assert [runner.refusal for runner in runners] == [None, None]
    edition = Edition.objects.get()
    assert edition.document["summary"] == ("<p>After</p>" if save_first else "<p>Before</p>")
    assert_frozen_whole(edition, ["Before", "After"])


# --- Addresses


def test_an_address_goes_to_one_of_two_pages(
    editor: User, physician: User, second_physician: User
) -> None:
    for number in range(ROUNDS):
        slug = f"wanted-{number}"
        one = cast.make_condition(slug, by=editor)
        first = cast.submit(one, by=editor)
        cast.edit(one, by=editor, slug=f"renamed-{number}")
        two = cast.make_condition(slug, by=editor)
        second = cast.submit(two, by=editor)

        runners = together(signing(first, physician), signing(second, second_physician))

        won, lost = one_won(runners)
        assert "belongs to another page" in str(lost.refusal)
        assert isinstance(won.result, SignOff)
        assert Address.objects.get(slug=slug).subject == won.result.subject
        assert SignOff.objects.filter(subject__in=[one.subject, two.subject]).count() == 1
        assert_the_record_holds()


# --- The chain


def append_some(times: int) -> Callable[[], None]:
    """Append events, each in a transaction of its own."""

    def act() -> None:
        for _ in range(times):
            with transaction.atomic():
                chain.append(Kind.CREDENTIALS_FAILED, at=clock.now(), by=None)

    return act


@pytest.mark.parametrize("threads", [2, 4])
def test_events_appended_at_once_make_one_chain(threads: int) -> None:
    together(*[append_some(10)] * threads)

    events = list(Event.objects.order_by("seq"))
    assert [event.seq for event in events] == list(range(1, threads * 10 + 1))
    assert len({event.prev for event in events}) == len(events)
    assert_the_record_holds()


def test_an_event_rolled_back_leaves_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        with transaction.atomic():
            chain.append(Kind.CREDENTIALS_FAILED, at=clock.now(), by=None)
            raise NotAllowed("Rolled back.")

    runners = overlapping(monkeypatch, refused, append_some(1))

    assert [runner.refusal is None for runner in runners] == [False, True]
    assert Event.objects.get().seq == 1
    assert_the_record_holds()


def test_forty_short_verbs_from_four_threads_all_go_through(editor: User, physician: User) -> None:
    def work(page: Condition) -> Callable[[], None]:
        def act() -> None:
            for _ in range(5):
                workflow.take_back(cast.submit(page, by=editor), by=editor)

        return act

    runners = together(*(work(page) for page in pages(editor, 4)))

    assert [runner.refusal for runner in runners] == [None] * 4
    assert Submission.objects.filter(status="taken_back").count() == 20
    assert Event.objects.filter(kind__in=["submitted", "taken_back"]).count() == 40
    assert_the_record_holds()


def test_readers_are_answered_while_verbs_run(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)

    def write() -> None:
        for number in range(5):
            words = f"<p>Number {number}.</p>"
            cast.publish(
                cast.edit(Condition.objects.get(), by=editor, summary=words),
                by=editor,
                signer=physician,
            )

    def read() -> set[int]:
        return {Client().get("/conditions/sample-condition/").status_code for _ in range(20)}

    _, *readers = together(write, read, read)

    assert [reader.result for reader in readers] == [{200}, {200}]
    assert_the_record_holds()


# --- Killed half-way

CHILD = """
import os, signal, sys
import django
from django.conf import settings
django.setup()
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
from django.contrib.auth.models import User
from reviews.evidence import chain, listing
from reviews.models import SignOff, Submission
from reviews.workflow import signing
from tests import cast

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

step = sys.argv[1]
if step == "the address":
    append = chain.append
    chain.append = lambda *args, **kwargs: (append(*args, **kwargs), die())
elif step == "the signature":
    append = chain.append
    chain.append = lambda kind, **rest: (append(kind, **rest), kind == "signed" and die())[0]
elif step == "the move":
    signing.move = die
elif step == "the listing":
    listing.rebuild = die
elif step == "the listing, written":
    rebuild = listing.rebuild
    listing.rebuild = lambda *args: (rebuild(*args), die())
submission = Submission.objects.get(status="open")
cast.sign(submission, by=User.objects.get(username="physician"))
die()
"""


def database_url() -> str:
    """The test database, for another process."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    user, password = quote(given["USER"]), quote(given["PASSWORD"])
    return f"postgres://{user}:{password}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


def sign_and_die(step: str) -> None:
    """Let another process sign, and die by SIGKILL at a step."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(Path(settings.BASE_DIR)),
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD, step],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize(
    "step",
    ["the address", "the signature", "the move", "the listing", "the listing, written"],
)
def test_a_process_killed_while_signing_leaves_nothing_half_done(
    step: str, condition: Condition, editor: User, physician: User
) -> None:
    submission = cast.submit(condition, by=editor)
    events = Event.objects.count()

    sign_and_die(step)

    submission.refresh_from_db()
    assert submission.is_open
    assert not SignOff.objects.exists()
    assert not Address.objects.exists()
    assert not Listing.objects.exists()
    assert Event.objects.count() == events
    assert Client().get(f"/conditions/{condition.slug}/").status_code == 404
    assert_the_record_holds()
    assert cast.sign(submission, by=physician).pk, "signing again does not work"


def test_a_process_killed_after_signing_leaves_all_of_it(
    condition: Condition, editor: User, physician: User
) -> None:
    submission = cast.submit(condition, by=editor)

    sign_and_die("nowhere")

    submission.refresh_from_db()
    assert submission.status == "signed"
    assert SignOff.objects.get().signer == physician
    assert Listing.objects.count() == 1
    assert Client().get(f"/conditions/{condition.slug}/").status_code == 200
    assert_the_record_holds()


# --- Letters


def test_several_runs_at_once_send_each_letter_once(physician: User, manager: User) -> None:
    reader = cast.person("reader")
    cast.person("second-manager", "Managers")
    for _ in range(5):
        with transaction.atomic():
            kind = Claim.Kind.PROFILE
            make_claim(kind, reader, by=manager, at=clock.now(), waits=True)

    runners = together(outbox.run, outbox.run, outbox.run)

    assert [runner.failure for runner in runners] == [None] * 3
    assert len(mail.outbox) == 15
    assert not Letter.objects.filter(sent_at=None).exists()
    assert Event.objects.filter(kind="claim_told").count() == 5


def test_of_a_confirmation_and_an_objection_at_once_the_later_decides(
    physician: User, manager: User
) -> None:
    reader, second = cast.person("reader"), cast.person("second-manager", "Managers")
    for _ in range(ROUNDS):
        with transaction.atomic():
            kind = Claim.Kind.PROFILE
            claim = make_claim(kind, reader, by=manager, at=clock.now(), waits=True)

        together(
            lambda claim=claim: workflow.confirm(claim, by=second),
            lambda claim=claim: workflow.object_to(claim, by=physician),
        )

        steps = list(claim.answers.order_by("pk").values_list("step", flat=True))
        assert steps in (["confirmed"], ["objected", "confirmed"])
        assert claim.counts(clock.now())
