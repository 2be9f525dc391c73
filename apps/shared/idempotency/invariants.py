"""What must be true of kept answers."""

from apps.shared.invariants.declare import Found, Gauge, Shop, invariant


@invariant("IDEM-007", gauge=Gauge.IDEMPOTENCY)
def only_final_answers_are_kept(shop: Shop) -> Found:
    """Kept are answers of 2xx and final 4xx; never those that may be another the next time."""
    return shop.offenders("""
        SELECT 'idempotency record' AS kind, id, '2xx or a final 4xx' AS expected,
            status_code AS found
        FROM {shop}.idempotency_idempotencyrecord
        WHERE status_code NOT BETWEEN 200 AND 299 AND (
            status_code NOT BETWEEN 400 AND 499 OR status_code IN (400, 401, 412, 428, 429)
        )
    """)


@invariant("IDEM-001", "IDEM-006", gauge=Gauge.IDEMPOTENCY)
def a_key_has_one_answer(shop: Shop) -> Found:
    """For one caller, method, path and key there is one record, which is an answer or a claim that
    ends."""
    return shop.offenders("""
        SELECT 'idempotency record' AS kind, id,
            'alone in its scope; an answer or a claim' AS expected,
            concat(same, ' of this scope, status ', status_code, ', claimed until ', locked_until
            ) AS found
        FROM (
            SELECT id, status_code, locked_until, count(*) OVER (PARTITION BY scope) AS same
            FROM {shop}.idempotency_idempotencyrecord
        ) AS record
        WHERE same > 1 OR (status_code IS NULL) <> (locked_until IS NOT NULL)
    """)
