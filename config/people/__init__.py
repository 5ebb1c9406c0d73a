"""The people: log-in, accounts, and the groups with their rights."""
