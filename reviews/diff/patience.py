"""How much work a comparison may cost, so that no text, however hostile, keeps a reader waiting.

All work is counted in looks: a look at whether one word is the same as another takes about a fifth
of a microsecond. What a template does with a comparison is counted too, before it does it.
"""

# For one comparison on a public page, which anybody may ask for: a third of a second in all.
PUBLIC_LOOKS = 1_000_000
# For one on the desk, where a physician waits for it.
DESK_LOOKS = 6_000_000

# How many looks take as long as: finding out how much two blocks are alike,
LIKENESS = 16
# reading a character, a word, and what opens or ends a block or a mark,
CHARACTER, WORD, TAG = 1, 20, 60
# showing a line, a run of text in it, a cell around lines, a part or its row.
LINE, RUN, CELL, ROW = 550, 250, 400, 600
# So many characters of plain text are shown, and of a document loaded, in one look.
PLAIN, LOADED = 2, 16
# So many looks, and so many more for each character, do for ordinary text, shown and all.
A_LINE, ENOUGH = 5000, 40


class Patience:
    """How many looks are left and were spent; `ended` if anything was not looked at for it.

    Some are kept until they are released: what is left must do for all other things.
    """

    def __init__(self, left: int) -> None:
        self.left = left
        self.kept = 0
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

    def spend(self, looks: int) -> None:
        """Take so many, or all that are left."""
        self.left = max(0, self.left - looks)
        self.spent += looks

    def keep(self, looks: int) -> None:
        """Put so many aside, or all that are left."""
        self.kept = min(looks, self.left)
        self.left -= self.kept

    def release(self) -> None:
        """Have again what was put aside."""
        self.left += self.kept
        self.kept = 0

    def half(self) -> "Patience":
        """Half of what is left, to be spent on one thing; `settle` it afterwards."""
        return Patience(self.left // 2)

    def settle(self, lent: "Patience") -> None:
        """Take what was spent of a half."""
        self.left -= lent.spent
        self.spent += lent.spent
