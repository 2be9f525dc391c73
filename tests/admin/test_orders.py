"""Orders in the admin: everything is shown, nothing can be set (ORDER-005)."""

from typing import Any

import pytest
from django.conf import settings

from apps.cart.models import Cart
from apps.orders.models import Order
from apps.orders.states import PaymentStatus
from apps.payments.models import PaymentIntent, ProviderEvent
from apps.shared.outbox.models import DomainEvent
from apps.staff.models import User
from tests.admin.browser import owner_of, signed_in
from tests.admin.rows import (
    a_cart,
    a_provider_event,
    an_event,
    an_intent,
    an_order,
)
from tests.support.shops import TestShop


def _page(order: Order) -> str:
    return f"/admin/orders/order/{order.pk}/change/"


def test_an_orders_page_tells_all_of_it(shop_a: TestShop) -> None:
    order = an_order(lines=2)
    intent = an_intent(order)
    page = owner_of(shop_a).get(_page(order)).content.decode()
    for text in (
        order.number,
        order.public_id,
        "25.00 USD",
        "20.00 USD",
        "5.00 USD",
        *order.lines.values_list("sku", flat=True),
        intent.public_id,
        str(intent.provider_reference),
        "12 Street 240<br>12207 Phnom Penh<br>KH",
        "Sok &lt;b&gt;Dara&lt;/b&gt;",
        ">Timeline<",
    ):
        assert text in page, text


def test_an_orders_page_costs_the_same_with_1_and_100_lines(shop_a: TestShop) -> None:
    browser = owner_of(shop_a)
    few = browser.queries(_page(an_order(lines=1)))
    many = browser.queries(_page(an_order(lines=100)))
    assert len(many) == len(few)


@pytest.mark.parametrize(
    "make",
    [an_order, an_intent, a_provider_event, a_cart, an_event],
    ids=lambda make: make.__name__,
)
def test_not_even_a_superuser_writes_a_fact(shop_a: TestShop, make: Any) -> None:
    """ORDER-005: no admin action can set an order paid."""
    row: Order | PaymentIntent | ProviderEvent | Cart | DomainEvent = make()
    model = type(row)
    before = list(model.objects.values())
    superuser = User.objects.create_superuser("root@staff.example", "password-of-theirs")
    browser = signed_in(shop_a.domain, superuser)
    path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    sent = {"status": "paid", "payment_status": "paid", "state": "processed", "post": "yes"}
    for target in (f"{path}add/", f"{path}{row.pk}/change/", f"{path}{row.pk}/delete/"):
        assert browser.post(target, sent).status_code == 403, target
    browser.post(path, {"action": "delete_selected", "_selected_action": [str(row.pk)], **sent})
    assert list(model.objects.values()) == before


def test_no_list_of_facts_offers_an_action(shop_a: TestShop) -> None:
    an_order()
    assert 'name="action"' not in owner_of(shop_a).get("/admin/orders/order/").content.decode()


@pytest.mark.parametrize("by", ["number", "public_id", "email", "sku"])
def test_an_order_is_found_by(shop_a: TestShop, by: str) -> None:
    order, other = an_order(), an_order()
    line = order.lines.first()
    assert line is not None
    term = line.sku if by == "sku" else getattr(order, by)
    page = owner_of(shop_a).get("/admin/orders/order/", q=term).content.decode()
    assert f">{order.number}<" in page
    assert f">{other.number}<" not in page


def test_a_payment_is_found_by_its_order(shop_a: TestShop) -> None:
    intent, other = an_intent(), an_intent()
    order_id = Order.objects.get(pk=intent.order_id).public_id
    page = owner_of(shop_a).get("/admin/payments/paymentintent/", q=order_id).content.decode()
    assert intent.public_id in page
    assert other.public_id not in page


def test_the_overview_counts_what_waits_and_links_to_it(shop_a: TestShop) -> None:
    paid = an_order()
    unpaid = an_order(status=PaymentStatus.AWAITING_PAYMENT)
    browser = owner_of(shop_a)
    page = browser.get("/admin/").content.decode()
    assert paid.number in page
    assert unpaid.number in page
    to_pack = browser.get("/admin/orders/order/", status__exact="paid").content.decode()
    waiting = "/admin/orders/order/?status__in=pending,awaiting_payment"
    assert "/admin/orders/order/?status__in=paid" in page
    assert waiting in page
    unpaid_only = browser.get(waiting).content.decode()
    assert unpaid.number in unpaid_only
    assert paid.number not in unpaid_only
    assert paid.number in to_pack
    assert unpaid.number not in to_pack


def test_the_overview_costs_the_same_with_1_and_25_orders(shop_a: TestShop) -> None:
    browser = owner_of(shop_a)
    an_order()
    few = browser.queries("/admin/")
    for _ in range(24):
        an_order()
    assert len(browser.queries("/admin/")) == len(few)


def test_events_show_their_payload_escaped_and_their_deliveries(shop_a: TestShop) -> None:
    event = an_event()
    page = owner_of(shop_a).get(f"/admin/outbox/domainevent/{event.pk}/change/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "apps.finance.issue_invoice" in page


def test_times_are_those_of_the_shop(shop_a: TestShop) -> None:
    from datetime import UTC, datetime

    from apps.shop.models import ShopSettings

    ShopSettings.objects.update(time_zone="Asia/Phnom_Penh")
    order = an_order()
    Order.objects.update(placed_at=datetime(2026, 5, 4, 20, 30, tzinfo=UTC))
    assert settings.TIME_ZONE == "UTC"
    assert "May 5, 2026, 3:30 a.m." in owner_of(shop_a).get(_page(order)).content.decode()
