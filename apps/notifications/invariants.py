"""What must be true of messages."""

from datetime import timedelta

from apps.shared.invariants.declare import Found, Gauge, Severity, Shop, invariant

# A mail server that is away for longer leaves dead letters behind, which are told of by themselves.
SENDING_GRACE = timedelta(minutes=15)


@invariant("INV 5", gauge=Gauge.NOTIFICATION)
def a_message_is_written_once(shop: Shop) -> Found:
    """There is at most one message of a kind for an order."""
    return shop.offenders("""
        SELECT 'message' AS kind, replace(dedupe_key, '-', '') AS id, '1 message' AS expected,
            concat(count(*), ': ', string_agg('msg_' || replace(id::text, '-', ''), ', '
                ORDER BY id)) AS found
        FROM {shop}.notifications_message GROUP BY dedupe_key HAVING count(*) > 1
    """)


@invariant("INV 5", gauge=Gauge.NOTIFICATION, severity=Severity.LATE)
def messages_are_sent(shop: Shop) -> Found:
    """A message is sent, a quarter of an hour later at most, and then says when; or withdrawn.

    Or it is withheld in a restored shop, until somebody decides.
    """
    return shop.offenders(
        """
        SELECT 'msg' AS kind, id, 'sent' AS expected,
            concat(status, ', written at ', created_at, ', sent at ', sent_at) AS found
        FROM {shop}.notifications_message
        WHERE (status = 'sent') <> (sent_at IS NOT NULL)
            OR (status NOT IN ('sent', 'withdrawn', 'withheld') AND created_at < %(overdue)s)
        """,
        overdue=shop.now - SENDING_GRACE,
    )
