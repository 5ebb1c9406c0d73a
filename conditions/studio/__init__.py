"""The editing admin: where staff write drafts and put them forward."""
