"""What refunds did to orders, stock and books."""

from apps.shared.invariants.declare import Found, Gauge, Shop, invariant


@invariant("REF-004", "STOCK-005", gauge=Gauge.STOCK)
def stock_comes_back_with_its_refund(shop: Shop) -> Found:
    """Stock that a refund released or took back is what its lines say, once, after it succeeded.

    The refund that gives the last of an order back frees all that the order still held. Where it
    did not fit nothing moved: that is named here until a person has said what became of the goods.
    """
    return shop.offenders("""
        SELECT 'refund' AS kind, coalesce(wanted.public_id, moved.reference_id) AS id,
            concat('released ', coalesce(wanted.released, 0), ', returned ',
                coalesce(wanted.returned, 0)) AS expected,
            concat('released ', coalesce(moved.released, 0), ', returned ',
                coalesce(moved.returned, 0)) AS found
        FROM (
            SELECT concat('ref_', replace(refund.id::text, '-', '')) AS public_id,
                coalesce(part.released, 0) AS released, coalesce(part.returned, 0) AS returned,
                coalesce(here.payment_status = 'refunded', false) AS is_last
            FROM {shop}.refunds_refund AS refund
            LEFT JOIN {shop}.orders_order AS here ON here.id = refund.order_id
            LEFT JOIN (
                SELECT refund_id,
                    sum(quantity) FILTER (WHERE restock = 'reserved') AS released,
                    sum(quantity) FILTER (WHERE restock = 'returned') AS returned
                FROM {shop}.refunds_refundline GROUP BY refund_id
            ) AS part ON part.refund_id = refund.id
            WHERE refund.status = 'succeeded'
        ) AS wanted
        FULL JOIN (
            SELECT reference_id,
                coalesce(-sum(reserved_delta) FILTER (WHERE reason = 'release'), 0) AS released,
                coalesce(sum(on_hand_delta) FILTER (WHERE reason = 'return'), 0) AS returned
            FROM {shop}.inventory_stockmovement
            WHERE reference_type = 'refund' GROUP BY reference_id
        ) AS moved ON moved.reference_id = wanted.public_id
        WHERE NOT coalesce(coalesce(moved.returned, 0) = wanted.returned AND (
            coalesce(moved.released, 0) = wanted.released
            OR (wanted.is_last AND coalesce(moved.released, 0) > wanted.released)
        ), false)
    """)


@invariant("REF-007", gauge=Gauge.REFUND)
def orders_are_refunded_with_their_total(shop: Shop) -> Found:
    """An order is refunded exactly when succeeded refunds are all that was charged, and partially
    when they are less; what the provider reversed later does not take an order back."""
    return shop.offenders("""
        SELECT 'ord' AS kind, here.id, concat(CASE
                WHEN coalesce(given.kept, 0) = here.due THEN 'refunded'
                WHEN coalesce(given.ever, 0) > 0 THEN 'partially_refunded'
                ELSE 'nothing refunded' END, ' of ', here.due) AS expected,
            concat(here.payment_status, ' at ', coalesce(given.kept, 0)) AS found
        FROM (
            SELECT id, payment_status, total_amount - reduction_amount AS due
            FROM {shop}.orders_order
        ) AS here
        LEFT JOIN (
            SELECT order_id, sum(amount) AS ever,
                coalesce(sum(amount) FILTER (WHERE reversed_at IS NULL), 0) AS kept
            FROM {shop}.refunds_refund
            WHERE status = 'succeeded' AND NOT is_orphan GROUP BY order_id
        ) AS given ON given.order_id = here.id
        WHERE CASE here.payment_status
            WHEN 'refunded' THEN coalesce(given.ever, 0) < here.due
            WHEN 'partially_refunded' THEN coalesce(given.ever, 0) = 0
                OR given.kept = here.due
            WHEN 'paid' THEN coalesce(given.ever, 0) > 0
            ELSE false
        END
    """)


@invariant("FIN-002", "INV 3", gauge=Gauge.FINANCE)
def refunds_are_booked(shop: Shop) -> Found:
    """A succeeded refund of a booked payment is debited once, a reversed one credited again; no
    other refund is in the books."""
    return shop.offenders("""
        SELECT 'ref' AS kind, coalesce(refund.id, booked.source_id) AS id,
            concat('debit ', refund.debit, ', credit ', refund.credit) AS expected,
            concat('debit ', booked.debit, ', credit ', booked.credit) AS found
        FROM (
            SELECT one.id, one.amount AS debit,
                CASE WHEN one.reversed_at IS NULL THEN 0 ELSE one.amount END AS credit
            FROM {shop}.refunds_refund AS one
            -- Money that never paid its order was not booked, and its refund is not either.
            WHERE one.status = 'succeeded' AND NOT one.is_orphan AND EXISTS (
                SELECT 1 FROM {shop}.finance_financialtransaction
                WHERE source_id = one.payment_id AND kind = 'credit'
            )
        ) AS refund
        FULL JOIN (
            SELECT source_id, sum(amount) FILTER (WHERE kind = 'debit') AS debit,
                coalesce(sum(amount) FILTER (WHERE kind = 'credit'), 0) AS credit
            FROM {shop}.finance_financialtransaction WHERE NOT is_dispute
            GROUP BY source_id HAVING bool_or(kind = 'debit')
        ) AS booked ON booked.source_id = refund.id
        WHERE (refund.debit, refund.credit) IS DISTINCT FROM (booked.debit, booked.credit)
    """)


@invariant("FIN-005", "INV 3", gauge=Gauge.FINANCE)
def books_balance(shop: Shop) -> Found:
    """Credits − debits of an order are what was captured for it − what was given back − what was
    taken back for lost disputes."""
    return shop.offenders("""
        SELECT 'ord' AS kind, books.order_id AS id,
            coalesce(captured.amount, 0) - coalesce(given.amount, 0) - coalesce(lost.amount, 0)
                AS expected,
            coalesce(booked.amount, 0) AS found
        FROM {shop}.finance_financialorder AS books
        LEFT JOIN (
            SELECT financial_order_id,
                sum(CASE kind WHEN 'credit' THEN amount ELSE -amount END) AS amount
            FROM {shop}.finance_financialtransaction GROUP BY financial_order_id
        ) AS booked ON booked.financial_order_id = books.id
        LEFT JOIN (
            SELECT order_id, sum(amount - amount_released) AS amount
            FROM {shop}.payments_paymentintent
            WHERE status = 'succeeded' GROUP BY order_id
        ) AS captured ON captured.order_id = books.order_id
        LEFT JOIN (
            SELECT order_id, sum(amount) AS amount FROM {shop}.refunds_refund
            WHERE status = 'succeeded' AND reversed_at IS NULL AND NOT is_orphan
            GROUP BY order_id
        ) AS given ON given.order_id = books.order_id
        LEFT JOIN (
            SELECT intent.order_id, sum(dispute.booked_amount) AS amount
            FROM {shop}.payments_paymentdispute AS dispute
            JOIN {shop}.payments_paymentintent AS intent ON intent.id = dispute.payment_id
            GROUP BY intent.order_id
        ) AS lost ON lost.order_id = books.order_id
        WHERE books.status = 'paid' AND coalesce(booked.amount, 0)
            <> coalesce(captured.amount, 0) - coalesce(given.amount, 0) - coalesce(lost.amount, 0)
    """)
