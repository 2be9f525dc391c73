"""The API has no ambient credentials: what a browser holds for the admin opens nothing there."""

from typing import Any

from django.test import Client
from django.urls import get_resolver

from apps.shared.api.views import ApiView
from tests.support.client import ShopClient
from tests.support.shops import TestShop


def test_a_staff_session_is_nothing_to_the_api(shop_a: TestShop, django_user_model: Any) -> None:
    owner = django_user_model.objects.create_superuser("boss@a.example", "a-password-1")
    browser = Client(headers={"host": shop_a.domain})
    browser.force_login(owner)
    assert browser.get("/admin/").status_code == 200

    answer = browser.get("/api/v1/customers/me")

    assert answer.status_code == 401
    assert not hasattr(answer.wsgi_request, "session")
    assert not answer.cookies


def test_forms_from_elsewhere_are_still_refused_on_pages(shop_a: TestShop) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"host": shop_a.domain})
    answer = browser.post("/admin/login/", {"username": "x", "password": "y"})
    assert answer.status_code == 403


def test_security_headers_are_on_both(client_a: ShopClient, shop_a: TestShop) -> None:
    page = Client(headers={"host": shop_a.domain}).get("/admin/login/")
    for answer in (client_a.get("products"), page):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"


def test_every_address_under_api_is_an_api_view_or_a_description() -> None:
    """So that no page which needs sessions or CSRF ever comes to lie there."""
    resolver = get_resolver("config.urls_tenant")
    strangers = []

    def walk(patterns: list[Any], prefix: str) -> None:
        for one in patterns:
            address = prefix + str(one.pattern)
            if hasattr(one, "url_patterns"):
                walk(one.url_patterns, address)
            elif address.startswith("api/"):
                view = getattr(one.callback, "cls", None) or getattr(
                    one.callback, "view_class", None
                )
                if not (isinstance(view, type) and issubclass(view, ApiView)):
                    strangers.append(address)

    walk(resolver.url_patterns, "")
    assert [one for one in strangers if "docs" not in one and "openapi" not in one] == []
