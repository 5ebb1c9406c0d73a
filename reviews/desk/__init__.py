"""The clinicians' and managers' admin. Its views hold no rule."""
