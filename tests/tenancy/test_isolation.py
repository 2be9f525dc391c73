"""T1, TEN-001: ids, tokens and keys of one shop open nothing on another shop's host.

The list of operations is the OpenAPI document's: a new endpoint is tried as soon as it is
documented, and one with a new kind of id fails here until the test is told where to find one.
"""

import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

from apps.payments.models import PaymentIntent
from tests.admin.rows import a_credit_note
from tests.architecture.sources import ROOT
from tests.support.client import ShopClient
from tests.support.goods import flat_rate, make_variant
from tests.support.shopping import ADDRESS, connect_payments, new_cart
from tests.support.shops import TestShop, use_shop
from tests.tenancy.catalogue import filled_tables

MARKER = "MARKER-OF-SHOP-A"
METHODS = ("get", "post", "patch", "put", "delete")
_PARAMETER = re.compile(r"{(\w+)}")
# Addresses whose refusal or success has nothing to do with whose they are: see their own tests.
_CREATES_ITS_OWN = {("post", "/api/v1/customers")}
# A guest's token is not enough for these.
_CUSTOMERS_ONLY = {("post", "/api/v1/carts/{cart_id}/merge")}
_REFERENCE = {"/api/v1/openapi.json", "/api/v1/docs"}


@cache
def operations() -> list[tuple[str, str]]:
    """(method, path) of everything that a shop's API offers."""
    document = json.loads((ROOT / "docs/openapi/shop.json").read_text())
    return [
        (method, named(path))
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def named(path: str) -> str:
    """With a provider's name, which is no id of anybody's."""
    return path.replace("{provider}", "stripe")


@dataclass(frozen=True)
class World:
    """What shop A holds: ids by the name of their path parameter, credentials, valid bodies."""

    ids: dict[str, str]
    credentials: dict[str, str]
    bodies: dict[tuple[str, str], Any]

    def path(self, template: str) -> str:
        return _PARAMETER.sub(lambda match: self.ids[match[1]], template)

    def body(self, method: str, template: str) -> Any:
        return self.bodies.get((method, template), {})


@pytest.fixture
def world(shop_a: TestShop, shop_b: TestShop, client_a: ShopClient) -> World:
    with use_shop(shop_b):
        connect_payments("shop_b")
    secret = connect_payments("shop_a")
    event = json.dumps({"id": "evt_1", "object": "event", "type": "payment_intent.succeeded"})
    variant = make_variant(title=f"{MARKER} product")
    person = {"email": "ann@a.example", "password": "correct horse 7", "name": MARKER}
    assert client_a.post("customers", person).status_code == 201
    token = client_a.post("customers/login", {k: person[k] for k in ("email", "password")})
    open_cart = new_cart(client_a, (variant, 1), email="ann@a.example")
    line = open_cart.client.get(f"carts/{open_cart.id}").json()["lines"][0]["id"]
    mine = client_a.post("carts", authorization=f"Bearer {token.json()['token']}")
    assert mine.status_code == 201
    bought = new_cart(client_a, (variant, 1), email="ann@a.example")
    order = bought.complete().json()
    return World(
        ids={
            "cart_id": open_cart.id,
            "credit_note_id": a_credit_note().public_id,
            "line_id": line,
            "order_id": order["id"],
            "payment_id": PaymentIntent.objects.get().public_id,
            "product_id": variant.product.public_id,
        },
        credentials={
            "authorization": f"Bearer {token.json()['token']}",
            "cart_token": open_cart.client.headers["cart_token"],
            "order_token": order["token"],
            "stripe_signature": signature(secret, event),
        },
        bodies={
            ("post", "/api/v1/customers/login"): {k: person[k] for k in ("email", "password")},
            ("patch", "/api/v1/customers/me"): {"name": "Eve"},
            ("post", "/api/v1/webhooks/stripe"): event.encode(),
            ("patch", "/api/v1/carts/{cart_id}"): {"shipping_address": ADDRESS},
            ("post", "/api/v1/carts/{cart_id}/lines"): {
                "variant": variant.public_id,
                "quantity": 1,
            },
            ("patch", "/api/v1/carts/{cart_id}/lines/{line_id}"): {"quantity": 2},
        },
    )


def signature(secret: str, body: str) -> str:
    """As Stripe signs its webhooks (scheme v1)."""
    timestamp = int(time.time())
    mac = hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256)
    return f"t={timestamp},v1={mac.hexdigest()}"


def send(client: ShopClient, world: World, method: str, template: str) -> HttpResponse:
    body = None if method in ("get", "delete") else world.body(method, template)
    return client.send(method.upper(), world.path(template), body)


def told(response: HttpResponse, world: World) -> list[str]:
    """What of shop A an answer repeats, other than what the caller has said itself."""
    text = response.content.decode()
    if response.status_code >= 400:
        text = re.sub(r'"instance":"[^"]*"', "", text)
    return [one for one in (MARKER, *world.ids.values()) if one in text]


@pytest.mark.parametrize("with_login", [True, False])
def test_nothing_of_one_shop_opens_on_another_s_host(world, shop_a, client_b, with_login):
    held = filled_tables(shop_a.schema)
    credentials = dict(world.credentials)
    if not with_login:
        del credentials["authorization"]
    stranger = client_b.with_headers(**credentials)

    for method, template in operations():
        response = send(stranger, world, method, template)
        where = f"{method} {template} → {response.status_code} {response.content[:300]!r}"
        if _PARAMETER.search(template):
            asked_to_log_in = with_login or (method, template) in _CUSTOMERS_ONLY
            allowed = {401, 403, 404} if asked_to_log_in else {403, 404}
            assert response.status_code in allowed, where
        elif with_login and method != "get" and (method, template) not in _CREATES_ITS_OWN:
            assert response.status_code in {400, 401, 403, 404}, where
        assert response.status_code < 500, where
        assert told(response, world) == [], where

    assert filled_tables(shop_a.schema) == held


def test_on_its_own_host_the_same_request_is_answered(world, client_a):
    """So that the refusals above are not for another reason."""
    owner = client_a.with_headers(**world.credentials)

    for template in [path for method, path in operations() if method == "get"]:
        status = send(owner, world, "get", template).status_code
        # An invoice is issued by a worker, once the order is paid.
        is_document = "invoice" in template or "{credit_note_id}" in template
        assert status == (404 if is_document else 200), template


def test_ids_of_one_shop_are_unknown_in_another_s_bodies(world, shop_a, shop_b, client_b):
    with use_shop(shop_b):
        mine = make_variant(title="of shop B")
        cart = new_cart(client_b, (mine, 1))
    theirs = world.bodies[("post", "/api/v1/carts/{cart_id}/lines")]["variant"]
    method = flat_rate().public_id

    line = cart.client.post(f"carts/{cart.id}/lines", {"variant": theirs, "quantity": 1})
    shipping = cart.client.patch(f"carts/{cart.id}", {"shipping_method": method})

    assert line.status_code in {400, 404, 422}, line.content
    assert shipping.status_code in {400, 404, 422}, shipping.content
    lines = cart.client.get(f"carts/{cart.id}").json()["lines"]
    assert [one["variant"] for one in lines if theirs in str(one["variant"])] == []


def test_after_all_of_it_no_row_of_one_shop_names_the_other(world, shop_b, client_b):
    stranger = client_b.with_headers(**world.credentials)
    for method, template in operations():
        send(stranger, world, method, template)

    assert rows_with(MARKER, shop_b.schema) == []
    assert rows_with(world.credentials["cart_token"], shop_b.schema) == []


def rows_with(text: str, schema: str) -> list[str]:
    """The tables of a schema in which some row holds `text` in some column."""
    found = []
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for table in filled_tables(schema):
            name = f"{quote(schema)}.{quote(table)}"
            cursor.execute(
                f"SELECT 1 FROM {name} AS t WHERE t::text LIKE %s LIMIT 1", [f"%{text}%"]
            )
            found += [table] if cursor.fetchone() else []
    return found


def test_the_search_for_rows_finds_what_is_there(world, shop_a):
    assert "catalog_product" in rows_with(MARKER, shop_a.schema)


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> set[str]:
    """Registered API routes, written as the OpenAPI document writes them."""
    found = set()
    for one in patterns:
        route = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(one.pattern))
        if isinstance(one, URLResolver):
            found |= routes(one.url_patterns, route)
        elif hasattr(one.callback, "cls"):
            found.add(route)
    return found


def test_every_route_is_documented_and_so_tried_here():
    registered = routes(get_resolver("config.urls_tenant").url_patterns)

    assert {named(path) for path in registered - _REFERENCE} == {path for _, path in operations()}


def test_the_platform_answers_none_of_a_shop_s_addresses(world, settings):
    platform = ShopClient(settings.PLATFORM_DOMAIN, **world.credentials)

    for method, template in operations():
        response = send(platform, world, method, template)
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), template
