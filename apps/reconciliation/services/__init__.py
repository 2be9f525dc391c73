"""Comparing what the providers say with what we say."""

from apps.reconciliation.services._hand_over import hand_over
from apps.reconciliation.services._link_movements import link_movements
from apps.reconciliation.services._note_payout_read import note_payout_read
from apps.reconciliation.services._reconcile_day import reconcile_day
from apps.reconciliation.services._reconcile_due_days import reconcile_due_days
from apps.reconciliation.services._record_movements import record_movements
from apps.reconciliation.services._record_payout import record_payout
from apps.reconciliation.services._store_report import store_report
from apps.reconciliation.services._take_in_balance import take_in_balance

__all__ = [
    "hand_over",
    "link_movements",
    "note_payout_read",
    "reconcile_day",
    "reconcile_due_days",
    "record_movements",
    "record_payout",
    "store_report",
    "take_in_balance",
]
