"""No filter that anybody types into the address of a list is an error of the server."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conditions.models import Condition
from tests import cast

BACKEND = "django.contrib.auth.backends.ModelBackend"
LOOKUPS = ("", "exact", "in", "range", "gt", "year", "date", "isnull", "contains", "hour", "regex")
VALUES = ("", "0", "1", "-1", "x", "a\x00b", "1,2", "2026-02-30", "9" * 30, "\ud800", "None", "[]")


def lists() -> list[tuple[str, list[str]]]:
    """The address of every list of the admin, and the names that a filter may begin with."""
    found = []
    for model in admin.site._registry:
        opts = model._meta
        names = [field.name for field in opts.get_fields()] + ["q", "o", "p", "all", "_facets"]
        found.append((reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"), names))
    return found


def ask(client: Client, address: str, parameters: dict[str, str]) -> int:
    query = urlencode(parameters, errors="surrogatepass")
    return client.get(f"{address}?{query}", follow=True).status_code


@pytest.fixture
def superuser(root: User, condition: Condition, editor: User) -> Client:
    """Somebody whom every list is shown to, with something in them."""
    cast.submit(condition, by=editor)
    client = Client()
    client.force_login(root, backend=BACKEND)
    return client


def test_no_filter_of_a_list_is_an_error_of_the_server(superuser: Client) -> None:
    for address, names in lists():
        assert superuser.get(address).status_code == 200
        for name in names:
            parameters = {f"{name}__range": "1", f"{name}__year": "0"}
            assert ask(superuser, address, parameters) < 500, (address, parameters)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_mixture_of_filters_is_one_either(superuser: Client, data: st.DataObject) -> None:
    address, names = data.draw(st.sampled_from(lists()))
    lookup = st.builds(
        lambda name, lookup: f"{name}__{lookup}" if lookup else name,
        st.sampled_from(names) | st.text(max_size=5),
        st.sampled_from(LOOKUPS),
    )
    parameters = data.draw(st.dictionaries(lookup, st.sampled_from(VALUES), max_size=3))

    assert ask(superuser, address, parameters) < 500


@pytest.mark.django_db
def test_a_key_that_no_session_has_is_no_error_of_the_server() -> None:
    for key in (r'"\000"', "é", "a" * 500, r'"\012"', "; DROP TABLE"):
        response = Client(headers={"cookie": f"sessionid={key}"}).get("/admin/")

        assert response.status_code == 302, key
