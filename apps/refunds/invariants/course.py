"""How refunds came to be what they are."""

from datetime import timedelta

from apps.refunds.states import REFUND
from apps.shared.invariants.declare import Found, Gauge, Severity, Shop, invariant

# Refund events are kept two years (REF-008): older refunds may have lost theirs.
EVENTS_KEPT = timedelta(days=700)
# A handler is tried for some four minutes before its delivery is a dead letter.
REPORT_GRACE = timedelta(minutes=15)


@invariant("REF-005", gauge=Gauge.REFUND)
def refunds_say_who_decided(shop: Shop) -> Found:
    """Who asked and when it was decided is kept; where a second person was needed, one approved."""
    return shop.offenders("""
        SELECT 'ref' AS kind, id,
            concat('asked by somebody, decided', CASE WHEN needs_approval
                THEN ', approved by somebody else' END) AS expected,
            concat(status, ', asked by ', requested_by, ', decided at ', decided_at,
                ', approved by ', approved_by) AS found
        FROM {shop}.refunds_refund
        WHERE requested_by = ''
            OR (status <> 'requested' AND decided_at IS NULL)
            OR (needs_approval AND approved_by = requested_by)
            OR (needs_approval AND approved_by = ''
                AND status IN ('approved', 'processing', 'succeeded', 'failed'))
    """)


@invariant("REF-006", "INV 3", gauge=Gauge.REFUND, severity=Severity.LATE)
def reported_refunds_are_known(shop: Shop) -> Found:
    """A refund of which the provider said that it succeeded is known, and done, a quarter of an
    hour later at most."""
    return shop.offenders(
        """
        SELECT 'provider refund' AS kind, told.reference AS id,
            concat('known over ', told.amount) AS expected,
            coalesce(refund.status, 'unknown') AS found
        FROM (
            SELECT payload ->> 'provider_reference' AS reference,
                min(payload ->> 'amount') AS amount
            FROM {shop}.outbox_domainevent
            WHERE name = 'payments.intent.refund_reported' AND payload ->> 'state' = 'succeeded'
                AND occurred_at < %(overdue)s
            GROUP BY payload ->> 'provider_reference'
        ) AS told
        LEFT JOIN {shop}.refunds_refund AS refund ON refund.provider_reference = told.reference
        WHERE coalesce(refund.status, '') NOT IN ('succeeded', 'failed')
            AND coalesce(refund.flag, '') <> 'amount_mismatch'
        """,
        overdue=shop.now - REPORT_GRACE,
    )


@invariant("REF-006", "INV 3", gauge=Gauge.REFUND)
def succeeded_refunds_name_the_provider_s(shop: Shop) -> Found:
    """A refund that succeeded has the provider's reference, of its own; only those are reversed."""
    return shop.offenders("""
        SELECT 'ref' AS kind, id, 'a reference of its own' AS expected,
            concat(status, ', reference ', provider_reference, ', reversed at ', reversed_at
            ) AS found
        FROM (
            SELECT id, status, reversed_at, provider_reference,
                count(*) OVER (PARTITION BY provider_reference) AS same
            FROM {shop}.refunds_refund
        ) AS refund
        WHERE (provider_reference IS NOT NULL AND same > 1)
            OR (status = 'succeeded' AND coalesce(provider_reference, '') = '')
            OR (status <> 'succeeded' AND reversed_at IS NOT NULL)
    """)


@invariant("REF-008", "INV 8", gauge=Gauge.REFUND)
def every_step_of_a_refund_is_kept(shop: Shop) -> Found:
    """A refund's events lead, by steps of the table, from requested to the status that it has."""
    allowed = [
        (source, target) for source in REFUND.transitions for target in REFUND.transitions[source]
    ]
    return shop.offenders(
        """
        SELECT 'ref' AS kind, refund.id,
            concat('allowed steps, to ', refund.status) AS expected,
            coalesce(told.steps, 'no step') AS found
        FROM {shop}.refunds_refund AS refund
        LEFT JOIN (
            SELECT refund_id, string_agg(step, ', ' ORDER BY id) AS steps,
                (array_agg(step ORDER BY id DESC))[1] AS last,
                bool_and((coalesce(before, ''), step) IN (
                    SELECT one, other
                    FROM unnest(%(sources)s::text[], %(targets)s::text[]) AS t(one, other)
                )) AS is_allowed
            FROM (
                SELECT id, refund_id, step,
                    lag(step) OVER (PARTITION BY refund_id ORDER BY id) AS before
                FROM {shop}.refunds_refundevent WHERE step = ANY (%(states)s)
            ) AS step
            GROUP BY refund_id
        ) AS told ON told.refund_id = refund.id
        WHERE refund.created_at > %(kept_since)s
            AND (told.last IS DISTINCT FROM refund.status OR NOT told.is_allowed)
        """,
        sources=["", *(source for source, _ in allowed)],
        targets=[REFUND.initial, *(target for _, target in allowed)],
        states=list(REFUND.transitions),
        kept_since=shop.now - EVENTS_KEPT,
    )
