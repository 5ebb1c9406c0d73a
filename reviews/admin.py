"""Where Django looks for the admin of this app: it is the desk."""

from reviews.desk import events, records, reviewers, submissions

__all__ = ["events", "records", "reviewers", "submissions"]
