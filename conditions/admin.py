"""Where Django looks for the admin of this app: it is the studio."""

from conditions.studio import drafts, house_words

__all__ = ["drafts", "house_words"]
