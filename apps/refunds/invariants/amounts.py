"""What refunds may amount to."""

from apps.shared.invariants.declare import Found, Gauge, Shop, invariant


@invariant("REF-001", "REF-003", gauge=Gauge.REFUND)
def refunds_give_captured_money_back(shop: Shop) -> Found:
    """A refund that is under way or done names a payment of its order that took money, in its
    currency; what was never the order's own (an orphan) names a flagged one."""
    return shop.offenders("""
        SELECT 'ref' AS kind, refund.id, 'a payment of its order that took money' AS expected,
            concat(coalesce(intent.status, 'no payment'), ' ', intent.currency, ' ', intent.flag
            ) AS found
        FROM {shop}.refunds_refund AS refund
        LEFT JOIN {shop}.payments_paymentintent AS intent
            ON intent.id = refund.payment_id AND intent.order_id = refund.order_id
            AND CASE WHEN refund.is_orphan THEN intent.flag <> ''
                ELSE intent.currency = refund.currency AND intent.status = 'succeeded' END
        WHERE refund.status NOT IN ('rejected', 'cancelled', 'failed') AND intent.id IS NULL
    """)


@invariant("REF-002", gauge=Gauge.REFUND)
def refunds_add_up(shop: Shop) -> Found:
    """A refund's amount is positive: its lines', its shipping's and its other amount together."""
    return shop.offenders("""
        SELECT 'ref' AS kind, refund.id, concat(coalesce(lines.amount, 0) + refund.shipping_amount
            + refund.other_amount) AS expected, refund.amount AS found
        FROM {shop}.refunds_refund AS refund
        LEFT JOIN (
            SELECT refund_id, sum(amount) AS amount
            FROM {shop}.refunds_refundline GROUP BY refund_id
        ) AS lines ON lines.refund_id = refund.id
        WHERE refund.amount <= 0 OR refund.amount <> coalesce(lines.amount, 0)
            + refund.shipping_amount + refund.other_amount
    """)


@invariant("REF-003", "INV 3", gauge=Gauge.REFUND)
def no_more_is_given_back_than_was_captured(shop: Shop) -> Found:
    """What refunds of a payment gave back or hold is no more than it captured.

    Orphans give back what the provider holds, which may be another amount than was asked for.
    """
    return shop.offenders("""
        SELECT 'pay' AS kind, intent.id, concat('at most ', intent.amount - intent.amount_released
            ) AS expected,
            concat(taken.amount, ' given back or in flight') AS found
        FROM {shop}.payments_paymentintent AS intent
        JOIN (
            SELECT payment_id, sum(amount) AS amount FROM {shop}.refunds_refund
            WHERE NOT is_orphan AND (status IN ('requested', 'approved', 'processing')
                OR (status = 'succeeded' AND reversed_at IS NULL))
            GROUP BY payment_id
        ) AS taken ON taken.payment_id = intent.id
        WHERE taken.amount > intent.amount - intent.amount_released
    """)


@invariant("ORDER-004", gauge=Gauge.REFUND)
def no_more_is_given_back_than_the_total(shop: Shop) -> Found:
    """What succeeded refunds gave back of an order is no more than was charged for it."""
    return shop.offenders("""
        SELECT 'ord' AS kind, here.id, concat('at most ', here.total_amount - here.reduction_amount
            ) AS expected,
            concat(given.amount, ' given back') AS found
        FROM {shop}.orders_order AS here
        JOIN (
            SELECT order_id, sum(amount) AS amount FROM {shop}.refunds_refund
            WHERE status = 'succeeded' AND reversed_at IS NULL AND NOT is_orphan
            GROUP BY order_id
        ) AS given ON given.order_id = here.id
        WHERE given.amount > here.total_amount - here.reduction_amount
    """)


@invariant("REF-003", gauge=Gauge.REFUND)
def no_more_pieces_are_refunded_than_ordered(shop: Shop) -> Found:
    """Of an order's line no more pieces are refunded, or asked to be, than were ordered."""
    return shop.offenders("""
        SELECT 'oli' AS kind, taken.order_line_id AS id,
            concat('at most ', line.quantity) AS expected,
            concat(taken.pieces, ' refunded') AS found
        FROM (
            SELECT part.order_line_id, refund.order_id, sum(part.quantity) AS pieces
            FROM {shop}.refunds_refundline AS part
            JOIN {shop}.refunds_refund AS refund ON refund.id = part.refund_id
            WHERE refund.status IN ('requested', 'approved', 'processing')
                OR (refund.status = 'succeeded' AND refund.reversed_at IS NULL)
            GROUP BY part.order_line_id, refund.order_id
        ) AS taken
        LEFT JOIN {shop}.orders_orderline AS line
            ON line.id = taken.order_line_id AND line.order_id = taken.order_id
        WHERE taken.pieces > coalesce(line.quantity, 0)
    """)
