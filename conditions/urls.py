"""The public addresses."""

from django.urls import path

from conditions.views import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("conditions/", pages.a_to_z, name="conditions"),
    path("conditions/<slug:slug>/", pages.condition, name="condition"),
]
