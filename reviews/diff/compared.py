"""What becomes of a piece of text: it stays, comes, goes or moves."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar


class Seen(Protocol):
    """What a reader can tell apart by its face and its form."""

    @property
    def face(self) -> tuple[object, ...]:
        """All that a reader sees of it."""

    @property
    def form(self) -> tuple[object, ...]:
        """What a reader sees of it besides its words."""

    @property
    def described(self) -> str:
        """Its form in words."""


T = TypeVar("T", bound=Seen)
C = TypeVar("C", bound="Compared[Any]")


@dataclass(frozen=True)
class Compared(Generic[T]):
    """Something before and after, or None where it is not; `moved` says where else it stands."""

    before: T | None
    after: T | None
    moved: str = field(default="", kw_only=True)

    @property
    def latest(self) -> T:
        """The newer one of the two, which gives it its form."""
        one = self.before if self.after is None else self.after
        assert one is not None
        return one

    @property
    def op(self) -> str:
        """What became of it as a whole: added, removed or same."""
        return "same" if self.before and self.after else "added" if self.after else "removed"

    @property
    def differs(self) -> bool:
        """Whether a reader sees a change in it."""
        return not (self.before and self.after and self.before.face == self.after.face)

    @property
    def note(self) -> str:
        """What happened to it besides its words, for a reader."""
        if not (self.before and self.after and self.before.form != self.after.form):
            return self.moved
        return f"now a {self.after.described}, was a {self.before.described}"


def with_moves(found: Sequence[C]) -> list[C]:
    """The same, in which each that went and stands elsewhere as it was says that it moved."""
    moved = list(found)
    gone = {one.before.face: at for at, one in enumerate(found) if not one.after and one.before}
    for at, one in enumerate(found):
        there = gone.pop(one.after.face, None) if one.after and not one.before else None
        if there is not None:
            down = there < at
            way = "down" if down else "up"
            moved[there] = replace(found[there], moved=f"moved {way} from here")
            moved[at] = replace(one, moved=f"moved here from {'above' if down else 'below'}")
    return moved
