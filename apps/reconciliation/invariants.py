"""What must be true of the providers' word and ours."""

from datetime import timedelta

from apps.payments.gateways import providers
from apps.shared.invariants.declare import Found, Gauge, Severity, Shop, invariant

DAYS = 30
# Nights in a row that may fail before somebody is told.
SILENT_DAYS = 3


@invariant("FIN-005", gauge=Gauge.FINANCE, severity=Severity.LATE)
def providers_agree(shop: Shop) -> Found:
    """The last comparison of each of the last thirty days found no difference."""
    return shop.offenders(
        """
        SELECT 'reconciliation' AS kind, id, '0 differences' AS expected,
            concat(difference_count, ' at ', provider, ' on ', "on") AS found
        FROM {shop}.reconciliation_reconciliation
        WHERE difference_count > 0
            AND "on" >= (%(now)s::timestamptz AT TIME ZONE 'UTC')::date - %(days)s::integer
        """,
        days=DAYS,
    )


@invariant("FIN-005", gauge=Gauge.FINANCE, severity=Severity.LATE)
def providers_are_compared(shop: Shop) -> Found:
    """Each active account with payments of the last month was compared in the last three days."""
    return shop.offenders(
        """
        SELECT 'payment account' AS kind, account.id,
            'a comparison in the last three days' AS expected,
            coalesce('at ' || account.provider || ' none since ' || last.run_at,
                'none at ' || account.provider) AS found
        FROM {shop}.payments_paymentaccount AS account
        LEFT JOIN LATERAL (
            SELECT max(run_at) AS run_at FROM {shop}.reconciliation_reconciliation
            WHERE provider = account.provider
        ) AS last ON true
        WHERE account.is_active AND account.provider = ANY(%(tell)s)
            AND coalesce(last.run_at < %(silent_since)s::timestamptz, true)
            AND EXISTS (
                SELECT FROM {shop}.payments_paymentintent AS payment
                WHERE payment.provider = account.provider AND payment.status = 'succeeded'
                    AND payment.created_at < %(silent_since)s::timestamptz
                    AND payment.created_at > %(month_ago)s::timestamptz
            )
        """,
        tell=[one.code for one in providers() if one.capabilities.lists_money],
        silent_since=shop.now - timedelta(days=SILENT_DAYS),
        month_ago=shop.now - timedelta(days=DAYS),
    )
