"""What must be true of events on their way."""

from datetime import timedelta

from apps.shared.invariants.declare import Found, Gauge, Severity, Shop, invariant

# What nobody has taken up, or whose lease has run out, for so long waits for somebody who is away.
UNTOUCHED_GRACE = timedelta(seconds=60)


@invariant("INV 7", gauge=Gauge.EVENT, severity=Severity.LATE)
def events_are_delivered(shop: Shop) -> Found:
    """No delivery of an event older than 60 s waits for a relay or a worker for longer than that.

    One that failed and is tried again waits until it is due; after the fifth attempt it is dead.
    """
    return shop.offenders(
        """
        SELECT 'delivery' AS kind, delivery.id, concat('delivered soon after ', delivery.due_at
            ) AS expected,
            concat(delivery.state, ' after ', delivery.attempts, ' attempts: ', event.name, ' of ',
                event.occurred_at, ' to ', delivery.subscriber) AS found
        FROM {shop}.outbox_eventdelivery AS delivery
        JOIN {shop}.outbox_domainevent AS event ON event.id = delivery.event_id
        WHERE delivery.state IN ('pending', 'running')
            AND event.occurred_at < %(untouched)s
            AND delivery.due_at < %(untouched)s
        """,
        untouched=shop.now - UNTOUCHED_GRACE,
    )


@invariant("INV 7", gauge=Gauge.EVENT)
def there_are_no_dead_letters(shop: Shop) -> Found:
    """No delivery was given up."""
    return shop.offenders("""
        SELECT 'delivery' AS kind, delivery.id, 'delivered' AS expected,
            concat(event.name, ' of ', event.occurred_at, ' to ', delivery.subscriber, ': ',
                split_part(delivery.last_error, chr(10), 1)) AS found
        FROM {shop}.outbox_eventdelivery AS delivery
        JOIN {shop}.outbox_domainevent AS event ON event.id = delivery.event_id
        WHERE delivery.state = 'dead'
    """)
