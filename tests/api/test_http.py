"""The rules of HTTP, the same on every route."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.support.client import ShopClient

_PARAMETER = re.compile(r"<(\w+):\w+>")


def _routes(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> list[str]:
    """Every route under api/v1/, with ids that belong to nothing."""
    found = []
    for one in patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            found += _routes(one.url_patterns, route)
        elif hasattr(one.callback, "cls") and route.startswith("/api/v1/"):
            found.append(_PARAMETER.sub(lambda match: f"{match[1]}_{'0' * 32}", route))
    return found


ROUTES = _routes(get_resolver("config.urls_tenant").url_patterns)


def test_there_are_routes_to_try() -> None:
    assert "/api/v1/products" in ROUTES
    assert f"/api/v1/products/prd_{'0' * 32}" in ROUTES


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("method", ["TRACE", "BREW", "CONNECT"])
def test_a_method_that_a_route_does_not_have_is_a_405(
    client_a: ShopClient, route: str, method: str
) -> None:
    response = client_a.send(method, route)

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response["Allow"]


@pytest.mark.parametrize("route", ROUTES)
def test_options_names_the_methods_and_nothing_else(client_a: ShopClient, route: str) -> None:
    response = client_a.send("OPTIONS", route)

    assert (response.status_code, response.content) == (204, b"")
    assert "OPTIONS" in response["Allow"]


@pytest.mark.parametrize("route", ROUTES)
def test_another_path_than_the_routes_own_is_a_404(client_a: ShopClient, route: str) -> None:
    for path in (f"{route}/", f"{route}/none", route.replace("/v1/", "/v2/"), route.upper()):
        for method in ("GET", "POST"):
            response = client_a.send(method, path, {})
            assert (response.status_code, response.json()["code"]) == (404, "not_found"), path
            assert response["Content-Type"] == "application/problem+json"


def test_the_printed_address_leads_to_the_reference(client_a: ShopClient) -> None:
    response = client_a.get("/")
    assert (response.status_code, response["Location"]) == (302, "/api/v1/docs")


@pytest.mark.parametrize(
    "path", ["/nothing", "/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/../v1/products"]
)
def test_nowhere_is_a_problem(client_a: ShopClient, path: str) -> None:
    response = client_a.get(path)

    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response.json() == {
        "type": "urn:galleria:problem:not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is nothing here.",
        "instance": path,
        "code": "not_found",
        "request_id": response["Request-Id"],
    }


@pytest.mark.parametrize("debug", [True, False])
def test_a_developers_machine_answers_alike(
    client_a: ShopClient, settings: object, debug: bool
) -> None:
    settings.DEBUG = debug  # type: ignore[attr-defined]

    for method in ("GET", "POST"):
        response = client_a.send(method, "nothing", {})
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*;q=0", "nonsense", ""])
def test_the_answer_is_json_whatever_is_accepted(client_a: ShopClient, accept: str) -> None:
    assert client_a.get("products", accept=accept)["Content-Type"] == "application/json"
    assert client_a.get("nothing", accept=accept)["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("given", ["4f1c9e2a-77aa-4c35-9a58-5f2d7f0c1b11", "abcdefgh", "a.b_c-d.9"])
def test_a_sane_request_id_is_kept(client_a: ShopClient, given: str) -> None:
    found = client_a.get("products", x_request_id=given)
    missed = client_a.get("nothing", x_request_id=given)

    assert found["Request-Id"] == given
    assert (missed["Request-Id"], missed.json()["request_id"]) == (given, given)


@pytest.mark.parametrize(
    "given",
    [
        "short",
        "x" * 65,
        "with space in it",
        "-leading-dash",
        "line\r\nSet-Cookie: a=b",
        "line-break\n",
        "<script>alert(1)</script>",
        "ünïcödé-request",
        "req\x00\x00\x00\x00\x00\x00",
    ],
)
def test_any_other_request_id_is_replaced(client_a: ShopClient, given: str) -> None:
    response = client_a.get("products", x_request_id=given)

    assert re.fullmatch(r"req_[0-9a-f]{32}", response["Request-Id"])
    assert "Set-Cookie" not in response


def test_two_requests_have_two_ids(client_a: ShopClient) -> None:
    assert client_a.get("products")["Request-Id"] != client_a.get("products")["Request-Id"]


@pytest.mark.parametrize("key", ["x" * 256, "snow☃man", "tab\there"])
def test_an_idempotency_key_out_of_form_is_refused(client_a: ShopClient, key: str) -> None:
    body = {"email": "ann@example.com", "password": "correct horse"}

    for path in ("customers", "customers/login"):
        response = client_a.send("POST", path, body, idempotency_key=key)
        assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_invalid")


def test_an_empty_idempotency_key_is_refused(client_a: ShopClient) -> None:
    response = Client().post(
        "/api/v1/customers",
        {"email": "ann@example.com", "password": "correct horse"},
        content_type="application/json",
        headers={"host": client_a.host, "idempotency-key": ""},
    )

    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_invalid")


def test_an_error_inside_tells_nothing_of_it(
    client_a: ShopClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**given: object) -> None:
        raise RuntimeError("secret detail in /srv/galleria")

    monkeypatch.setattr("apps.catalog.storefront.listed_products", fail)

    response = client_a.get("products")

    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert b"secret" not in response.content
    assert response.json()["request_id"] == response["Request-Id"]
