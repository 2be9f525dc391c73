"""From a cart to an order over the API: what is written, what is refused, and that a refusal
writes nothing."""

import pytest

from apps.cart.models import Cart
from apps.catalog.models import Product, Variant
from apps.catalog.states import InventoryPolicy, ProductStatus
from apps.finance.models import FinancialOrder
from apps.inventory.models import Reservation, StockItem, StockMovement
from apps.orders.models import Order, OrderTransition
from apps.payments.models import PaymentIntent
from apps.shared.outbox.models import DomainEvent
from apps.shop.models import ShopSettings
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import ADDRESS, connect_payments, new_cart
from tests.support.shops import TestShop


@pytest.fixture(autouse=True)
def _payments(shop_a: TestShop) -> None:
    connect_payments()


def assert_nothing_was_ordered() -> None:
    assert Order.objects.count() == 0
    assert Reservation.objects.count() == 0
    assert PaymentIntent.objects.count() == 0
    assert FinancialOrder.objects.count() == 0
    assert not StockMovement.objects.filter(reason="reserve").exists()
    assert not StockItem.objects.exclude(reserved=0).exists()
    assert not Cart.objects.exclude(completed_at=None).exists()
    assert not DomainEvent.objects.filter(name__startswith="orders.").exists()


def test_a_cart_becomes_an_order_with_all_that_belongs_to_it(client_a: ShopClient) -> None:
    """ORDER-001, ORDER-007, PAY-002: stock held, totals locked, payment wished for."""
    shirt, hat = make_variant(price=1999, stock=10), make_variant(price=500, stock=3)
    cart = new_cart(client_a, (shirt, 2), (hat, 1))

    answer = cart.complete()

    assert answer.status_code == 201
    body = answer.json()
    totals = {name: money["amount"] for name, money in body["totals"].items()}
    assert totals == {
        "subtotal": 4498,
        "discount": 0,
        "shipping": 500,
        "tax": 0,
        "included_tax": 0,
        "total": 4998,
        "reduction": 0,
        "due": 4998,
    }
    assert (body["status"], body["payment_status"]) == ("pending", "unpaid")
    assert [(line["sku"], line["quantity"]) for line in body["lines"]] == [
        (shirt.sku, 2),
        (hat.sku, 1),
    ]
    order = Order.objects.get()
    assert order.public_id == body["id"]
    assert order.shipping_address == ADDRESS
    assert list(OrderTransition.objects.values_list("source", "target")) == [("", "pending")]
    item = StockItem.objects.get(variant=shirt)
    assert (item.on_hand, item.reserved, item.available) == (10, 2, 8)
    moved = StockMovement.objects.get(stock_item=item, reason="reserve")
    assert (moved.on_hand_delta, moved.reserved_delta) == (0, 2)
    assert moved.reference_id == str(order.pk)
    intent = PaymentIntent.objects.get()
    assert (intent.order_id, intent.amount, intent.currency) == (order.pk, 4998, "USD")
    assert intent.provider_reference is None
    assert FinancialOrder.objects.get().total_amount == 4998
    assert Cart.objects.get().completed_at is not None
    event = DomainEvent.objects.get(name="orders.order.placed")
    assert event.payload["order_id"] == str(order.pk)
    assert event.request_id == answer["Request-Id"]


def test_the_order_opens_with_its_token_only(client_a: ShopClient, client_b: ShopClient) -> None:
    body = new_cart(client_a, (make_variant(), 1)).complete().json()
    path = f"orders/{body['id']}"

    found = client_a.get(path, order_token=body["token"])

    assert found.json() == {key: value for key, value in body.items() if key != "token"}
    for stranger in (
        client_a.get(path),
        client_a.get(path, order_token="0" * 64),
        client_b.get(path, order_token=body["token"]),
    ):
        assert (stranger.status_code, stranger.json()["code"]) == (404, "order_not_found")


def test_a_second_completion_gets_the_first_order(client_a: ShopClient) -> None:
    """ORDER-006, S5: another tab, another key, the same order."""
    cart = new_cart(client_a, (make_variant(), 1))

    first, second = cart.complete(), cart.complete()

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Order.objects.count() == 1
    assert PaymentIntent.objects.count() == 1


def test_a_repeated_key_gets_the_same_bytes(client_a: ShopClient) -> None:
    """I1, IDEM-001."""
    cart = new_cart(client_a, (make_variant(), 1))

    first = cart.complete(idempotency_key="same")
    second = cart.complete(idempotency_key="same")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert (first.get("Idempotent-Replayed"), second["Idempotent-Replayed"]) == (None, "true")
    assert Order.objects.count() == 1


def test_a_completion_without_a_key_is_refused(client_a: ShopClient) -> None:
    """I6."""
    cart = new_cart(client_a, (make_variant(), 1))

    answer = cart.complete(idempotency_key="")

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    assert_nothing_was_ordered()


def test_too_little_stock_refuses_all_lines(client_a: ShopClient) -> None:
    """S3, STOCK-002: line 1 is there, line 2 is not; nothing at all is written."""
    plenty, rare = make_variant(stock=10), make_variant(stock=1)
    cart = new_cart(client_a, (plenty, 1), (rare, 2))

    answer = cart.complete()

    body = answer.json()
    assert (answer.status_code, body["code"]) == (409, "insufficient_stock")
    short = {
        "product": rare.product.public_id,
        "variant": rare.public_id,
        "requested": 2,
        "available": 1,
    }
    assert body["items"] == [short]
    assert {key: body[key] for key in short} == short
    assert_nothing_was_ordered()


def test_a_refusal_for_lack_of_stock_is_replayed(client_a: ShopClient) -> None:
    """I5, IDEM-007: a deterministic refusal after execution began is the key's answer."""
    variant = make_variant(stock=0)
    cart = new_cart(client_a, (variant, 1))

    first = cart.complete(idempotency_key="k")
    StockItem.objects.update(on_hand=5)
    second = cart.complete(idempotency_key="k")

    assert (first.status_code, second.status_code) == (409, 409)
    assert first.content == second.content
    assert second["Idempotent-Replayed"] == "true"
    assert_nothing_was_ordered()


def test_an_empty_cart_is_refused(client_a: ShopClient) -> None:
    """CART-002."""
    answer = new_cart(client_a).complete()
    assert (answer.status_code, answer.json()["code"]) == (422, "cart_empty")
    assert_nothing_was_ordered()


def test_what_is_missing_is_named(client_a: ShopClient) -> None:
    cart = new_cart(client_a, (make_variant(), 1))
    cart.client.patch(
        f"carts/{cart.id}", {"email": None, "shipping_address": None, "shipping_method": None}
    )

    answer = cart.complete()

    assert (answer.status_code, answer.json()["code"]) == (422, "cart_incomplete")
    assert answer.json()["missing"] == ["email", "shipping_address", "shipping_method"]
    assert_nothing_was_ordered()


def test_goods_that_need_no_parcel_need_no_address(client_a: ShopClient) -> None:
    cart = new_cart(client_a, (make_variant(requires_shipping=False), 1))
    cart.client.patch(f"carts/{cart.id}", {"shipping_address": None, "shipping_method": None})

    answer = cart.complete()

    assert answer.status_code == 201
    assert answer.json()["totals"]["shipping"]["amount"] == 0


def test_a_changed_price_is_not_charged_unseen(client_a: ShopClient) -> None:
    """CART-008."""
    variant = make_variant(price=1000)
    cart = new_cart(client_a, (variant, 2))
    Variant.objects.update(price_amount=1100)

    refused = cart.complete()

    body = refused.json()
    assert (refused.status_code, body["code"]) == (409, "price_changed")
    assert body["total"]["amount"] == 2700
    [line] = body["lines"]
    assert (line["old"]["amount"], line["new"]["amount"]) == (1000, 1100)
    assert_nothing_was_ordered()

    stale = cart.complete({"expected_total": {"amount": 2500, "currency": "USD"}})
    assert (stale.status_code, stale.json()["code"]) == (409, "price_changed")
    assert "display" in body["total"]
    accepted = cart.complete({"expected_total": body["total"]})
    assert accepted.status_code == 201, "as it was told, it is sent back"
    assert accepted.json()["totals"]["total"]["amount"] == 2700


def test_goods_that_are_not_for_sale_any_more_are_refused(client_a: ShopClient) -> None:
    cart = new_cart(client_a, (make_variant(), 1))
    Product.objects.update(status=ProductStatus.ARCHIVED)

    answer = cart.complete()

    assert (answer.status_code, answer.json()["code"]) == (409, "not_for_sale")
    assert_nothing_was_ordered()


def test_a_variant_that_may_be_backordered_sells_down_to_its_floor(client_a: ShopClient) -> None:
    """STOCK-006: policy continue, one on hand, floor 100."""
    variant = make_variant(stock=1, policy=InventoryPolicy.CONTINUE)

    within = new_cart(client_a, (variant, 101)).complete()
    beyond = new_cart(client_a, (variant, 1)).complete()

    assert within.status_code == 201
    assert StockItem.objects.get().available == -100
    assert (beyond.status_code, beyond.json()["code"]) == (409, "insufficient_stock")
    assert beyond.json()["available"] == 0


def test_the_order_is_a_snapshot(client_a: ShopClient) -> None:
    """ORDER-008."""
    variant = make_variant(price=1000, title="Before")
    order = new_cart(client_a, (variant, 1)).complete().json()
    Variant.objects.update(price_amount=9, title="After", sku="NEW")
    Product.objects.update(title="After")
    ShopSettings.objects.update(tax_rate_bp=2000)

    now = client_a.get(f"orders/{order['id']}", order_token=order["token"]).json()

    assert now == {key: value for key, value in order.items() if key != "token"}


def test_tax_is_added_or_contained_as_the_shop_says(client_a: ShopClient) -> None:
    """ORDER-007: 10 % on 10.00 + 5.00 shipping."""
    ShopSettings.objects.update(tax_rate_bp=1000, prices_include_tax=False)
    added = new_cart(client_a, (make_variant(price=1000), 1)).complete().json()["totals"]
    ShopSettings.objects.update(prices_include_tax=True)
    contained = new_cart(client_a, (make_variant(price=1000), 1)).complete().json()["totals"]

    assert (added["tax"]["amount"], added["total"]["amount"]) == (150, 1650)
    assert (contained["tax"]["amount"], contained["total"]["amount"]) == (0, 1500)
    assert contained["included_tax"]["amount"] == 91 + 45


def test_a_shop_without_payments_takes_no_order(client_a: ShopClient) -> None:
    from apps.payments.models import PaymentAccount

    cart = new_cart(client_a, (make_variant(), 1))
    PaymentAccount.objects.all().delete()

    answer = cart.complete()

    assert (answer.status_code, answer.json()["code"]) == (422, "no_payment_provider")
    assert_nothing_was_ordered()


def test_another_cart_token_does_not_complete_it(client_a: ShopClient) -> None:
    """CART-005."""
    mine, yours = (new_cart(client_a, (make_variant(), 1)) for _ in range(2))

    answer = client_a.with_headers(cart_token=yours.client.headers["cart_token"]).post(
        f"carts/{mine.id}/complete"
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "cart_not_found")
    assert_nothing_was_ordered()


@pytest.mark.parametrize(
    "body",
    [
        {"price": 1},
        {"total": {"amount": 1, "currency": "USD"}},
        {"status": "paid"},
        {"expected_total": {"amount": "100", "currency": "USD"}},
        {"expected_total": {"amount": -1, "currency": "USD"}},
        {"expected_total": {"amount": 1.5, "currency": "USD"}},
        {"expected_total": {"amount": 2**63, "currency": "USD"}},
        {"expected_total": {"amount": 1}},
        {"expected_total": 5},
        [],
    ],
)
def test_a_body_that_is_not_understood_is_refused(client_a: ShopClient, body: object) -> None:
    """A5, F2."""
    answer = new_cart(client_a, (make_variant(), 1)).complete(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert_nothing_was_ordered()
