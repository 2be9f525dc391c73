"""CART-006 under concurrency: carts that are merged from several places at once."""

from functools import partial
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password

from apps.cart import services
from apps.cart.dto import Caller
from apps.cart.models import Cart, CartLine
from apps.catalog.models import Variant
from apps.customers.models import Customer
from apps.orders.models import Order
from apps.shared import clock
from apps.shared.api.tokens import access_token
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race

Goods = tuple[Variant, int]


def _customers_and_guests(
    count: int, *goods: Goods, mine: bool = True
) -> tuple[Customer, list[Cart]]:
    now = clock.now()
    customer = Customer.objects.create(email="ann@shopper.example", password="!")
    if mine:
        Cart.objects.create(customer=customer, currency="USD", created_at=now, updated_at=now)
    guests = []
    for _ in range(count):
        cart = Cart.objects.create(
            currency="USD", email="a@shopper.example", created_at=now, updated_at=now
        )
        for variant, quantity in goods:
            CartLine.objects.create(
                cart=cart,
                variant=variant,
                quantity=quantity,
                unit_price_amount=variant.price_amount,
            )
        guests.append(cart)
    return customer, guests


def _merge(guest: Cart, customer: Customer) -> Any:
    caller = Caller(token=access_token("cart", guest.pk), customer_id=customer.pk)
    return services.merge_cart(cart_id=guest.pk, caller=caller, now=clock.now())


@pytest.mark.parametrize("mine", [True, False])
def test_two_logins_at_once_add_the_cart_once(committed_shop: TestShop, mine: bool) -> None:
    variant = make_variant(stock=20)
    customer, [guest] = _customers_and_guests(1, (variant, 3), mine=mine)

    results = race(committed_shop, *[partial(_merge, guest, customer)] * 4)

    assert outcomes(results) == ["ok"] * 4
    assert len({one.cart.id for one in results}) == 1
    [line] = CartLine.objects.all()
    assert line.quantity == 3
    assert line.cart.customer_id == customer.pk


@pytest.mark.parametrize("mine", [True, False])
def test_two_guest_carts_at_once_end_in_one(committed_shop: TestShop, mine: bool) -> None:
    """Two devices log in: no line is lost, none doubled, one open cart is left."""
    variant = make_variant(stock=20)
    customer, guests = _customers_and_guests(4, (variant, 3), mine=mine)

    results = race(committed_shop, *(partial(_merge, guest, customer) for guest in guests))

    assert outcomes(results) == ["ok"] * 4
    [line] = CartLine.objects.all()
    assert line.quantity == 12
    assert Cart.objects.filter(customer=customer, merged_into__isnull=True).count() == 1


def test_a_guest_cart_that_two_customers_claim_goes_to_one(committed_shop: TestShop) -> None:
    variant = make_variant(stock=20)
    ann, [guest] = _customers_and_guests(1, (variant, 3), mine=False)
    eve = Customer.objects.create(email="eve@shopper.example", password="!")

    results = race(committed_shop, *(partial(_merge, guest, one) for one in (ann, eve)))

    assert outcomes(results) == ["CartNotFound", "ok"]
    assert CartLine.objects.count() == 1


@pytest.mark.parametrize("attempt", range(5))
def test_merging_against_completing_has_one_winner(committed_shop: TestShop, attempt: int) -> None:
    """CART-001, CART-003: the goods are ordered, or they are in the customer's cart; never both."""
    connect_payments()
    variant = make_variant(stock=20, requires_shipping=False)
    customer, [guest] = _customers_and_guests(1, (variant, 3))
    client = ShopClient(committed_shop.domain, cart_token=access_token("cart", guest.pk))

    def complete() -> int:
        return client.post(f"carts/{guest.public_id}/complete", {}).status_code

    results = race(committed_shop, complete, partial(_merge, guest, customer))

    lines = CartLine.objects.filter(cart__customer=customer)
    if Order.objects.exists():
        assert results[0] == 201
        assert outcomes(results) == ["CartCompleted", "ok"]
        assert not lines.exists()
    else:
        assert results[0] in (404, 422)
        assert [line.quantity for line in lines] == [3]


def test_merging_while_the_customers_cart_is_completed_loses_nothing(
    committed_shop: TestShop,
) -> None:
    """CART-003: what comes too late for the order is in the customer's next cart."""
    connect_payments()
    variant = make_variant(stock=20, requires_shipping=False)
    customer, [guest, filled] = _customers_and_guests(2, (variant, 1), mine=False)
    _merge(filled, customer)
    token = _log_in(committed_shop)
    client = ShopClient(committed_shop.domain, authorization=token)

    def complete() -> int:
        return client.post(f"carts/{filled.public_id}/complete", {}).status_code

    results = race(committed_shop, complete, partial(_merge, guest, customer))

    assert outcomes(results) == ["ok", "ok"]
    assert results[0] == 201
    [order] = Order.objects.all()
    ordered = sum(order.lines.values_list("quantity", flat=True))
    waiting = CartLine.objects.filter(cart__customer=customer, cart__completed_at__isnull=True)
    assert ordered + sum(waiting.values_list("quantity", flat=True)) == 2


def _log_in(shop: TestShop) -> str:
    Customer.objects.update(password=make_password("correct horse"))
    account = {"email": "ann@shopper.example", "password": "correct horse"}
    return f"Bearer {ShopClient(shop.domain).post('customers/login', account).json()['token']}"
