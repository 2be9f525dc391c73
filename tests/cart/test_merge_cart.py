"""CART-006: at login a guest's cart goes into the customer's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from apps.cart import services
from apps.cart.dto import Caller
from apps.cart.errors import CartNotFound
from apps.cart.limits import MAX_LINES, MAX_QUANTITY
from apps.cart.merging import Capped, merged_lines
from apps.cart.models import Cart, CartLine
from apps.catalog.models import Variant
from apps.catalog.states import InventoryPolicy, ProductStatus
from apps.customers.models import Customer
from apps.inventory.models import StockItem
from apps.orders.models import Order
from apps.shared import clock
from apps.shared.api.tokens import access_token
from apps.shared.ids import new_id, parse_public_id
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import ADDRESS, OpenCart, connect_payments, new_cart

Goods = tuple[Variant, int]


def signed_in(client: ShopClient, email: str = "ann@shopper.example") -> ShopClient:
    """The client of a new customer who has just logged in."""
    account = {"email": email, "password": "correct horse"}
    assert client.post("customers", account).status_code == 201
    token = client.post("customers/login", account).json()["token"]
    return client.with_headers(authorization=f"Bearer {token}")


def cart_of(customer: ShopClient, *goods: Goods, **body: Any) -> str:
    """A new cart of a signed-in customer; its id."""
    cart_id: str = customer.post("carts", body).json()["id"]
    for variant, quantity in goods:
        line = {"variant": variant.public_id, "quantity": quantity}
        assert customer.post(f"carts/{cart_id}/lines", line).status_code == 201
    return cart_id


def merge(customer: ShopClient, guest: OpenCart, **headers: str) -> HttpResponse:
    token = guest.client.headers["cart_token"]
    return customer.post(f"carts/{guest.id}/merge", {}, cart_token=token, **headers)


def quantities(body: Any) -> dict[str, int]:
    return {line["sku"]: line["quantity"] for line in body["lines"]}


def everything() -> Any:
    """All that a merge may write."""
    return (
        list(Cart.objects.order_by("pk").values()),
        list(CartLine.objects.order_by("pk").values()),
    )


def test_quantities_add_up_and_the_guests_cart_is_gone(client_a: ShopClient) -> None:
    """CART-006"""
    shirt, hat, mug = make_variant(), make_variant(), make_variant()
    ann = signed_in(client_a)
    mine = cart_of(ann, (shirt, 1), (hat, 2))
    guest = new_cart(client_a, (hat, 3), (mug, 1))

    answer = merge(ann, guest)

    body = answer.json()
    assert (answer.status_code, body["id"], body["capped"]) == (200, mine, [])
    assert quantities(body) == {shirt.sku: 1, hat.sku: 5, mug.sku: 1}
    assert answer["ETag"] == ann.get(f"carts/{mine}")["ETag"] == '"4"'
    assert guest.client.get(f"carts/{guest.id}").status_code == 404
    assert ann.get(f"carts/{guest.id}").status_code == 404
    assert ann.get("customers/me/cart").json()["id"] == mine


def test_what_was_capped_by_stock_is_said(client_a: ShopClient) -> None:
    few, gone, plenty = make_variant(stock=5), make_variant(stock=3), make_variant(stock=5)
    ann = signed_in(client_a)
    cart_of(ann, (few, 3), (plenty, 1))
    guest = new_cart(client_a, (few, 4), (gone, 2), (plenty, 4))
    StockItem.objects.filter(variant=gone).update(on_hand=0)

    body = merge(ann, guest).json()

    assert quantities(body) == {few.sku: 5, plenty.sku: 5}
    assert body["capped"] == [
        {"variant": few.public_id, "requested": 7, "quantity": 5, "reason": "availability"},
        {"variant": gone.public_id, "requested": 2, "quantity": 0, "reason": "availability"},
    ]


def test_a_held_line_is_cut_with_the_sum_and_others_are_left_alone(client_a: ShopClient) -> None:
    sold_out, other = make_variant(stock=3), make_variant(stock=3)
    ann = signed_in(client_a)
    cart_of(ann, (sold_out, 3), (other, 3))
    guest = new_cart(client_a, (sold_out, 1))
    StockItem.objects.update(on_hand=0)

    body = merge(ann, guest).json()

    assert quantities(body) == {other.sku: 3}
    assert [(one["requested"], one["quantity"]) for one in body["capped"]] == [(4, 0)]


def test_what_may_be_backordered_is_available(client_a: ShopClient) -> None:
    variant = make_variant(stock=1, policy=InventoryPolicy.CONTINUE)
    StockItem.objects.filter(variant=variant).update(backorder_limit=4)
    ann = signed_in(client_a)
    cart_of(ann, (variant, 3))

    body = merge(ann, new_cart(client_a, (variant, 3))).json()

    assert quantities(body) == {variant.sku: 5}


def test_a_cart_holds_no_more_than_it_may(client_a: ShopClient) -> None:
    many, new = make_variant(stock=30_000), make_variant()
    ann = signed_in(client_a)
    mine = Cart.objects.get(pk=parse_public_id("cart", cart_of(ann, (many, 9_000))))
    filler = [make_variant(stock=0) for _ in range(MAX_LINES - 1)]
    CartLine.objects.bulk_create(
        CartLine(cart=mine, variant=one, quantity=1, unit_price_amount=1) for one in filler
    )

    body = merge(ann, new_cart(client_a, (many, 2_000), (new, 1))).json()

    assert len(body["lines"]) == MAX_LINES
    assert body["capped"] == [
        {
            "variant": many.public_id,
            "requested": 11_000,
            "quantity": MAX_QUANTITY,
            "reason": "cart_limit",
        },
        {"variant": new.public_id, "requested": 1, "quantity": 0, "reason": "cart_limit"},
    ]


def test_without_an_open_cart_the_guests_becomes_the_customers(client_a: ShopClient) -> None:
    connect_payments()
    variant = make_variant()
    ann = signed_in(client_a)
    done = new_cart(client_a, (variant, 1))
    merge(ann, done)
    assert ann.post(f"carts/{done.id}/complete", {}).status_code == 201
    assert ann.get("customers/me/cart").status_code == 404
    guest = new_cart(client_a, (variant, 2))

    body = merge(ann, guest).json()

    assert (body["id"], quantities(body), body["capped"]) == (guest.id, {variant.sku: 2}, [])
    assert body["customer"] == ann.get("customers/me").json()["id"]
    assert guest.client.get(f"carts/{guest.id}").status_code == 404, "the token opens it no more"
    assert ann.post(f"carts/{guest.id}/complete", {}).status_code == 201


def test_the_newest_of_several_open_carts_is_meant(client_a: ShopClient) -> None:
    ann = signed_in(client_a)
    cart_of(ann)
    newest = cart_of(ann)

    assert merge(ann, new_cart(client_a, (make_variant(), 1))).json()["id"] == newest


def test_asking_again_changes_nothing(client_a: ShopClient) -> None:
    variant = make_variant()
    ann = signed_in(client_a)
    mine = cart_of(ann, (variant, 1))
    guest = new_cart(client_a, (variant, 2))
    first = merge(ann, guest)
    before = everything()

    again = merge(ann, guest)

    assert (again.status_code, again.json()["id"]) == (200, mine)
    assert quantities(again.json()) == quantities(first.json()) == {variant.sku: 3}
    assert everything() == before
    own = ann.post(f"carts/{mine}/merge", {})
    assert (own.status_code, own.json()["id"]) == (200, mine)
    assert everything() == before


def test_the_same_key_gets_the_same_answer(client_a: ShopClient) -> None:
    """IDEM-001: what was capped is said again to who missed it."""
    variant = make_variant(stock=1)
    ann = signed_in(client_a)
    cart_of(ann, (variant, 1))
    guest = new_cart(client_a, (variant, 1))

    first, again = (merge(ann, guest, idempotency_key="merge-1") for _ in range(2))

    assert len(first.json()["capped"]) == 1
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"


def test_the_customers_own_details_stay_and_gaps_are_filled(client_a: ShopClient) -> None:
    ann = signed_in(client_a)
    cart_of(ann, email="ann@shopper.example")
    guest = new_cart(client_a, (make_variant(), 1), email="guest@shopper.example")
    guest.client.patch(f"carts/{guest.id}", {"metadata": {"source": "app"}})

    body = merge(ann, guest).json()

    assert (body["email"], body["metadata"]) == ("ann@shopper.example", {"source": "app"})
    assert body["shipping_address"] == ADDRESS
    assert body["shipping_method"]["code"] == "standard"
    assert body["billing_address"] is None


def test_the_price_that_was_shown_last_is_kept(client_a: ShopClient) -> None:
    """CART-008: what changed since is still reported, and not what was seen already."""
    variant = make_variant(price=1000)
    ann = signed_in(client_a)
    cart_of(ann, (variant, 1))
    Variant.objects.update(price_amount=1200)
    guest = new_cart(client_a, (variant, 1))

    [seen] = merge(ann, guest).json()["lines"]

    assert (seen["unit_price"]["amount"], seen["previous_unit_price"]) == (1200, None)
    Variant.objects.update(price_amount=1300)
    [line] = ann.get("customers/me/cart").json()["lines"]
    assert line["previous_unit_price"]["amount"] == 1200


def test_what_is_not_for_sale_any_more_goes_along(client_a: ShopClient) -> None:
    variant = make_variant()
    ann = signed_in(client_a)
    cart_of(ann)
    guest = new_cart(client_a, (variant, 1))
    type(variant.product).objects.update(status=ProductStatus.ARCHIVED)

    [line] = merge(ann, guest).json()["lines"]

    assert line["for_sale"] is False


def _strangers(client_a: ShopClient, client_b: ShopClient) -> dict[str, Callable[[], Any]]:
    variant = make_variant()
    ann, eve = signed_in(client_a), signed_in(client_a, "eve@shopper.example")
    cart_of(ann, (variant, 1))
    cart_of(eve, (variant, 1))
    guest = new_cart(client_a, (variant, 1))
    merged = new_cart(client_a, (variant, 1))
    merge(ann, merged)
    of_ann = ann.get("customers/me/cart").json()["id"]
    return {
        "without the token": lambda: ann.post(f"carts/{guest.id}/merge", {}),
        "with another token": lambda: ann.post(
            f"carts/{guest.id}/merge", {}, cart_token=merged.client.headers["cart_token"]
        ),
        "another customer's cart": lambda: eve.post(f"carts/{of_ann}/merge", {}),
        "one merged by another": lambda: merge(eve, merged),
        "no such cart": lambda: ann.post(f"carts/cart_{'0' * 32}/merge", {}),
    }


@pytest.mark.parametrize(
    "who",
    [
        "without the token",
        "with another token",
        "another customer's cart",
        "one merged by another",
        "no such cart",
    ],
)
def test_somebody_elses_cart_is_not_there(
    client_a: ShopClient, client_b: ShopClient, who: str
) -> None:
    """CART-005, and nothing is written."""
    attempt = _strangers(client_a, client_b)[who]
    before = everything()

    answer = attempt()

    assert (answer.status_code, answer.json()["code"]) == (404, "cart_not_found")
    assert everything() == before


def test_a_guest_is_asked_to_log_in(client_a: ShopClient) -> None:
    guest = new_cart(client_a, (make_variant(), 1))
    before = everything()

    answer = guest.client.post(f"carts/{guest.id}/merge", {})

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert client_a.get("customers/me/cart").status_code == 401
    with pytest.raises(CartNotFound):
        services.merge_cart(cart_id=new_id(), caller=Caller(), now=clock.now())
    assert everything() == before


def test_a_completed_cart_is_not_merged(client_a: ShopClient) -> None:
    """CART-001."""
    connect_payments()
    variant = make_variant()
    ann = signed_in(client_a)
    cart_of(ann, (variant, 1))
    guest = new_cart(client_a, (variant, 1))
    assert guest.complete().status_code == 201
    before = everything()

    answer = merge(ann, guest)

    assert (answer.status_code, answer.json()["code"]) == (409, "cart_completed")
    assert everything() == before


def test_a_merged_cart_accepts_nothing(client_a: ShopClient) -> None:
    """CART-001: it is as if it were not there, for the customer as well."""
    connect_payments()
    variant = make_variant()
    ann = signed_in(client_a)
    cart_of(ann, (variant, 1))
    guest = new_cart(client_a, (variant, 1))
    merge(ann, guest)
    before = everything()

    for client in (ann, guest.client):
        line = client.post(f"carts/{guest.id}/lines", {"variant": variant.public_id})
        change = client.patch(f"carts/{guest.id}", {"email": "new@shopper.example"})
        assert (line.status_code, change.status_code) == (404, 404)
        assert client.post(f"carts/{guest.id}/complete", {}).status_code in (404, 422)
    assert everything() == before
    assert not Order.objects.exists()


@pytest.mark.parametrize("kind", ["new", "added", "capped"])
def test_statements_do_not_grow_with_lines(client_a: ShopClient, kind: str) -> None:
    """CART-007: the same number with 1 and with 50 lines in each cart."""

    def statements(count: int) -> int:
        customer = Customer.objects.create(email=f"{kind}{count}@shopper.example", password="!")
        variants = [make_variant(stock=20 if kind != "capped" else 1) for _ in range(count)]
        others = [make_variant(stock=1) for _ in range(count)]
        now = clock.now()
        mine = Cart(customer=customer, currency="USD", created_at=now, updated_at=now)
        guest = Cart(currency="USD", created_at=now, updated_at=now)
        Cart.objects.bulk_create([mine, guest])
        held = variants if kind != "new" else others
        CartLine.objects.bulk_create(
            CartLine(cart=cart, variant=one, quantity=1, unit_price_amount=1)
            for cart, goods in ((mine, held), (guest, variants))
            for one in goods
        )
        caller = Caller(token=access_token("cart", guest.pk), customer_id=customer.pk)
        with CaptureQueriesContext(connection) as captured:
            merged = services.merge_cart(cart_id=guest.pk, caller=caller, now=now)
        assert len(merged.cart.lines) == count * (2 if kind == "new" else 1)
        assert len(merged.capped) == (count if kind == "capped" else 0)
        return len(captured)

    assert statements(1) == statements(50)


ids = st.uuids()
amounts = st.dictionaries(ids, st.integers(1, 12_000), max_size=8)


@given(st.data())
def test_a_merged_cart_never_holds_more_than_asked_available_or_allowed(
    data: st.DataObject,
) -> None:
    held = data.draw(amounts)
    shared = data.draw(st.lists(st.sampled_from(sorted(held)), unique=True)) if held else []
    brought = {**data.draw(amounts), **{one: data.draw(st.integers(1, 9_999)) for one in shared}}
    available = {one: data.draw(st.integers(0, 25_000)) for one in brought}

    lines = merged_lines(brought=brought, held=held, available=available)

    assert [one.variant_id for one in lines] == list(brought)
    for one in lines:
        assert one.requested == brought[one.variant_id] + held.get(one.variant_id, 0)
        assert one.quantity == min(one.requested, available[one.variant_id], MAX_QUANTITY)
        assert isinstance(one, Capped) == (one.quantity < one.requested)
