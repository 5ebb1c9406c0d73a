"""A paragraph, heading, list item or line of a text, as its reader meets it."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from reviews.diff.words import Word

_ENDING = (".", "!", "?", "…", "。", "！", "？", "．", "｡", "។", "။", "།")
_KINDS = {"p": "paragraph", "h3": "heading", "h4": "smaller heading", "hr": "dividing line"}
_AROUND = {"ul": "bulleted list", "ol": "numbered list", "blockquote": "quotation"}

BULLET = "•"


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, list item or line, and the stretch of source that it was read from.

    `kind` is p, h3, h4 or hr; `within` are the ul, ol and blockquote around it; `marker` is the
    bullet or number before it, if it opens a list item.
    """

    words: tuple[Word, ...]
    kind: str = "p"
    within: tuple[str, ...] = ()
    marker: str = ""
    source: str = ""

    @property
    def form(self) -> tuple[object, ...]:
        """What a reader sees of it besides its words; a number only follows from its neighbors."""
        return self.kind, self.within, self.marker[-1:]

    @cached_property
    def face(self) -> tuple[object, ...]:
        """All that a reader sees of it: blocks with the same face read the same."""
        return self.form, self.words

    @cached_property
    def bag(self) -> frozenset[str]:
        """Its telling words: all but the short ones, which most texts share, or else all.

        Of a script without spaces, each two neighboring signs.
        """
        words = {word.text.lower() for word in self.words}
        telling = {word for word in words if len(word) > 3 or word.isdigit()}
        telling |= {
            one.text + other.text
            for one, other in pairwise(self.words)
            if one.is_sign and other.is_sign
        }
        return frozenset(telling or words)

    @property
    def depth(self) -> int:
        """In how many lists it stands; 5 if in more."""
        return min(sum(tag in ("ul", "ol") for tag in self.within), 5)

    @property
    def quoted(self) -> bool:
        """Whether it stands in a quotation."""
        return "blockquote" in self.within

    @property
    def described(self) -> str:
        """Its form in words, such as "bullet in a quotation"."""
        name, around = _KINDS[self.kind], self.within
        if self.marker:
            entry = "bullet" if self.marker == BULLET else "numbered item"
            name = entry if self.kind == "p" else f"{entry} with a {name}"
            around = around[:-1]
        return " in a ".join([name, *(_AROUND[tag] for tag in reversed(around))])

    def sentences(self) -> list["Block"]:
        """The same words, a block for each sentence."""
        return [Block(self.words[start:end]) for start, end in pairwise([0, *self.ends()])]

    def ends(self) -> list[int]:
        """How many words each sentence ends after; in a script without spaces also each phrase."""
        following = [*self.words[1:], None]
        return [
            end
            for end, (word, after) in enumerate(zip(self.words, following, strict=False), 1)
            if not after
            or word.text.startswith(_ENDING)
            or (not after.glued and word.is_sign and after.is_sign)
        ]
