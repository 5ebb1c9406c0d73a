"""The admin as this project configures it."""

from django.contrib.admin.apps import AdminConfig


class Admin(AdminConfig):
    """Django's admin with the project's own site."""

    default_site = "config.people.log_in.Site"
