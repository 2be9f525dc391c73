"""What happens by the clock. Every task bears being sent twice, late, or not at all once.

What is to be done once a day is asked for several times: only shops where it was not done yet are
sent to the workers (apps/shared/fan_out.py), so that a night in which beat, a worker or the broker
was away for a while is no night without.
"""

from typing import Any

from celery.schedules import crontab

_MINUTE = 60.0


def _everywhere(
    task: str, schedule: float | crontab, *, lasts: int, queue: str | None = None
) -> dict[str, Any]:
    """An entry that asks for `task` in all shops. A message that no worker has taken up within
    `lasts` seconds is thrown away: by then the next is due, which does the work of all that were
    missed."""
    options = {"expires": lasts} | ({"queue": queue} if queue else {})
    return {
        "task": task,
        "schedule": schedule,
        "kwargs": {"schema_name": "public"},
        "options": options,
    }


def _each_minute(task: str) -> dict[str, Any]:
    return _everywhere(task, _MINUTE, lasts=55)


def _hourly(task: str, *, minute: str, queue: str | None = None) -> dict[str, Any]:
    return _everywhere(task, crontab(minute=minute), lasts=50 * 60, queue=queue)


def _nightly(task: str, *, hour: str, minute: str, queue: str | None = None) -> dict[str, Any]:
    return _everywhere(task, crontab(hour=hour, minute=minute), lasts=55 * 60, queue=queue)


CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "expire-unpaid-orders": _each_minute("orders.expire_everywhere"),
    "remind-of-payments": _each_minute("notifications.remind_everywhere"),
    "sweep-refunds": _each_minute("refunds.sweep_everywhere"),
    "sync-payments": _each_minute("checkout.sync_payments_everywhere"),
    "retry-webhooks": _each_minute("payments.retry_webhooks_everywhere"),
    # Of providers that tell nothing by themselves: the shopper looks at the screen meanwhile.
    "poll-payments": _everywhere("payments.poll_everywhere", 10.0, lasts=9),
    "refresh-figures": _everywhere(
        "reports.refresh_everywhere", 2 * _MINUTE, lasts=115, queue="bulk"
    ),
    # In `public` alone: shops that are being made, and those that are to go.
    "resume-provisioning": _everywhere("tenants.resume_provisioning", 30.0, lasts=29),
    "delete-tenants": _hourly("tenants.delete_due", minute="50", queue="bulk"),
    "prune-idempotency-keys": _hourly("tenants.prune_keys_everywhere", minute="20", queue="bulk"),
    "renew-payment-accounts": _hourly("payments.renew_accounts_everywhere", minute="40"),
    # Half an hour into the night: all of yesterday has happened at every provider.
    "reconcile": _nightly("reconciliation.reconcile_everywhere", hour="0-7", minute="30"),
    "expire-carts": _nightly("cart.expire_everywhere", hour="2-7", minute="10", queue="bulk"),
    "check-invariants": _nightly(
        "tenants.check_invariants_everywhere", hour="3-7", minute="30", queue="bulk"
    ),
}
