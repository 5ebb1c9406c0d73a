"""The admin site that staff, physicians and managers share."""

from django.contrib.admin import AdminSite


class Site(AdminSite):
    """The staff's side of Countersign."""

    site_header = "Countersign"
    site_title = "Countersign"
    index_title = "Your work"
    site_url = "/"
