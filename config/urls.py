"""Every address of the site: public pages, and the admin under /admin/."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("conditions.public.urls")),
]

handler404 = "conditions.public.pages.not_found"
