"""Comparing what the providers say with what we say."""

from apps.reconciliation.services._hand_over import hand_over
from apps.reconciliation.services._reconcile_day import reconcile_day
from apps.reconciliation.services._reconcile_due_days import reconcile_due_days
from apps.reconciliation.services._store_report import store_report

__all__ = ["hand_over", "reconcile_day", "reconcile_due_days", "store_report"]
