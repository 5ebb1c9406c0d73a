"""How much work a comparison may cost, so that no text, however hostile, keeps a reader waiting.

All work is counted in looks: a look at whether one word is the same as another takes about a fifth
of a microsecond. What a template does with a comparison is counted too, before it does it.
"""

from collections.abc import Sequence

# For one comparison on a public page, which anybody may ask for: a third of a second in all.
PUBLIC_LOOKS = 1_000_000
# For one on the desk, where a physician waits for it.
DESK_LOOKS = 6_000_000

# How many looks take as long as: finding out how much two blocks are alike,
LIKENESS = 16
# reading a character, and reading what opens or ends a block or a mark,
CHARACTER, TAG = 2, 60
# showing a line, a run of text in it, a cell around lines, a part or its row.
LINE, RUN, CELL, ROW = 550, 250, 400, 600
# So many characters of plain text are shown in one look.
PLAIN = 2
# With so many looks for each character, ordinary text is read, compared and shown.
ENOUGH = 40


class Patience:
    """How many looks are left and were spent; `ended` if anything was not looked at for it."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.spent = 0
        self.ended = False

    def affords(self, looks: int) -> bool:
        """Whether so many are left; if so, they are taken."""
        if looks > self.left:
            self.ended = True
            return False
        self.left -= looks
        self.spent += looks
        return True

    def half(self) -> "Patience":
        """Half of what is left, to be spent on one thing; `settle` it afterwards."""
        return Patience(self.left // 2)

    def settle(self, lent: "Patience") -> None:
        """Take what was spent of a half."""
        self.left -= lent.spent
        self.spent += lent.spent


def shares(lengths: Sequence[int], looks: int) -> list[int]:
    """How many of the looks each text gets, by its length in characters.

    Where that would not do for ordinary text, the shortest have enough first: a long part that was
    written anew takes no marks from a dose that changed. All others can still be shown plainly.
    """
    found = [0] * len(lengths)
    rest = sum(lengths)
    for at in sorted(range(len(lengths)), key=lambda at: lengths[at]):
        length = lengths[at]
        if length:
            most = looks - (rest - length) // PLAIN
            found[at] = max(0, min(most, max(looks * length // rest, ENOUGH * length)))
            looks -= found[at]
            rest -= length
    return found
