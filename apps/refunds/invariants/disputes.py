"""What payers took back through their banks."""

from datetime import timedelta

from apps.shared.invariants.declare import Found, Gauge, Severity, Shop, invariant

# A handler is tried for some four minutes before its delivery is a dead letter.
BOOKING_GRACE = timedelta(minutes=15)


@invariant("FIN-005", "INV 3", gauge=Gauge.FINANCE)
def lost_money_is_debited(shop: Shop) -> Found:
    """What a dispute holds of the books is one debit under its booking, and nothing came back of
    it."""
    return shop.offenders("""
        SELECT 'dispute' AS kind, coalesce(dispute.reference, booked.source_id::text) AS id,
            concat('debit ', coalesce(dispute.booked_amount, 0)) AS expected,
            concat('debit ', coalesce(booked.amount, 0)) AS found
        FROM (
            SELECT reference, booking_id, booked_amount FROM {shop}.payments_paymentdispute
            WHERE booking_id IS NOT NULL
        ) AS dispute
        FULL JOIN (
            SELECT source_id, sum(CASE kind WHEN 'debit' THEN amount ELSE -amount END) AS amount
            FROM {shop}.finance_financialtransaction WHERE is_dispute
            GROUP BY source_id
            HAVING sum(CASE kind WHEN 'debit' THEN amount ELSE -amount END) <> 0
        ) AS booked ON booked.source_id = dispute.booking_id
        WHERE booked.amount IS DISTINCT FROM dispute.booked_amount
    """)


@invariant("FIN-005", gauge=Gauge.FINANCE, severity=Severity.LATE)
def disputes_are_booked(shop: Shop) -> Found:
    """A lost dispute of a booked payment is on the books, and a won one is not, a quarter of an
    hour later at most."""
    return shop.offenders(
        """
        SELECT 'dispute' AS kind, dispute.reference AS id,
            CASE dispute.status WHEN 'lost' THEN 'a debit' ELSE 'none' END AS expected,
            concat('debit ', dispute.booked_amount, ', ', dispute.status, ' since ',
                dispute.told_at) AS found
        FROM {shop}.payments_paymentdispute AS dispute
        JOIN {shop}.finance_financialtransaction AS credit
            ON credit.source_id = dispute.payment_id AND credit.kind = 'credit'
        WHERE dispute.told_at < %(overdue)s AND credit.created_at < %(overdue)s
            AND CASE dispute.status
                WHEN 'won' THEN dispute.booking_id IS NOT NULL
                WHEN 'lost' THEN dispute.booking_id IS NULL AND (
                    SELECT sum(CASE kind WHEN 'debit' THEN -amount ELSE amount END)
                    FROM {shop}.finance_financialtransaction
                    WHERE financial_order_id = credit.financial_order_id
                ) > 0
                ELSE false END
        """,
        overdue=shop.now - BOOKING_GRACE,
    )
