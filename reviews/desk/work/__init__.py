"""Your work: what waits for somebody, in the words of the job; each line leads to one thing."""

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.models import User

from reviews.desk.sections import Line, Section, Work
from reviews.desk.work.editors import Editors
from reviews.desk.work.managers import Managers
from reviews.desk.work.physicians import Physicians
from reviews.models import Person


def work_for(user: User, at: datetime) -> Work:
    """All that waits for somebody at an instant, and what keeps them from doing it."""
    # The frame of the admin asks the same user for their profile.
    asked = _Everybody(Person.of(user), getattr(user, "reviewer", None), at)
    return Work(list(asked.sections()), asked.notices)


def sections_for(user: User, at: datetime) -> list[Section]:
    """What waits for somebody at an instant, by the roles that they have."""
    return work_for(user, at).sections


def next_for(user: User, at: datetime) -> Line | None:
    """The first thing that somebody should do, or None."""
    acts = (section for section in sections_for(user, at) if section.act and section.lines)
    return next((section.lines[0] for section in acts), None)


class _Everybody(Physicians, Editors, Managers):
    """Somebody with the sections of each of their roles."""

    def sections(self) -> Iterator[Section]:
        """Those of a physician, then of an editor, then of a manager."""
        if self.signs:
            yield from self.physicians()
        if self.edits:
            yield from self.editors()
        if self.signs or self.edits:
            yield self.translations()
        if self.manages:
            yield from self.managers()
        elif self.signs or self.edits:
            yield self.concerns()
