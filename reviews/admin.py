"""Where Django looks for the admin of this app: it is the desk."""

from reviews.desk import claims, events, letters, records, reviewers, submissions

__all__ = ["claims", "events", "letters", "records", "reviewers", "submissions"]
