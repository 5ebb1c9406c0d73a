"""Two documents in parts, and what changed from one to the other. Data, never markup."""
