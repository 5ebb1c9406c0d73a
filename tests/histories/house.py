"""Who does a submission, what is said about it, and who goes or is away, in plain Python."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from tests.histories.oracle import Comment, Concern, Edition, End, Page, Signed, Taken
from tests.histories.signing import Clinic
from tests.histories.trust import Away, local

WAYS = ("left", "retired", "license_ended")


@dataclass(eq=False)
class Going:
    """What somebody sends to end a reviewer: each of it may be wrong."""

    who: str
    by: str
    step: str
    on: date
    seen: Collection[Page]
    hold: Collection[Page]
    password: bool = True


class House(Clinic):
    """The clinic with the verbs of its desk."""

    def page_of(self, edition: Edition) -> Page:
        """The page that an edition is of."""
        return next(page for page in self.pages.values() if edition in page.editions)

    # --- Who does it

    def why_not_take_on(self, edition: Edition, by: str) -> str:
        at = self.instant()
        if at is None or not self.people[by].active:
            return "clock or inactive"
        if edition.status != "open":
            return "not open"
        why = self._why_not_sign(edition, by, at)
        if why or not edition.taken_on:
            return why
        if edition.taken_on == by:
            return "theirs already"
        return "" if self._why_not_sign(edition, edition.taken_on, at) else "somebody else's"

    def why_not_let_go(self, edition: Edition, by: str) -> str:
        if self.instant() is None or not self.people[by].active:
            return "clock or inactive"
        if edition.status != "open":
            return "not open"
        return "" if edition.taken_on == by else "not theirs"

    def why_not_hand_over(self, edition: Edition, by: str, to: str) -> str:
        why, at = self.why_not_let_go(edition, by), self.instant()
        if why or at is None:
            return why
        return "to themselves" if to == by else self._why_not_sign(edition, to, at)

    # --- What is said

    def why_not_say(self, edition: Edition, by: str, *, first: bool) -> str:
        at = self.instant()
        if at is None:
            return "clock"
        if not self.works(by, at):
            return "no staff"
        if edition.status != "open" and edition is not self.page_of(edition).editions[-1]:
            return "not the newest"
        return "not entitled" if first and not self.entitled(by, at) else ""

    def why_not_suggest(
        self, edition: Edition, by: str, part: str, words: tuple[str, ...], *, first: bool
    ) -> str:
        why = self.why_not_say(edition, by, first=first)
        return why or ("the same words" if edition.words.part(part) == words else "")

    def why_not_resolve(self, said: Comment, by: str) -> str:
        at = self.instant()
        if at is None:
            return "clock"
        if not self.works(by, at):
            return "no staff"
        if said.answers:
            return "an answer"
        if not said.open:
            return "not open"
        return "another's to settle" if said.first and said.by != by else ""

    def why_not_reopen(self, said: Comment, by: str) -> str:
        at = self.instant()
        if at is None:
            return "clock"
        if not self.works(by, at):
            return "no staff"
        if said.answers:
            return "an answer"
        return "open" if said.open else ""

    def why_not_take_over(self, page: Page, said: Comment, by: str) -> str:
        at = self.instant()
        if at is None:
            return "clock"
        if not self.edits(by, at):
            return "no editor"
        if said.words is None:
            return "no suggestion"
        if said.state not in ("", "reopened"):
            return "settled already"
        if page.draft is None:
            return "no draft"
        stands = page.draft.part(said.part)
        if stands == said.words:
            return "stands there already"
        return "" if stands == said.edition.words.part(said.part) else "changed since"

    def take_over(self, page: Page, said: Comment, by: str) -> Taken:
        """The suggested words stand in the draft."""
        assert page.draft is not None
        assert said.words is not None
        words = counted(page.draft.part(said.part), said.words)
        page.draft, said.state = page.draft.put(said.part, said.words), "taken over"
        page.taken.append(Taken(self.next(), by, said.by, words))
        for word in " ".join(said.words).split():
            self.first_offered.setdefault(word, said.by)
        return page.taken[-1]

    # --- Who goes

    def resting_on(self, who: str, at: datetime) -> dict[Page, list[Signed]]:
        """The pages that rest on somebody's signature, with what they signed of each."""
        found: dict[Page, list[Signed]] = {}
        for page in self.pages.values():
            for signed in (page.in_force(at), page.waiting(at)):
                both = {signed, signed.review} if signed else set()
                if own := [one for one in both if one.signer == who]:
                    found.setdefault(page, []).extend(own)
        return found

    def why_not_go(self, going: Going) -> str:
        """Why a manager may not end a reviewer so."""
        why, at = self.why_not_proof(going.by, right=going.password, signs=False), self.instant()
        if why or at is None:
            return why or "clock"
        if not self.manages(going.by, at):
            return "no manager"
        profile, resting = self.people[going.who].profile, self.resting_on(going.who, at)
        if going.who == going.by or going.step not in WAYS:
            return "own profile or no way"
        if profile is None or profile.gone:
            return "gone already"
        signed = [local(one.at) for some in resting.values() for one in some]
        if not max(signed, default=going.on) <= going.on <= local(at):
            return "wrong day"
        stale = {*going.seen} != {*resting} or not {*going.hold} <= {*resting}
        return "stale" if stale else ""

    def go(self, going: Going) -> None:
        """A physician reviews pages here no longer."""
        at, who = self.instant(), going.who
        profile = self.people[who].profile
        assert at is not None
        assert profile is not None
        profile.gone = going.on
        if profile.active:
            profile.active = False
            self.claim("switched_off", who, going.by, at, waits=False)
        for page in self.pages.values():
            off = max((one.n for one in page.off), default=0)
            signed = [
                one.n
                for one in page.signed
                if one.signer == who and one.n > off and not one.cancelled
            ]
            own = max((one.n for one in page.standing_ends(who, at)), default=0)
            if signed and own < max(signed):
                page.ends.append(End(self.next(), at, who, "gone", going.on))
                self.last = max(self.last or at, at)
        for page in going.hold:
            self.hold(page, going.by)

    def hold(self, page: Page, by: str) -> None:
        """Keep a page off that is not held."""
        at = self.instant()
        assert at is not None
        if not page.held(at):
            self.lay("hold", page, by)

    def why_not_come_to_review(self, who: str, by: str, *, password: bool) -> str:
        """Why a manager may not bring a reviewer back."""
        why, at = self.why_not_proof(by, right=password), self.instant()
        if why or at is None:
            return why or "clock"
        if not self.manages(by, at):
            return "no manager"
        profile = self.people[who].profile
        if who == by:
            return "own profile"
        return "" if profile and profile.gone else "not gone"

    def come_to_review(self, who: str, by: str) -> None:
        """A physician reviews pages here again, once that is confirmed."""
        at, profile = self.instant(), self.people[who].profile
        assert at is not None
        assert profile is not None
        profile.gone, profile.active = None, True
        self.claim("profile", who, by, at, waits=True)
        for page in self.pages.values():
            if any(one.kind == "gone" for one in page.standing_ends(who, at)):
                page.ends.append(End(self.next(), at, who, "restored", local(at)))
                self.last = max(self.last or at, at)

    def why_not_end_reliance(self, page: Page, by: str, *, password: bool, because: bool) -> str:
        if not because:
            return "no reason"
        why, at = self.why_not_proof(by, right=password, signs=False), self.instant()
        if why or at is None:
            return why or "clock"
        signed = page.in_force(at)
        if self.people[by].profile is None or signed is None:
            return "nothing of theirs"
        if by not in (signed.signer, signed.review.signer):
            return "nothing of theirs"
        return "said already" if any(one.who == by for one in page.ended(signed, at)) else ""

    def end_reliance(self, page: Page, by: str, *, hold: bool) -> None:
        """A physician stands behind a page no longer."""
        at = self.instant()
        assert at is not None
        page.ends.append(End(self.next(), at, by, "own", local(at)))
        self.last = max(self.last or at, at)
        if hold:
            self.hold(page, by)

    # --- Who is away

    def why_not_say_away(self, who: str, by: str) -> str:
        """Why somebody may not say when a physician is away."""
        at, profile = self.instant(), self.people[who].profile
        if at is None or not self.people[by].active:
            return "clock or inactive"
        if who != by and not self.manages(by, at):
            return "no right"
        return "" if profile and profile.active else "inactive profile"

    def why_not_go_away(self, who: str, by: str, away: Away) -> str:
        why, at = self.why_not_say_away(who, by), self.instant()
        if why or at is None:
            return why
        if away.last < max(away.first, local(at)):
            return "wrong days"
        if away.stand_in == who:
            return "own stand-in"
        if not self.entitled(away.stand_in, at):
            return "not entitled"
        other = self.people[away.stand_in].away_on(away.first)
        return "away too" if other and other.first <= away.last else ""

    def why_not_come_back(self, who: str, by: str) -> str:
        why, at = self.why_not_say_away(who, by), self.instant()
        if why or at is None:
            return why
        return "" if self.people[who].away_on(local(at)) else "not away"

    def stand_ins(self, at: datetime) -> dict[str, str]:
        """Who stands in today, by whom for whom: of somebody away too, whoever does for them."""
        today, away = local(at), {}
        for who, human in self.people.items():
            one = human.away_on(today)
            if one and one.first <= today:
                away[who] = one.stand_in
        found = {}
        for who in away:
            passed, last = [who], away[who]
            while last in away and last not in passed:
                passed.append(last)
                last = away[last]
            if last not in passed and self.entitled(last, at):
                found[who] = last
        return found

    # --- Beside the pages

    def why_not_log(self, page: Page, by: str, to: str) -> str:
        at = self.instant()
        if at is None or not self.people[by].active:
            return "clock or inactive"
        if not any(one.effective <= at for one in page.signed):
            return "never public"
        return "nobody to answer" if to and not self.people[to].active else ""

    def why_not_settle(self, told: Concern, by: str) -> str:
        at = self.instant()
        if at is None or not self.people[by].active:
            return "clock or inactive"
        if by != told.to and not self.withdraws(by, at):
            return "no right"
        return "settled already" if told.settled else ""

    def why_not_archive(self, page: Page, by: str) -> str:
        why, at = self._why_not_keep(by), self.instant()
        if why or at is None:
            return why
        if page.draft is None:
            return "no draft"
        if page.archived:
            return "there already"
        if page.in_force(at) or page.waiting(at):
            return "something is public"
        return "in review" if page.open else ""

    def why_not_unarchive(self, page: Page, by: str) -> str:
        return self._why_not_keep(by) or ("" if page.archived else "not there")

    def _why_not_keep(self, by: str) -> str:
        at = self.instant()
        if at is None:
            return "clock"
        return "" if self.edits(by, at) or self.withdraws(by, at) else "no right"


def counted(before: tuple[str, ...], after: tuple[str, ...]) -> int:
    """The fewest words put in and taken out, where each paragraph has as many as before."""
    pairs = zip(" ".join(before).split(), " ".join(after).split(), strict=True)
    return 2 * sum(one != other for one, other in pairs)


def most_counted(before: tuple[str, ...], after: tuple[str, ...]) -> int:
    """The most: a reader may be shown a word between two others, or the paragraph, as changed."""
    pairs = zip(before, after, strict=True)
    return sum(len(one.split()) + len(other.split()) for one, other in pairs if one != other)
