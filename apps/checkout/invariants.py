"""What must agree among carts, orders, payments and books."""

from datetime import timedelta

from apps.shared.invariants.declare import Found, Gauge, Severity, Shop, invariant

# The event that settles a payment is tried for some four minutes.
SETTLEMENT_GRACE = timedelta(minutes=15)
# A payment is given up when its order is closed; the provider may be away for a while.
GIVING_UP_GRACE = timedelta(hours=2)


@invariant("CART-001", "ORDER-006", gauge=Gauge.CART)
def carts_are_completed_with_their_order(shop: Shop) -> Found:
    """A completed cart has its order, and an order's cart, while it is kept, is completed."""
    return shop.offenders("""
        SELECT 'cart' AS kind, cart.id,
            CASE WHEN here.id IS NULL THEN 'an order' ELSE 'completed' END AS expected,
            concat('completed at ', cart.completed_at, ', order ', here.number) AS found
        FROM {shop}.cart_cart AS cart
        LEFT JOIN {shop}.orders_order AS here ON here.cart_id = cart.id
        WHERE (cart.completed_at IS NULL) <> (here.id IS NULL)
    """)


@invariant("CART-003", "ORDER-008", gauge=Gauge.CART)
def what_was_in_the_cart_was_ordered(shop: Shop) -> Found:
    """Of each variant as many pieces were ordered as the completed cart holds (S5)."""
    return shop.offenders("""
        SELECT 'cart' AS kind, coalesce(wanted.cart_id, ordered.cart_id) AS id,
            concat(coalesce(wanted.quantity, 0), ' of var_',
                replace(wanted.variant_id::text, '-', '')) AS expected,
            concat(coalesce(ordered.quantity, 0), ' of var_',
                replace(ordered.variant_id::text, '-', ''), ' ordered') AS found
        FROM (
            SELECT line.cart_id, line.variant_id, sum(line.quantity) AS quantity
            FROM {shop}.cart_cartline AS line
            JOIN {shop}.orders_order AS here ON here.cart_id = line.cart_id
            GROUP BY line.cart_id, line.variant_id
        ) AS wanted
        FULL JOIN (
            SELECT here.cart_id, line.variant_id, sum(line.quantity) AS quantity
            FROM {shop}.orders_orderline AS line
            JOIN {shop}.orders_order AS here ON here.id = line.order_id
            WHERE EXISTS (SELECT 1 FROM {shop}.cart_cart WHERE id = here.cart_id)
            GROUP BY here.cart_id, line.variant_id
        ) AS ordered
            ON ordered.cart_id = wanted.cart_id AND ordered.variant_id = wanted.variant_id
        WHERE wanted.quantity IS DISTINCT FROM ordered.quantity
    """)


@invariant("ORDER-007", "FIN-006", "ORDER-008", gauge=Gauge.FINANCE)
def books_hold_the_order_s_totals(shop: Shop) -> Found:
    """Every order has books, locked over its own amounts; no books are of no order."""
    return shop.offenders("""
        SELECT 'ord' AS kind, coalesce(here.id, books.order_id) AS id,
            concat(here.number, ': ', here.subtotal_amount, ' − ', here.discount_amount, ' + ',
                here.shipping_amount, ' + ', here.tax_amount, ' = ', here.total_amount, ' ',
                here.currency) AS expected,
            concat('books of ', books.order_number, ': ', books.subtotal_amount, ' − ',
                books.discount_amount, ' + ', books.shipping_amount, ' + ', books.tax_amount,
                ' = ', books.total_amount, ' ', books.currency) AS found
        FROM {shop}.orders_order AS here
        FULL JOIN {shop}.finance_financialorder AS books ON books.order_id = here.id
        WHERE (here.number, here.subtotal_amount, here.discount_amount, here.shipping_amount,
                here.tax_amount, here.total_amount, here.currency)
            IS DISTINCT FROM (books.order_number, books.subtotal_amount, books.discount_amount,
                books.shipping_amount, books.tax_amount, books.total_amount, books.currency)
    """)


@invariant("ORDER-008", gauge=Gauge.ORDER)
def orders_are_still_the_snapshot(shop: Shop) -> Found:
    """An order's lines are still those that its books locked: names, prices and quantities."""
    return shop.offenders("""
        SELECT 'ord' AS kind, books.order_id AS id, locked.lines AS expected,
            ordered.lines AS found
        FROM {shop}.finance_financialorder AS books
        CROSS JOIN LATERAL (
            SELECT string_agg(concat(line ->> 'quantity', ' × ', line ->> 'sku', ' ',
                line ->> 'title', ' ', line ->> 'variant_title', ' at ',
                line ->> 'unit_price_amount', ', tax ', line ->> 'tax_amount'),
                '; ' ORDER BY place) AS lines
            FROM jsonb_array_elements(books.content -> 'lines') WITH ORDINALITY AS l(line, place)
        ) AS locked
        LEFT JOIN (
            SELECT order_id, string_agg(concat(quantity, ' × ', sku, ' ', title, ' ',
                variant_title, ' at ', unit_price_amount, ', tax ', tax_amount),
                '; ' ORDER BY position) AS lines
            FROM {shop}.orders_orderline GROUP BY order_id
        ) AS ordered ON ordered.order_id = books.order_id
        WHERE ordered.lines IS DISTINCT FROM locked.lines
    """)


@invariant("PAY-002", "ORDER-007", "INV 2", gauge=Gauge.PAYMENT)
def payments_are_for_the_order_s_total(shop: Shop) -> Found:
    """Every payment is over the total of its order, in its currency."""
    return shop.offenders("""
        SELECT 'pay' AS kind, intent.id, concat(here.total_amount, ' ', here.currency) AS expected,
            concat(intent.amount, ' ', intent.currency) AS found
        FROM {shop}.payments_paymentintent AS intent
        LEFT JOIN {shop}.orders_order AS here ON here.id = intent.order_id
        WHERE (intent.amount, intent.currency)
            IS DISTINCT FROM (here.total_amount, here.currency)
    """)


@invariant("ORDER-007", "INV 2", gauge=Gauge.PAYMENT)
def what_was_not_captured_is_not_charged(shop: Shop) -> Found:
    """A paid order and its books are reduced by just what its payment released."""
    return shop.offenders("""
        SELECT 'ord' AS kind, here.id,
            concat(intent.amount_released, ' released, so ', here.total_amount
                - intent.amount_released, ' charged') AS expected,
            concat('order reduced by ', here.reduction_amount, ', books by ',
                books.reduction_amount) AS found
        FROM {shop}.orders_order AS here
        JOIN {shop}.finance_financialorder AS books ON books.order_id = here.id
        JOIN {shop}.payments_paymentintent AS intent
            ON intent.order_id = here.id AND intent.status = 'succeeded'
        WHERE here.paid_at IS NOT NULL
            AND (here.reduction_amount, books.reduction_amount)
                <> (intent.amount_released, intent.amount_released)
    """)


@invariant("ORDER-005", "INV 2", gauge=Gauge.PAYMENT)
def paid_orders_were_paid_by_the_provider(shop: Shop) -> Found:
    """A paid order has a payment of which the provider said that it succeeded, credited in its
    books."""
    return shop.offenders("""
        SELECT 'ord' AS kind, here.id, 'a payment that succeeded and is credited' AS expected,
            concat('paid at ', here.paid_at, ', payment ', coalesce(intent.status, 'none'),
                ', books ', books.status, CASE WHEN credit.id IS NULL THEN ', no credit' END
            ) AS found
        FROM {shop}.orders_order AS here
        LEFT JOIN {shop}.payments_paymentintent AS intent
            ON intent.order_id = here.id AND intent.status = 'succeeded'
        LEFT JOIN {shop}.finance_financialorder AS books ON books.order_id = here.id
        LEFT JOIN {shop}.finance_financialtransaction AS credit
            ON credit.source_id = intent.id AND credit.kind = 'credit'
            AND credit.financial_order_id = books.id
        WHERE here.paid_at IS NOT NULL
            AND (intent.id IS NULL OR credit.id IS NULL OR books.status <> 'paid')
    """)


@invariant("FIN-002", "ORDER-005", gauge=Gauge.FINANCE)
def books_are_paid_with_their_order(shop: Shop) -> Found:
    """Books are paid exactly when their order is, at the same moment."""
    return shop.offenders("""
        SELECT 'ord' AS kind, here.id,
            concat('books paid at ', coalesce(here.paid_at::text, 'no time')) AS expected,
            concat('books ', books.status, ' at ', coalesce(books.paid_at::text, 'no time')
            ) AS found
        FROM {shop}.orders_order AS here
        JOIN {shop}.finance_financialorder AS books ON books.order_id = here.id
        WHERE (books.status = 'paid') <> (here.paid_at IS NOT NULL)
            OR books.paid_at IS DISTINCT FROM here.paid_at
    """)


@invariant("PAY-008", "INV 2", gauge=Gauge.PAYMENT, severity=Severity.LATE)
def captured_payments_are_settled(shop: Shop) -> Found:
    """A payment that took money has paid its order or was flagged, a quarter of an hour later at
    most."""
    return shop.offenders(
        """
        SELECT 'pay' AS kind, intent.id, 'a paid order, or a flag' AS expected,
            concat('succeeded at ', intent.updated_at, ', order ', coalesce(here.status, 'missing')
            ) AS found
        FROM {shop}.payments_paymentintent AS intent
        LEFT JOIN {shop}.orders_order AS here ON here.id = intent.order_id
        WHERE intent.status = 'succeeded' AND intent.flag = '' AND here.paid_at IS NULL
            AND intent.updated_at < %(overdue)s
        """,
        overdue=shop.now - SETTLEMENT_GRACE,
    )


@invariant("PAY-005", gauge=Gauge.PAYMENT, severity=Severity.LATE)
def closed_orders_collect_nothing(shop: Shop) -> Found:
    """The payment of a closed order is given up at the provider, two hours later at most."""
    return shop.offenders(
        """
        SELECT 'pay' AS kind, intent.id, 'cancelled or ended' AS expected,
            concat('under way, order ', here.status, ' at ', here.closed_at) AS found
        FROM {shop}.payments_paymentintent AS intent
        JOIN {shop}.orders_order AS here ON here.id = intent.order_id
        WHERE intent.status = 'processing' AND here.closed <> '' AND here.closed_at < %(overdue)s
        """,
        overdue=shop.now - GIVING_UP_GRACE,
    )


@invariant("IDEM-005", "INV 4", gauge=Gauge.IDEMPOTENCY)
def kept_answers_are_true(shop: Shop) -> Found:
    """Each kept answer that placed an order names an order that there is, over the same total."""
    return shop.offenders("""
        SELECT 'idempotency record' AS kind, told.id,
            concat(told.number, ' over ', told.total) AS expected,
            concat(here.number, ' over ', here.total_amount) AS found
        FROM (
            SELECT id, answer ->> 'number' AS number,
                (answer #>> '{totals,total,amount}')::bigint AS total
            FROM (
                SELECT id, convert_from(body, 'UTF8')::jsonb AS answer
                FROM {shop}.idempotency_idempotencyrecord
                WHERE method = 'POST' AND status_code = 201
                    AND path LIKE '/api/v1/carts/%%/complete'
            ) AS kept
        ) AS told
        LEFT JOIN {shop}.orders_order AS here ON here.number = told.number
        WHERE here.total_amount IS DISTINCT FROM told.total
    """)
