"""What must be true of payments and of what the providers told us."""

from datetime import timedelta

from apps.shared.invariants.declare import Found, Gauge, Severity, Shop, invariant

# A handler is tried for some four minutes before its delivery is a dead letter.
WEBHOOK_GRACE = timedelta(minutes=15)
# "Within minutes" (PAY-008): the sweep comes every minute, and a provider may be away for a while.
ORPHAN_GRACE = timedelta(minutes=30)
# It is tried for some four minutes, and then as often as the payment is asked for.
CAPTURE_GRACE = timedelta(hours=24)


@invariant("PAY-001", "INV 2", gauge=Gauge.PAYMENT)
def one_payment_is_active_and_one_captured(shop: Shop) -> Found:
    """An order has at most one payment under way, and at most one that took money."""
    return shop.offenders("""
        SELECT 'ord' AS kind, order_id AS id, concat('1 ', status) AS expected,
            concat(count(*), ': ', string_agg('pay_' || replace(id::text, '-', ''), ', '
                ORDER BY id)) AS found
        FROM {shop}.payments_paymentintent WHERE status IN ('processing', 'succeeded')
        GROUP BY order_id, status HAVING count(*) > 1
    """)


@invariant("PAY-004", "ORDER-005", gauge=Gauge.PAYMENT)
def references_name_one_payment(shop: Shop) -> Found:
    """A payment that took money has the provider's reference, and no two have the same."""
    return shop.offenders("""
        SELECT 'pay' AS kind, id, 'a reference of its own' AS expected, provider_reference AS found
        FROM (
            SELECT id, status, provider_reference,
                count(*) OVER (PARTITION BY provider, provider_reference) AS same
            FROM {shop}.payments_paymentintent
        ) AS intent
        WHERE (provider_reference IS NOT NULL AND same > 1)
            OR (status = 'succeeded' AND coalesce(provider_reference, '') = '')
    """)


@invariant("PAY-002", gauge=Gauge.PAYMENT)
def payments_collect_something(shop: Shop) -> Found:
    """A payment has a positive amount and a known status."""
    return shop.offenders("""
        SELECT 'pay' AS kind, id, 'a positive amount, a known status' AS expected,
            concat(amount, ' ', currency, ', ', status) AS found
        FROM {shop}.payments_paymentintent
        WHERE amount <= 0 OR status NOT IN ('processing', 'succeeded', 'failed', 'cancelled')
    """)


@invariant("PAY-002", "ORDER-007", gauge=Gauge.PAYMENT)
def a_part_is_captured_by_hand(shop: Shop) -> Found:
    """Only a payment that succeeded, of a shop that captures by hand, releases a part of its
    amount; a capture that was asked for and succeeded is what was taken."""
    return shop.offenders("""
        SELECT 'pay' AS kind, intent.id, concat('0 to ', intent.amount - 1, ' released, ',
                coalesce(asked.amount, intent.amount - intent.amount_released), ' captured'
            ) AS expected,
            concat(intent.amount_released, ' released, ',
                intent.amount - intent.amount_released, ' captured, ', intent.status) AS found
        FROM {shop}.payments_paymentintent AS intent
        LEFT JOIN {shop}.payments_paymentcapture AS asked
            ON asked.payment_id = intent.id AND asked.status = 'succeeded'
        WHERE (intent.amount_released <> 0 AND NOT (intent.status = 'succeeded'
                AND intent.is_captured_by_hand
                AND intent.amount_released BETWEEN 0 AND intent.amount - 1))
            OR (asked.id IS NOT NULL AND (intent.status <> 'succeeded'
                OR asked.amount <> intent.amount - intent.amount_released))
    """)


@invariant("PAY-005", gauge=Gauge.PAYMENT, severity=Severity.LATE)
def captures_come_to_an_end(shop: Shop) -> Found:
    """A capture that somebody asked for is of a payment under way, and done a day later at most."""
    return shop.offenders(
        """
        SELECT 'pay' AS kind, asked.payment_id AS id, 'captured, or refused' AS expected,
            concat(asked.amount, ' ', asked.currency, ' asked for at ', asked.requested_at,
                ', payment ', intent.status) AS found
        FROM {shop}.payments_paymentcapture AS asked
        JOIN {shop}.payments_paymentintent AS intent ON intent.id = asked.payment_id
        WHERE asked.status = 'requested'
            AND (intent.status <> 'processing' OR asked.requested_at < %(overdue)s)
        """,
        overdue=shop.now - CAPTURE_GRACE,
    )


@invariant("PAY-007", gauge=Gauge.PAYMENT)
def a_webhook_is_stored_once(shop: Shop) -> Found:
    """A provider's event is stored once, however often it arrived."""
    return shop.offenders("""
        SELECT 'provider event' AS kind, min(id) AS id, '1 row' AS expected,
            concat(count(*), ' of ', event_id) AS found
        FROM {shop}.payments_providerevent
        GROUP BY provider, account, event_id HAVING count(*) > 1
    """)


@invariant("PAY-006", "INV 7", gauge=Gauge.PAYMENT, severity=Severity.LATE)
def webhooks_are_worked_on(shop: Shop) -> Found:
    """A stored webhook was worked on, a quarter of an hour later at most."""
    return shop.offenders(
        """
        SELECT 'provider event' AS kind, id, 'processed' AS expected,
            concat(event_type, ' ', event_id, ' ', state, ' since ', received_at) AS found
        FROM {shop}.payments_providerevent
        WHERE state <> 'processed' AND received_at < %(overdue)s
        """,
        overdue=shop.now - WEBHOOK_GRACE,
    )


@invariant("PAY-008", "INV 2", gauge=Gauge.PAYMENT, severity=Severity.LATE)
def flagged_money_is_resolved(shop: Shop) -> Found:
    """Money that fits no order was attached or given back, half an hour later at most."""
    return shop.offenders(
        """
        SELECT 'pay' AS kind, id, 'attached or given back' AS expected,
            concat(flag, ' since ', updated_at) AS found
        FROM {shop}.payments_paymentintent
        WHERE flag <> '' AND resolved_at IS NULL AND updated_at < %(overdue)s
        """,
        overdue=shop.now - ORPHAN_GRACE,
    )
