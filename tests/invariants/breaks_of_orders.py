"""Carts, orders and stock."""

from apps.cart.models import Cart
from apps.inventory.models import Reservation
from apps.orders.models import Order
from apps.shared.ids import new_id, public_id
from tests.invariants.breaking import breaks
from tests.invariants.busy import BusyShop, loosen, run

ADD_UP = "inventory.movements_add_up_to_the_row"
AGREE = "inventory.reservations_agree_with_movements"
IN_THE_CART = "checkout.what_was_in_the_cart_was_ordered"


def held_by(order: Order) -> Reservation:
    found = Reservation.objects.filter(order_id=order.pk).order_by("id").first()
    assert found is not None
    return found


def cart_of(order: Order) -> str:
    return public_id("cart", order.cart_id)


def first_line(order: Order) -> str:
    return order.lines.get(position=1).public_id


def add_step(order: Order, source: str, target: str) -> None:
    run(
        "INSERT INTO orders_ordertransition (order_id, source, target, actor, reason, at)"
        " VALUES (%s, %s, %s, 'test', '', now())",
        order.pk,
        source,
        target,
    )


@breaks("inventory.quantities_are_in_bounds")
def less_on_hand_than_is_promised(busy: BusyShop) -> str:
    """STOCK-001: a count that took away what was reserved, with its movement."""
    item = held_by(busy.unpaid).stock_item
    loosen("inventory_stockitem")
    delta = item.reserved - item.on_hand - 1
    run("UPDATE inventory_stockitem SET on_hand = on_hand + %s WHERE id = %s", delta, item.pk)
    run(
        "INSERT INTO inventory_stockmovement (stock_item_id, reason, on_hand_delta, reserved_delta,"
        " reference_type, reference_id, actor, created_at)"
        " VALUES (%s, 'count', %s, 0, 'count', '', 'test', now())",
        item.pk,
        delta,
    )
    return f"stock item {item.pk}"


@breaks(ADD_UP)
def stock_that_came_from_nowhere(busy: BusyShop) -> str:
    """STOCK-004."""
    item = held_by(busy.unpaid).stock_item_id
    run("UPDATE inventory_stockitem SET on_hand = on_hand + 1 WHERE id = %s", item)
    return f"stock item {item}"


@breaks("inventory.movements_follow_the_table")
def a_movement_of_nobody(busy: BusyShop) -> str:
    """STOCK-004."""
    moved = run(
        "UPDATE inventory_stockmovement SET actor = ''"
        " WHERE id = (SELECT min(id) FROM inventory_stockmovement) RETURNING id"
    )
    return f"stock movement {moved}"


@breaks("inventory.reserved_is_what_is_held", ADD_UP)
def reserved_for_nobody(busy: BusyShop) -> str:
    """STOCK-003, INV 1."""
    item = held_by(busy.unpaid).stock_item_id
    run("UPDATE inventory_stockitem SET reserved = reserved + 1 WHERE id = %s", item)
    return f"stock item {item}"


@breaks("inventory.reservations_give_no_more_than_they_hold", AGREE)
def more_came_back_than_left(busy: BusyShop) -> str:
    """STOCK-003."""
    loosen("inventory_reservation")
    held = held_by(busy.sold).pk
    run("UPDATE inventory_reservation SET returned = shipped + 1 WHERE id = %s", held)
    return f"reservation {held}"


@breaks(AGREE)
def shipped_instead_of_released(busy: BusyShop) -> str:
    """STOCK-003."""
    held = held_by(busy.cancelled)
    run("UPDATE inventory_reservation SET shipped = released, released = 0 WHERE id = %s", held.pk)
    return f"stock item {held.stock_item_id}"


@breaks("orders.steps_are_in_the_table")
def there_and_back(busy: BusyShop) -> str:
    """ORDER-002, INV 8."""
    add_step(busy.unpaid, "pending", "shipped")
    add_step(busy.unpaid, "shipped", "pending")
    return busy.unpaid.public_id


@breaks("orders.timelines_have_no_gap")
def a_step_from_elsewhere(busy: BusyShop) -> str:
    """ORDER-003, INV 8."""
    add_step(busy.sold, "shipped", "partially_refunded")
    return busy.sold.public_id


@breaks("orders.timelines_end_at_the_status")
def a_step_that_nobody_wrote_down(busy: BusyShop) -> str:
    """ORDER-002, INV 8."""
    run(
        "DELETE FROM orders_ordertransition WHERE order_id = %s AND target = 'cancelled'",
        busy.cancelled.pk,
    )
    return busy.cancelled.public_id


@breaks("orders.status_is_derived")
def a_machine_moved_alone(busy: BusyShop) -> str:
    """ORDER-002."""
    run("UPDATE orders_order SET payment_status = 'awaiting_payment' WHERE id = %s", busy.unpaid.pk)
    return busy.unpaid.public_id


@breaks("orders.times_agree_with_states")
def closed_and_open(busy: BusyShop) -> str:
    """ORDER-005."""
    run("UPDATE orders_order SET closed_at = now() WHERE id = %s", busy.sold.pk)
    return busy.sold.public_id


@breaks(
    "orders.a_cart_makes_one_order",
    "checkout.carts_are_completed_with_their_order",
    IN_THE_CART,
)
def a_cart_that_was_completed_twice(busy: BusyShop) -> str:
    """ORDER-006."""
    loosen("orders_order")
    run("UPDATE orders_order SET cart_id = %s WHERE id = %s", busy.unpaid.cart_id, busy.sold.pk)
    return cart_of(busy.unpaid)


@breaks("orders.totals_add_up")
def a_line_that_is_worth_more(busy: BusyShop) -> str:
    """ORDER-007."""
    loosen("orders_orderline")
    run(
        "UPDATE orders_orderline SET total_amount = total_amount + 1 WHERE order_id = %s",
        busy.unpaid.pk,
    )
    return busy.unpaid.public_id


@breaks("orders.all_of_a_line_is_reserved")
def stock_of_another_line(busy: BusyShop) -> str:
    """STOCK-002, ORDER-001."""
    run(
        "UPDATE inventory_reservation SET order_line_id = %s WHERE order_line_id = %s",
        new_id(),
        busy.unpaid.lines.get(position=1).pk,
    )
    return first_line(busy.unpaid)


@breaks("orders.finished_orders_hold_no_stock")
def cancelled_without_letting_go(busy: BusyShop) -> str:
    """STOCK-003, ORDER-003."""
    add_step(busy.unpaid, "pending", "cancelled")
    run(
        "UPDATE orders_order SET closed = 'cancelled', status = 'cancelled', closed_at = now()"
        " WHERE id = %s",
        busy.unpaid.pk,
    )
    return busy.unpaid.public_id


@breaks("orders.unpaid_orders_hold_no_stock_past_their_time")
def an_order_that_never_expired(busy: BusyShop) -> str:
    """INV 8."""
    run("UPDATE orders_order SET expires_at = %s WHERE id = %s", busy.ago(11), busy.unpaid.pk)
    return busy.unpaid.public_id


@breaks("orders.parcels_hold_what_was_shipped")
def a_parcel_with_more_in_it(busy: BusyShop) -> str:
    """STOCK-003."""
    line = busy.sold.lines.get(position=1)
    run("UPDATE orders_shipmentline SET quantity = quantity + 1 WHERE order_line_id = %s", line.pk)
    return line.public_id


@breaks("cart.completed_carts_do_not_change")
def a_completed_cart_that_changed(busy: BusyShop) -> str:
    """CART-003, CART-001."""
    run(
        "UPDATE cart_cart SET updated_at = completed_at + interval '1 second' WHERE id = %s",
        busy.unpaid.cart_id,
    )
    return cart_of(busy.unpaid)


@breaks("cart.completed_carts_hold_something", IN_THE_CART)
def an_empty_cart_that_was_completed(busy: BusyShop) -> str:
    """CART-002."""
    run("DELETE FROM cart_cartline WHERE cart_id = %s", busy.unpaid.cart_id)
    return cart_of(busy.unpaid)


@breaks("cart.a_cart_has_a_variant_once")
def a_variant_on_two_lines(busy: BusyShop) -> str:
    """CART-001."""
    loosen("cart_cartline")
    cart = Cart.objects.get(completed_at=None)
    run(
        "INSERT INTO cart_cartline (id, cart_id, variant_id, quantity, unit_price_amount)"
        " SELECT uuidv7(), cart_id, variant_id, 1, unit_price_amount"
        " FROM cart_cartline WHERE cart_id = %s LIMIT 1",
        cart.pk,
    )
    return cart.public_id


@breaks("checkout.carts_are_completed_with_their_order")
def a_cart_that_became_nothing(busy: BusyShop) -> str:
    """CART-001, ORDER-006."""
    cart = Cart.objects.get(completed_at=None)
    run("UPDATE cart_cart SET completed_at = updated_at WHERE id = %s", cart.pk)
    return cart.public_id


@breaks(IN_THE_CART)
def more_in_the_cart_than_ordered(busy: BusyShop) -> str:
    """CART-003, S5."""
    run("UPDATE cart_cartline SET quantity = quantity + 1 WHERE cart_id = %s", busy.unpaid.cart_id)
    return cart_of(busy.unpaid)


@breaks("checkout.orders_are_still_the_snapshot")
def an_order_that_followed_its_product(busy: BusyShop) -> str:
    """ORDER-008."""
    run("UPDATE orders_orderline SET title = 'New name' WHERE order_id = %s", busy.sold.pk)
    return busy.sold.public_id
