"""What crawlers are told."""

from __future__ import annotations

from urllib.robotparser import RobotFileParser

from django.test import Client


def test_crawlers_may_read_what_is_public_and_learn_where_the_sitemap_is(
    client: Client, db: None
) -> None:
    response = client.get("/robots.txt")
    rules = RobotFileParser()
    rules.parse(response.content.decode().splitlines())

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert rules.site_maps() == ["http://localhost:8000/sitemap.xml"]
    for address in (
        *("/", "/conditions/", "/conditions/some-page/", "/feed.xml", "/sitemap.xml"),
        # Kept out of indexes by "noindex", which a crawler must be able to read.
        *("/conditions/some-page.json", "/conditions/some-page/record/1/"),
    ):
        assert rules.can_fetch("AnyBot", address), address
    for address in ("/admin/", "/admin/login/", "/search/", "/search/?q=x"):
        assert not rules.can_fetch("AnyBot", address), address
