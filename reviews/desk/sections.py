"""What stands on the start page: lines that each lead to one thing, in sections of one kind."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """One thing that waits: what it is about, what is known of it, and the button that leads there.

    `late` is said loudly; `why` is the first line of what somebody wrote.
    """

    what: str
    button: str
    url: str
    facts: tuple[str, ...] = ()
    late: str = ""
    why: str = ""


@dataclass(frozen=True)
class Section:
    """Things of one kind: the first lines of `count`, and where all of them stand (`list_url`).

    `empty` says what to do where nothing waits. `act` is whether the user should do something about
    them, as against what is good to know. So many of them are overdue as `late` says; `also` leads
    to something near.
    """

    key: str
    title: str
    lines: list[Line]
    count: int
    empty: str
    act: bool = True
    list_url: str = ""
    also_url: str = ""
    also_name: str = ""
    late: int = 0

    @property
    def more(self) -> int:
        """How many stand in the list behind alone."""
        return self.count - len(self.lines)


@dataclass(frozen=True)
class Work:
    """All that waits for somebody; `notices` say what keeps them from signing, if they review."""

    sections: list[Section]
    notices: list[str] = field(default_factory=list)

    @property
    def waiting(self) -> list[Section]:
        """The sections in which something stands."""
        return [section for section in self.sections if section.lines]

    @property
    def clear(self) -> list[Section]:
        """The sections in which nothing waits."""
        return [section for section in self.sections if not section.lines]
