"""checkout_complete_cart writes what the slow, obvious version writes, on random carts.

Both run on the same cart, the first one rolled back; every row of every table that checkout touches
is compared, and the answer, and the refusals.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.cart.dto import Caller
from apps.cart.models import Cart, CartLine
from apps.catalog.models import Product, Variant
from apps.catalog.states import InventoryPolicy, ProductStatus
from apps.checkout import services
from apps.inventory.models import Location, StockItem
from apps.orders.representation import order_json
from apps.payments.models import PaymentAccount
from apps.shared.api.renderers import JSONRenderer
from apps.shared.api.tokens import access_token
from apps.shared.errors import DomainError
from apps.shared.idempotency.services import Claim, StoredAnswer
from apps.shared.money import Money, currencies, exponent
from apps.shipping.models import ShippingMethod
from apps.shop.models import ShopSettings
from tests.checkout.oracle import complete_checkout_slowly
from tests.support.goods import make_variant
from tests.support.shopping import ADDRESS
from tests.support.shops import TestShop

NOW = datetime(2026, 11, 21, 12, 30, 5, 250_000, tzinfo=UTC)
TABLES = (
    "orders.Order",
    "orders.OrderLine",
    "orders.OrderTransition",
    "inventory.StockItem",
    "inventory.StockMovement",
    "inventory.Reservation",
    "finance.FinancialOrder",
    "payments.PaymentIntent",
    "outbox.DomainEvent",
    "outbox.EventDelivery",
    "relay.Wakeup",
    "cart.Cart",
    "cart.CartLine",
)
OFFICE = {
    "name": "Büro „Süd“",
    "line1": "1 Straße",
    "line2": "",
    "city": "Köln",
    "country": "DE",
}


@dataclass(frozen=True)
class Goods:
    """One line of a cart and the stock behind it."""

    price: int
    seen_price: int
    quantity: int
    stock: tuple[int, int]
    backorder_limit: int
    taxable: bool
    requires_shipping: bool
    for_sale: bool


def mostly(usual: Any, rare: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([usual] * 9 + [rare])


prices = st.integers(0, 5) | st.integers(0, 1_000_000)
goods = st.builds(
    lambda price, drift, **rest: Goods(price=price, seen_price=max(price + drift, 0), **rest),
    price=prices,
    drift=mostly(0, 7),
    quantity=st.integers(1, 12),
    stock=st.tuples(st.integers(0, 30), st.integers(0, 30)),
    backorder_limit=st.sampled_from([0, 0, 0, 5]),
    taxable=st.booleans(),
    requires_shipping=st.booleans(),
    for_sale=mostly(True, False),
)


@dataclass(frozen=True)
class Case:
    """A shop, a cart, and what the client says it saw."""

    lines: tuple[Goods, ...]
    currency: str
    tax_rate_bp: int
    prices_include_tax: bool
    shipping: int | None
    email: str
    address: dict[str, str] | None
    billing: dict[str, str] | None
    expects: str
    has_account: bool
    has_token: bool


cases = st.builds(
    Case,
    lines=st.lists(goods, min_size=0, max_size=4).map(tuple),
    currency=st.sampled_from(["USD", "USD", "JPY", "KWD"]),
    tax_rate_bp=st.sampled_from([0, 700, 1900, 2550, 10_000]),
    prices_include_tax=st.booleans(),
    shipping=mostly(500, None) | st.integers(0, 99),
    email=mostly("ada@shopper.example", ""),
    address=mostly(ADDRESS, None),
    billing=st.sampled_from(
        [
            None,
            {
                "name": "Büro „Süd“",
                "line1": "1 Straße",
                "line2": "",
                "city": "Köln",
                "country": "DE",
            },
        ]
    ),
    expects=st.sampled_from(["nothing", "nothing", "the total", "too little", "another currency"]),
    has_account=mostly(True, False),
    has_token=mostly(True, False),
)


def build(case: Case) -> Cart:
    ShopSettings.objects.update(
        currency=case.currency,
        tax_rate_bp=case.tax_rate_bp,
        prices_include_tax=case.prices_include_tax,
    )
    second = Location.objects.create(name="Second", priority=0)
    method = None
    if case.shipping is not None:
        method = ShippingMethod.objects.create(
            code="m", name="Post & “Go”", amount=case.shipping, currency=case.currency
        )
    if case.has_account:
        PaymentAccount.objects.create(provider="stripe")
    cart = Cart.objects.create(
        currency=case.currency,
        email=case.email,
        shipping_address=case.address,
        billing_address=case.billing,
        shipping_method=method,
        metadata={"k": "v"},
        created_at=NOW,
        updated_at=NOW,
    )
    for line in case.lines:
        add_line(cart, line, case.currency, second)
    return cart


def add_line(cart: Cart, line: Goods, currency: str, second: Location) -> None:
    variant = make_variant(
        price=line.price,
        stock=0,
        currency=currency,
        requires_shipping=line.requires_shipping,
        policy=InventoryPolicy.CONTINUE if line.backorder_limit else InventoryPolicy.DENY,
    )
    Variant.objects.filter(pk=variant.pk).update(taxable=line.taxable)
    if not line.for_sale:
        Product.objects.filter(pk=variant.product_id).update(status=ProductStatus.ARCHIVED)
    first = Location.objects.exclude(pk=second.pk).get()
    for location, on_hand in zip((first, second), line.stock, strict=True):
        if on_hand or line.backorder_limit:
            StockItem.objects.create(
                variant=variant,
                location=location,
                on_hand=on_hand,
                backorder_limit=line.backorder_limit,
            )
    CartLine.objects.create(
        cart=cart, variant=variant, quantity=line.quantity, unit_price_amount=line.seen_price
    )


def rows() -> dict[str, list[dict[str, Any]]]:
    """Everything that checkout writes, without what is random or a serial number."""
    found = {}
    for label in TABLES:
        model = apps.get_model(label)
        listed = list(model._default_manager.order_by("pk").values())
        found[label] = [normal(row) for row in listed]
    return found


def normal(row: dict[str, Any]) -> dict[str, Any]:
    # Ids of new rows differ by nature; what they point at is compared where it has a name.
    dropped = {"id", "number", "order_number", "order_id", "order_line_id", "event_id"}
    kept = {key: value for key, value in row.items() if key not in dropped}
    text = json.dumps(kept, default=str, sort_keys=True)
    return json.loads(text)  # type: ignore[no-any-return]


class Undo(Exception):
    """Rolls back one of the two runs."""


def run(work: Any) -> tuple[str, Any, dict[str, Any]]:
    """What `work` answered or refused, and the rows it left; all of it is rolled back."""
    result: tuple[str, Any, dict[str, Any]] | None = None
    try:
        with transaction.atomic():
            try:
                answer = work()
                result = ("ok", answer, rows())
            except DomainError as error:
                result = (error.code, error.details, rows())
            raise Undo
    except Undo:
        assert result is not None
        return result


def masked(value: Any, *secrets: str) -> Any:
    """The value without what is new each time."""
    text = json.dumps(value, sort_keys=True, default=str)
    for secret in secrets:
        text = text.replace(secret, "*")
    return json.loads(text)


def expected_total(case: Case, cart: Cart) -> Money | None:
    if case.expects == "nothing":
        return None
    from apps.cart.selectors import detail_of

    total = detail_of(cart).totals.total
    if case.expects == "the total":
        return Money(total, case.currency)
    return Money(max(total - 1, 0), case.currency if case.expects == "too little" else "EUR")


def assert_both_ways_agree(case: Case) -> None:
    cart = build(case)
    token = access_token("cart", cart.pk) if case.has_token else "x"
    told = expected_total(case, cart)
    keyed = Claim(scope=b"s" * 32, key="k", method="POST", path="/", fingerprint=b"f" * 32)

    def slow() -> Any:
        done = complete_checkout_slowly(
            cart_id=cart.pk, caller=Caller(token=token), expected_total=told, now=NOW
        )
        body = {**order_json(done.order), "token": access_token("order", done.order.pk)}
        return json.loads(JSONRenderer().render(body))

    def fast() -> Any:
        done = services.complete_checkout(
            cart_id=cart.pk,
            caller=Caller(token=token),
            expected_total=told,
            keyed=keyed,
            now=NOW,
        )
        assert isinstance(done, StoredAnswer)
        assert done.status == 201
        return json.loads(done.body)

    slow_outcome, slow_answer, slow_rows = run(slow)
    fast_outcome, fast_answer, fast_rows = run(fast)
    assert fast_outcome == slow_outcome
    if slow_outcome == "ok":
        assert blind(fast_answer) == blind(slow_answer)
    else:
        assert masked(fast_answer) == masked(slow_answer)
    assert blind_rows(fast_rows) == blind_rows(slow_rows)


def blind(answer: dict[str, Any]) -> dict[str, Any]:
    """An order's JSON without its ids, number and token, after a look that they are there."""
    assert answer["id"].startswith("ord_")
    assert len(answer["token"]) == 64
    lines = [{**line, "id": line["id"][:4]} for line in answer["lines"]]
    return {**answer, "id": "", "number": len(answer["number"]), "token": "", "lines": lines}


def blind_rows(found: dict[str, list[dict[str, Any]]]) -> Any:
    """Rows with ids that are new each time left out of texts and payloads, order kept."""
    for row in found["inventory.StockMovement"]:
        if row["reference_type"] == "order":
            row["reference_id"] = "the order"
    for row in found["outbox.DomainEvent"]:
        row["aggregate_id"] = (
            "the order" if row["aggregate_type"] == "order" else row["aggregate_id"]
        )
        row["payload"].pop("order_id", None)
        row["payload"].pop("number", None)
    for row in found["finance.FinancialOrder"]:
        row["content"].pop("order_number")
    # The order of line rows is that of their positions; new ids of one millisecond sort at random.
    found["orders.OrderLine"].sort(key=lambda row: row["position"])
    for label in ("inventory.Reservation", "inventory.StockMovement", "outbox.DomainEvent"):
        found[label].sort(key=lambda row: json.dumps(row, sort_keys=True))
    return found


@pytest.mark.django_db
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=cases)
def test_the_function_writes_what_the_obvious_version_writes(shop_a: TestShop, case: Case) -> None:
    """ORDER-001, ORDER-007, STOCK-001, CART-008 and all else: both ways are the same."""
    savepoint = transaction.savepoint()
    assert_both_ways_agree(case)
    transaction.savepoint_rollback(savepoint)


def test_the_comparison_can_fail(shop_a: TestShop) -> None:
    """A function that writes something else is caught."""
    line = Goods(1000, 1000, 1, (5, 0), 0, True, True, True)
    case = Case((line,), "USD", 0, True, 500, "a@b.example", ADDRESS, None, "nothing", True, True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('checkout_tax'::regproc)")
        definition = cursor.fetchone()[0]
        cursor.execute(definition.replace("THEN (2 * amount", "THEN 1 + (2 * amount"))

    with pytest.raises(AssertionError):
        assert_both_ways_agree(case)


def test_both_ways_know_the_same_currencies(shop_a: TestShop) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c, checkout_minor_units(c) FROM unnest(%s::text[]) AS c", [currencies()]
        )
        found = dict(cursor.fetchall())
    assert found == {code: 10 ** exponent(code) for code in currencies()}


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD", "CLF"])
@pytest.mark.parametrize("amount", [0, 1, 99, 100, 1999, 123_456_789, 2**53, 9_000_000_000_000_000])
def test_both_ways_write_money_alike(shop_a: TestShop, currency: str, amount: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT checkout_money(%s, %s, checkout_minor_units(%s))", [amount, currency, currency]
        )
        found = cursor.fetchone()[0]
    found = json.loads(found) if isinstance(found, str) else found
    assert found == Money(amount, currency).as_json()


def test_an_account_is_needed(shop_a: TestShop) -> None:
    PaymentAccount.objects.all().delete()
    line = Goods(1000, 1000, 1, (5, 0), 0, True, True, True)
    case = Case((line,), "USD", 0, True, 500, "a@b.example", ADDRESS, None, "nothing", False, True)
    assert_both_ways_agree(case)
