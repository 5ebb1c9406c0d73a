"""Letters to staff, and the outbox that they wait in. Nothing that is public depends on it."""
