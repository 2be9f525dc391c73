"""What happens by the clock. Every task bears being sent twice, late, or not at all once."""

from typing import Any

from celery.schedules import crontab

_EIGHT_HOURS = 8 * 3600

CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "expire-unpaid-orders": {
        "task": "orders.expire_everywhere",
        "schedule": 60.0,
        "kwargs": {"schema_name": "public"},
        # When the workers were away, one run does the work of all that were missed.
        "options": {"expires": 55},
    },
    "reconcile": {
        # Half an hour into the night: all of yesterday has happened at every provider.
        "task": "reconciliation.reconcile_everywhere",
        "schedule": crontab(hour=0, minute=30),
        "kwargs": {"schema_name": "public"},
        "options": {"expires": _EIGHT_HOURS},
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
    "prune-idempotency-keys": {
        "task": "tenants.prune_keys_everywhere",
        "schedule": crontab(minute="20"),
        "kwargs": {"schema_name": "public"},
        "options": {"expires": 3_000, "queue": "bulk"},
    },
    "check-invariants": {
        "task": "tenants.check_invariants_everywhere",
        "schedule": crontab(hour="3", minute="30"),
        "kwargs": {"schema_name": "public"},
        "options": {"expires": _EIGHT_HOURS, "queue": "bulk"},
    },
}
