"""What a page prints in place of a mark of its text, for a comparison of texts as written."""

from django import template

from reviews.diff.pieces import Piece

register = template.Library()


@register.filter
def printed(text: str, piece: Piece | str) -> str:
    """Text of a piece in which each mark stands as the page prints it: by the newer one's numbers,
    and those of the older one where the newer one has no such mark."""
    if "[" not in text or isinstance(piece, str):
        return text
    for part in (piece.after, piece.before):
        for written, shown in part.printed if part else ():
            text = text.replace(written, shown)
    return text
