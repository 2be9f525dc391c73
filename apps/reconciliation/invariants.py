"""What must be true of the providers' word and ours."""

from apps.shared.invariants.declare import Found, Gauge, Severity, Shop, invariant

DAYS = 30


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
