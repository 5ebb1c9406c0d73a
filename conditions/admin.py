"""Where Django looks for the admin of this app: it is the studio."""

from conditions.studio import drafts

__all__ = ["drafts"]
