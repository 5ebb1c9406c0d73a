"""Where Django looks for the admin of this app."""

from config.people import accounts

__all__ = ["accounts"]
