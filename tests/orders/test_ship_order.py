"""Parcels: partial shipments, tracking, stock, and when an order counts as shipped."""

import pytest

from apps.catalog.states import InventoryPolicy
from apps.inventory import services as inventory
from apps.inventory.dto import LineQuantity, Reference
from apps.inventory.errors import InsufficientStock, InvalidQuantity, NothingToShip
from apps.inventory.models import StockItem, StockMovement
from apps.orders import services
from apps.orders.models import Order, OrderLine, Shipment, ShipmentLine
from apps.shared.context import acting
from apps.shared.db import owns_transaction
from apps.shared.ids import new_id
from apps.shared.outbox.models import DomainEvent
from tests.inventory.stock import assert_movements_add_up, figures
from tests.orders.placing import NOW, held, paid, steps
from tests.support.goods import make_variant
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race


def packed(*goods: object) -> Order:
    order = paid(*goods)  # type: ignore[arg-type]
    return services.pack_order(order_id=order.pk, now=NOW)


def ship(order: Order, *lines: tuple[OrderLine, int]) -> Shipment:
    return services.ship_order(
        order_id=order.pk,
        lines=[LineQuantity(line.pk, quantity) for line, quantity in lines],
        carrier="DHL",
        tracking_number="JD014",
        now=NOW,
    )


def order_events() -> list[str]:
    names = DomainEvent.objects.filter(name__startswith="orders.").order_by("id")
    return list(names.values_list("name", flat=True))


def test_an_order_is_shipped_parcel_by_parcel(shop_a: TestShop) -> None:
    """STOCK-004: each parcel takes its goods out of on hand and out of reserved."""
    shirt, hat = make_variant(stock=10), make_variant(stock=3)
    order = packed((shirt, 4), (hat, 1))
    first, second = order.lines.all()

    with acting(as_actor="staff:7"):
        parcel = ship(order, (first, 3))

    order.refresh_from_db()
    assert (order.fulfillment_status, order.status) == ("packed", "packed")
    assert (figures(shirt), figures(hat)) == ((7, 1, 6), (3, 1, 2))
    assert (parcel.carrier, parcel.tracking_number, parcel.shipped_at) == ("DHL", "JD014", NOW)
    moved = StockMovement.objects.get(reason="ship")
    assert (moved.reference_type, moved.reference_id) == ("shipment", parcel.public_id)
    assert moved.actor == "staff:7"

    ship(order, (first, 1), (second, 1))

    order.refresh_from_db()
    assert (order.fulfillment_status, order.status) == ("shipped", "shipped")
    assert (figures(shirt), figures(hat)) == ((6, 0, 6), (2, 0, 2))
    sent = ShipmentLine.objects.order_by("id").values_list("order_line_id", "quantity")
    assert list(sent) == [(first.pk, 3), (first.pk, 1), (second.pk, 1)]
    assert steps(order) == [
        ("", "", "pending"),
        ("paid", "pending", "paid"),
        ("packed", "paid", "packed"),
        ("shipment", "packed", "packed"),
        ("shipment", "packed", "packed"),
        ("shipped", "packed", "shipped"),
    ]
    part = order.transitions.filter(step="shipment").first()
    assert part is not None
    assert (part.actor, part.reason) == ("staff:7", f"DHL JD014: 3 × {shirt.sku}")
    assert order_events()[2:] == [
        "orders.order.packed",
        "orders.shipment.sent",
        "orders.shipment.sent",
        "orders.order.shipped",
    ]
    assert_movements_add_up()


def test_all_that_is_left_is_shipped_when_nothing_is_said(shop_a: TestShop) -> None:
    order = packed((make_variant(stock=9), 5))
    ship(order, (order.lines.get(), 2))

    last = services.ship_order(order_id=order.pk, lines=None, now=NOW)

    assert last.lines.get().quantity == 3
    order.refresh_from_db()
    assert order.status == "shipped"


def test_more_than_is_held_is_not_shipped(shop_a: TestShop) -> None:
    """STOCK-003: nor of another order, nor nothing at all; nothing is written."""
    variant = make_variant(stock=10)
    order, other = packed((variant, 2)), packed((variant, 2))
    line, others_line = order.lines.get(), other.lines.get()

    for lines, error in (
        ([(line, 3)], NothingToShip),
        ([(line, 1), (line, 2)], NothingToShip),
        ([(others_line, 1)], NothingToShip),
        ([(OrderLine(pk=new_id()), 1)], NothingToShip),
        ([], NothingToShip),
        ([(line, 0)], InvalidQuantity),
        ([(line, -1)], InvalidQuantity),
    ):
        with pytest.raises(error):
            ship(order, *lines)

    order.refresh_from_db()
    assert (order.status, Shipment.objects.count(), figures(variant)) == ("packed", 0, (10, 4, 6))


def test_what_was_released_is_not_waited_for(shop_a: TestShop) -> None:
    """Refunded before it was shipped: the order is shipped without it."""
    order = packed((make_variant(stock=9), 5))
    line = order.lines.get()
    ship(order, (line, 3))

    @owns_transaction
    def release() -> bool:
        inventory.release_line_stock(
            order_id=order.pk,
            lines=[LineQuantity(line.pk, 2)],
            reference=Reference("refund", "ref_1"),
            now=NOW,
        )
        return services.finish_shipping(order_id=order.pk, now=NOW)

    assert release() is True
    order.refresh_from_db()
    assert order.status == "shipped"


def test_an_order_of_which_nothing_left_is_not_shipped(shop_a: TestShop) -> None:
    order = packed((make_variant(stock=9), 5))

    @owns_transaction
    def release_all() -> bool:
        inventory.release_stock(order_id=order.pk, now=NOW)
        return services.finish_shipping(order_id=order.pk, now=NOW)

    assert release_all() is False
    with pytest.raises(NothingToShip):
        services.ship_order(order_id=order.pk, lines=None, now=NOW)
    order.refresh_from_db()
    assert order.status == "packed"


def test_a_partly_refunded_order_goes_on_to_be_shipped(shop_a: TestShop) -> None:
    order = paid((make_variant(stock=9), 2))
    Order.objects.update(payment_status="partially_refunded", status="partially_refunded")

    services.pack_order(order_id=order.pk, now=NOW)
    services.ship_order(order_id=order.pk, lines=None, now=NOW)
    services.deliver_order(order_id=order.pk, now=NOW)

    order.refresh_from_db()
    assert (order.status, order.fulfillment_status) == ("partially_refunded", "delivered")
    assert [step for step, _, _ in steps(order)][2:] == [
        "packed",
        "shipment",
        "shipped",
        "delivered",
    ]


def test_digital_and_collected_goods_leave_at_once(shop_a: TestShop) -> None:
    variant = make_variant(stock=9)
    order = paid((variant, 2))

    services.fulfil_order(order_id=order.pk, now=NOW)

    assert (figures(variant), held(order)) == ((7, 0, 7), 0)
    assert order_events()[-1] == "orders.order.fulfilled"
    assert_movements_add_up()


def test_a_backorder_waits_for_its_goods(shop_a: TestShop) -> None:
    """STOCK-006."""
    variant = make_variant(stock=1, policy=InventoryPolicy.CONTINUE)
    order = packed((variant, 3))

    with pytest.raises(InsufficientStock):
        services.ship_order(order_id=order.pk, lines=None, now=NOW)
    ship(order, (order.lines.get(), 1))

    assert StockItem.objects.get().on_hand == 0
    order.refresh_from_db()
    assert order.status == "packed"


def test_two_people_ship_the_same_parcel(committed_shop: TestShop) -> None:
    """STOCK-003, ORDER-002 under concurrency."""
    variant = make_variant(stock=20)
    order = packed((variant, 10))
    line = order.lines.get()

    results = race(committed_shop, *[lambda: ship(order, (line, 4))] * 4)

    assert outcomes(results) == ["NothingToShip"] * 2 + ["ok"] * 2
    assert figures(variant) == (12, 2, 10)
    race(committed_shop, *[lambda: ship(order, (line, 2))] * 4)
    order.refresh_from_db()
    assert (order.status, Shipment.objects.count(), figures(variant)) == ("shipped", 3, (10, 0, 10))
    assert order_events().count("orders.order.shipped") == 1
    assert_movements_add_up()


def test_two_people_pack_the_same_order(committed_shop: TestShop) -> None:
    order = paid((make_variant(stock=20), 1))

    results = race(committed_shop, *[lambda: services.pack_order(order_id=order.pk, now=NOW)] * 4)

    assert outcomes(results) == ["InvalidTransition"] * 3 + ["ok"]
    assert order_events().count("orders.order.packed") == 1
