"""The OpenAPI documents are committed, valid, complete and served."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from apps.shared.api.openapi import Described
from apps.shared.api.views import ApiView
from config.reference.documents import DOCUMENTS, document, document_bytes
from tests.support.client import ShopClient
from tests.support.shops import TestShop

FOLDER = Path(__file__).parents[2] / "docs" / "openapi"
SHOP = settings.ROOT_URLCONF


def views(patterns: list[URLPattern | URLResolver]) -> list[tuple[str, type[ApiView]]]:
    """Every API view below these patterns with its route."""
    found: list[tuple[str, type[ApiView]]] = []
    for one in patterns:
        if isinstance(one, URLResolver):
            found += views(one.url_patterns)
        elif hasattr(one.callback, "cls"):
            found.append((str(one.pattern), one.callback.cls))
    return found


def operations(urlconf: str = SHOP) -> list[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation of everything in a document."""
    paths = document(urlconf)["paths"]
    return [(path, method, one) for path, item in paths.items() for method, one in item.items()]


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_the_committed_document_is_the_generated_one(name: str) -> None:
    urlconf, path = DOCUMENTS[name], FOLDER / f"{name}.json"

    committed = path.read_bytes() if path.exists() else b""
    assert committed == document_bytes(urlconf), (
        f"The API has changed. Look at the difference and commit it: python manage.py spectacular "
        f"--format openapi-json --urlconf {urlconf} --file docs/openapi/{name}.json"
    )


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_the_command_writes_the_same_bytes_without_a_warning(name: str, tmp_path: Path) -> None:
    target = tmp_path / "document.json"

    call_command(
        "spectacular",
        format="openapi-json",
        urlconf=DOCUMENTS[name],
        file=str(target),
        fail_on_warn=True,
        validate=True,
    )

    assert not GENERATOR_STATS
    assert target.read_bytes() == document_bytes(DOCUMENTS[name])


def test_it_is_openapi_3_1() -> None:
    validate_schema(document(SHOP))

    assert document(SHOP)["openapi"] == "3.1.0"


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_every_method_of_every_view_is_described(name: str) -> None:
    silent = [
        f"{method.upper()} {route}"
        for route, view in views(get_resolver(DOCUMENTS[name]).url_patterns)
        for method in ("get", "post", "put", "patch", "delete")
        if hasattr(view, method)
        and not view.__module__.startswith("config.reference")
        and not isinstance(getattr(getattr(view, method), "described", None), Described)
    ]

    assert silent == []


def test_operations_have_names_of_their_own_tags_and_summaries() -> None:
    names = [one["operationId"] for _, _, one in operations()]

    assert len(set(names)) == len(names)
    assert [n for n in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", n)] == []
    assert [one for _, _, one in operations() if not (one["summary"] and one["tags"])] == []
    known = {tag["name"] for tag in document(SHOP)["tags"]}
    assert {tag for _, _, one in operations() for tag in one["tags"]} == known


def test_idempotency_keys_are_documented_on_every_unsafe_method() -> None:
    required = set()
    for _, method, one in operations():
        headers = {p["name"]: p for p in one.get("parameters", []) if p["in"] == "header"}
        assert ("Idempotency-Key" in headers) == (method != "get"), one["operationId"]
        if headers.get("Idempotency-Key", {}).get("required"):
            required.add(one["operationId"])

    assert required == {"complete_cart", "start_payment", "confirm_payment"}


def test_problems_are_one_component_with_codes() -> None:
    shared = document(SHOP)["components"]["responses"]
    for _, _, one in operations():
        for status, answer in one["responses"].items():
            if int(status) >= 400:
                answer = shared[f"Problem{status}"] if "$ref" in answer else answer
                assert list(answer["content"]) == ["application/problem+json"]
                schema = answer["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}
                assert answer["x-codes"]


def test_requests_are_closed_and_answers_are_open() -> None:
    schemas = document(SHOP)["components"]["schemas"]

    closed = {name for name, one in schemas.items() if one.get("additionalProperties") is False}
    assert closed == {name for name in schemas if name.endswith("Request")}
    assert "price" not in schemas["LineRequest"]["properties"]


def test_the_document_is_served(client_a: ShopClient) -> None:
    response = client_a.get("openapi.json")

    assert response["Content-Type"] == "application/json"
    assert response.content == document_bytes(SHOP)


def test_the_platform_serves_its_own(shop_a: TestShop) -> None:
    response = ShopClient(settings.PLATFORM_DOMAIN).get("openapi.json")

    assert orjson.loads(response.content) == document(settings.PUBLIC_SCHEMA_URLCONF)
    assert "/api/v1/products" not in orjson.loads(response.content)["paths"]


def test_the_reference_page_asks_no_other_server(client_a: ShopClient) -> None:
    page = client_a.get("docs")
    text = page.content.decode()

    assert page["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)
    assets = re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
    assert len(assets) == 5
    for path in assets:
        asset = client_a.get(path)
        assert asset.status_code == 200, path
        assert b"".join(asset.streaming_content)  # type: ignore[attr-defined]
