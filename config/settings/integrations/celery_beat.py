"""What happens by the clock. Every task bears being sent twice, late, or not at all once.

What is to be done once a day is asked for several times: only shops where it was not done yet are
sent to the workers (apps/shared/fan_out.py), so that a night in which beat, a worker or the broker
was away for a while is no night without.
"""

from typing import Any

from celery.schedules import crontab

_UNTIL_ASKED_AGAIN = 55 * 60

CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "expire-unpaid-orders": {
        "task": "orders.expire_everywhere",
        "schedule": 60.0,
        "kwargs": {"schema_name": "public"},
        # When the workers were away, one run does the work of all that were missed.
        "options": {"expires": 55},
    },
    "remind-of-payments": {
        "task": "notifications.remind_everywhere",
        "schedule": 60.0,
        "kwargs": {"schema_name": "public"},
        "options": {"expires": 55},
    },
    "expire-carts": {
        "task": "cart.expire_everywhere",
        "schedule": crontab(hour="2-7", minute="10"),
        "kwargs": {"schema_name": "public"},
        "options": {"expires": _UNTIL_ASKED_AGAIN, "queue": "bulk"},
    },
    "reconcile": {
        # Half an hour into the night: all of yesterday has happened at every provider.
        "task": "reconciliation.reconcile_everywhere",
        "schedule": crontab(hour="0-7", minute="30"),
        "kwargs": {"schema_name": "public"},
        "options": {"expires": _UNTIL_ASKED_AGAIN},
    },
    "sweep-refunds": {
        "task": "refunds.sweep_everywhere",
        "schedule": 60.0,
        "kwargs": {"schema_name": "public"},
        "options": {"expires": 55},
    },
    "sync-payments": {
        "task": "checkout.sync_payments_everywhere",
        "schedule": 60.0,
        "kwargs": {"schema_name": "public"},
        "options": {"expires": 55},
    },
    "retry-webhooks": {
        "task": "payments.retry_webhooks_everywhere",
        "schedule": 60.0,
        "kwargs": {"schema_name": "public"},
        "options": {"expires": 55},
    },
    "poll-payments": {
        # Of providers that tell nothing by themselves: the shopper looks at the screen meanwhile.
        "task": "payments.poll_everywhere",
        "schedule": 10.0,
        "kwargs": {"schema_name": "public"},
        "options": {"expires": 9},
    },
    "renew-payment-accounts": {
        "task": "payments.renew_accounts_everywhere",
        "schedule": crontab(minute="40"),
        "kwargs": {"schema_name": "public"},
        "options": {"expires": 3_000},
    },
    "refresh-figures": {
        "task": "reports.refresh_everywhere",
        "schedule": 120.0,
        "kwargs": {"schema_name": "public"},
        "options": {"expires": 115, "queue": "bulk"},
    },
    "prune-idempotency-keys": {
        "task": "tenants.prune_keys_everywhere",
        "schedule": crontab(minute="20"),
        "kwargs": {"schema_name": "public"},
        "options": {"expires": 3_000, "queue": "bulk"},
    },
    "check-invariants": {
        "task": "tenants.check_invariants_everywhere",
        "schedule": crontab(hour="3-7", minute="30"),
        "kwargs": {"schema_name": "public"},
        "options": {"expires": _UNTIL_ASKED_AGAIN, "queue": "bulk"},
    },
}
