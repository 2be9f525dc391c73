"""What must be true of orders, and of the stock that they hold."""

from datetime import timedelta
from itertools import product

from apps.orders.states import (
    ORDER,
    Closed,
    FulfillmentStatus,
    OrderStatus,
    PaymentStatus,
    derived_status,
)
from apps.shared.invariants.declare import Found, Gauge, Severity, Shop, invariant

# The scheduler comes every minute; a worker that was away has this long to catch up.
EXPIRY_GRACE = timedelta(minutes=10)


@invariant("ORDER-002", "INV 8", gauge=Gauge.ORDER)
def steps_are_in_the_table(shop: Shop) -> Found:
    """Every step of an order's timeline is one that the table of states allows."""
    allowed = [
        (source, target) for source in ORDER.transitions for target in ORDER.transitions[source]
    ]
    return shop.offenders(
        """
        SELECT 'ord' AS kind, order_id AS id, 'a step of the table' AS expected,
            concat('step ', id, ': ', source, ' to ', target) AS found
        FROM {shop}.orders_ordertransition
        WHERE NOT (
            (source = '' AND target = %(initial)s)
            -- A parcel of several, a partly refunded order that is packed: the status stays.
            OR (source = target AND source = ANY (%(open)s))
            OR (source, target) IN (
                SELECT one, other
                FROM unnest(%(sources)s::text[], %(targets)s::text[]) AS t(one, other)
            )
        )
        """,
        initial=ORDER.initial,
        open=[status for status in ORDER.transitions if not ORDER.is_terminal(status)],
        sources=[source for source, _ in allowed],
        targets=[target for _, target in allowed],
    )


@invariant("ORDER-003", "INV 8", gauge=Gauge.ORDER)
def timelines_have_no_gap(shop: Shop) -> Found:
    """Each step of a timeline begins where the one before it ended; nothing follows the end."""
    return shop.offenders("""
        SELECT 'ord' AS kind, order_id AS id,
            concat('step ', id, ' from ', coalesce(nullif(before, ''), 'nothing')) AS expected,
            concat('from ', coalesce(nullif(source, ''), 'nothing')) AS found
        FROM (
            SELECT id, order_id, source,
                lag(target, 1, '') OVER (PARTITION BY order_id ORDER BY id) AS before
            FROM {shop}.orders_ordertransition
        ) AS step
        WHERE source <> before
    """)


@invariant("ORDER-002", "INV 8", gauge=Gauge.ORDER)
def timelines_end_at_the_status(shop: Shop) -> Found:
    """The last step of an order's timeline led to the status that it has."""
    return shop.offenders("""
        SELECT 'ord' AS kind, here.id, here.status AS expected, last.target AS found
        FROM {shop}.orders_order AS here
        LEFT JOIN (
            SELECT DISTINCT ON (order_id) order_id, target
            FROM {shop}.orders_ordertransition ORDER BY order_id, id DESC
        ) AS last ON last.order_id = here.id
        WHERE last.target IS DISTINCT FROM here.status
    """)


@invariant("ORDER-002", gauge=Gauge.ORDER)
def status_is_derived(shop: Shop) -> Found:
    """The public status is the one that the two machines and `closed` make."""
    every = [
        (*states, derived_status(*states))
        for states in product(PaymentStatus.values, FulfillmentStatus.values, Closed.values)
    ]
    payment, fulfillment, closed, status = (list(column) for column in zip(*every, strict=True))
    return shop.offenders(
        """
        SELECT 'ord' AS kind, here.id, made.status AS expected, here.status AS found
        FROM {shop}.orders_order AS here
        LEFT JOIN unnest(
            %(payment)s::text[], %(fulfillment)s::text[], %(closed)s::text[], %(status)s::text[]
        ) AS made(payment, fulfillment, closed, status)
            ON (made.payment, made.fulfillment, made.closed)
                = (here.payment_status, here.fulfillment_status, here.closed)
        WHERE here.status IS DISTINCT FROM made.status
        """,
        payment=payment,
        fulfillment=fulfillment,
        closed=closed,
        status=status,
    )


@invariant("ORDER-002", "ORDER-005", gauge=Gauge.ORDER)
def times_agree_with_states(shop: Shop) -> Found:
    """Exactly the paid have a time of payment, exactly the closed one of closing; only the paid are
    fulfilled; the paid are cancelled by their full refund alone."""
    return shop.offenders("""
        SELECT 'ord' AS kind, id, 'times and states that go together' AS expected,
            concat(payment_status, ', ', fulfillment_status, ', closed ', closed,
                ', paid at ', paid_at, ', closed at ', closed_at) AS found
        FROM {shop}.orders_order
        WHERE (paid_at IS NOT NULL)
                <> (payment_status IN ('paid', 'partially_refunded', 'refunded'))
            OR (closed <> '') <> (closed_at IS NOT NULL)
            OR (fulfillment_status <> 'unfulfilled' AND paid_at IS NULL)
            OR (closed <> '' AND payment_status IN ('paid', 'partially_refunded'))
            OR (closed = 'failed' AND paid_at IS NOT NULL)
    """)


@invariant("ORDER-006", gauge=Gauge.ORDER)
def a_cart_makes_one_order(shop: Shop) -> Found:
    """No two orders are of one cart."""
    return shop.offenders("""
        SELECT 'cart' AS kind, cart_id AS id, '1 order' AS expected,
            concat(count(*), ' orders: ', string_agg(number, ', ' ORDER BY number)) AS found
        FROM {shop}.orders_order GROUP BY cart_id HAVING count(*) > 1
    """)


@invariant("ORDER-007", gauge=Gauge.ORDER)
def totals_add_up(shop: Shop) -> Found:
    """Lines − discounts + shipping + tax = total, and each line is quantity × price − discount."""
    return shop.offenders("""
        SELECT 'ord' AS kind, here.id,
            concat('total ', coalesce(lines.total, 0) - here.discount_amount
                + here.shipping_amount + here.tax_amount) AS expected,
            concat('total ', here.total_amount, ', subtotal ', here.subtotal_amount, ', lines ',
                lines.total, CASE WHEN NOT lines.each_adds_up THEN ', a line does not add up' END
            ) AS found
        FROM {shop}.orders_order AS here
        LEFT JOIN (
            SELECT order_id, sum(total_amount) AS total,
                bool_and(quantity > 0
                    AND total_amount = quantity * unit_price_amount - discount_amount
                ) AS each_adds_up
            FROM {shop}.orders_orderline GROUP BY order_id
        ) AS lines ON lines.order_id = here.id
        WHERE lines.total IS DISTINCT FROM here.subtotal_amount
            OR NOT lines.each_adds_up
            OR here.total_amount <> here.subtotal_amount - here.discount_amount
                + here.shipping_amount + here.tax_amount
            OR least(here.subtotal_amount, here.discount_amount, here.shipping_amount,
                here.tax_amount, here.total_amount) < 0
    """)


@invariant("STOCK-002", "ORDER-001", gauge=Gauge.STOCK)
def all_of_a_line_is_reserved(shop: Shop) -> Found:
    """Stock was reserved for all pieces of every order line, and for nothing else."""
    return shop.offenders("""
        SELECT 'oli' AS kind, coalesce(line.id, held.order_line_id) AS id,
            concat(coalesce(line.quantity, 0), ' reserved') AS expected,
            concat(coalesce(held.quantity, 0), ' reserved') AS found
        FROM {shop}.orders_orderline AS line
        FULL JOIN (
            SELECT order_id, order_line_id, sum(quantity) AS quantity
            FROM {shop}.inventory_reservation GROUP BY order_id, order_line_id
        ) AS held ON held.order_line_id = line.id AND held.order_id = line.order_id
        WHERE held.quantity IS DISTINCT FROM line.quantity
    """)


@invariant("STOCK-003", "ORDER-003", gauge=Gauge.STOCK)
def finished_orders_hold_no_stock(shop: Shop) -> Found:
    """Nothing is held for an order that is closed, or whose goods have all left."""
    return shop.offenders("""
        SELECT 'ord' AS kind, here.id, concat(here.status, ' holds nothing') AS expected,
            concat(held.pieces, ' held') AS found
        FROM {shop}.orders_order AS here
        JOIN (
            SELECT order_id, sum(quantity - shipped - released) AS pieces
            FROM {shop}.inventory_reservation
            WHERE quantity > shipped + released GROUP BY order_id
        ) AS held ON held.order_id = here.id
        WHERE here.closed <> ''
            OR here.fulfillment_status IN ('shipped', 'delivered', 'fulfilled')
    """)


@invariant("INV 8", "ORDER-001", gauge=Gauge.STOCK, severity=Severity.LATE)
def unpaid_orders_hold_no_stock_past_their_time(shop: Shop) -> Found:
    """An order that was not paid in time is closed and holds no stock, ten minutes later at
    most."""
    return shop.offenders(
        """
        SELECT 'ord' AS kind, id, concat('closed soon after ', expires_at) AS expected,
            status AS found
        FROM {shop}.orders_order
        WHERE status = ANY (%(unpaid)s) AND expires_at < %(overdue)s
        """,
        unpaid=[OrderStatus.PENDING, OrderStatus.AWAITING_PAYMENT],
        overdue=shop.now - EXPIRY_GRACE,
    )


@invariant("STOCK-003", gauge=Gauge.ORDER)
def parcels_hold_what_was_shipped(shop: Shop) -> Found:
    """Parcels hold no more of a line than has left the stock for it."""
    return shop.offenders("""
        SELECT 'oli' AS kind, packed.order_line_id AS id,
            concat('at most ', coalesce(gone.pieces, 0), ' in parcels') AS expected,
            concat(packed.pieces, ' in parcels') AS found
        FROM (
            SELECT order_line_id, sum(quantity) AS pieces
            FROM {shop}.orders_shipmentline GROUP BY order_line_id
        ) AS packed
        LEFT JOIN (
            SELECT order_line_id, sum(shipped) AS pieces
            FROM {shop}.inventory_reservation GROUP BY order_line_id
        ) AS gone ON gone.order_line_id = packed.order_line_id
        WHERE packed.pieces > coalesce(gone.pieces, 0)
    """)
