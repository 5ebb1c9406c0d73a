"""The public addresses."""

from django.urls import path

from conditions import views

urlpatterns = [
    path("", views.home, name="home"),
    path("conditions/", views.a_to_z, name="conditions"),
    path("conditions/<slug:slug>/", views.condition, name="condition"),
]
