"""How much work a comparison may cost, so that no text, however hostile, keeps a reader waiting.

All work is counted in looks: a look at whether a word is the same as another takes about a fifth of
a microsecond.
"""

# All looks of a whole comparison, less than half a second.
ALL_LOOKS = 2_500_000
# How many looks at a word take as long as finding out how much two blocks are alike.
LIKENESS = 16


class Patience:
    """How many looks are left."""

    def __init__(self, left: int) -> None:
        self.left = left

    def affords(self, looks: int) -> bool:
        """Whether so many are left; if so, they are taken."""
        if looks > self.left:
            return False
        self.left -= looks
        return True
