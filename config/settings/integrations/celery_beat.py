"""What happens by the clock. Every task bears being sent twice, late, or not at all once."""

from typing import Any

CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "expire-unpaid-orders": {
        "task": "orders.expire_everywhere",
        "schedule": 60.0,
        "kwargs": {"schema_name": "public"},
        # When the workers were away, one run does the work of all that were missed.
        "options": {"expires": 55},
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
}
