"""The public addresses."""

from django.urls import path

from conditions.public import machines, pages, people, records, searching

urlpatterns = [
    path("", pages.home, name="home"),
    path("conditions/", pages.a_to_z, name="conditions"),
    path("conditions/<slug:slug>/", pages.condition, name="condition"),
    path("conditions/<slug:slug>.json", machines.condition_json, name="condition_json"),
    path("conditions/<slug:slug>/record/", records.whole, name="record"),
    path("conditions/<slug:slug>/record/<int:number>/", records.edition, name="record_edition"),
    path("reviewers/<slug:slug>/", people.reviewer, name="reviewer"),
    path("how-we-review/", people.how_we_review, name="how_we_review"),
    path("search/", searching.results, name="search"),
    path("favicon.ico", machines.favicon, name="favicon"),
    path("feed.xml", machines.feed, name="feed"),
    path("robots.txt", machines.robots, name="robots"),
    path("sitemap.xml", machines.sitemap, name="sitemap"),
]
