"""Everything that can happen to a refund."""

from apps.refunds.services._accept_refund import accept_refund
from apps.refunds.services._apply_reported_refund import apply_reported_refund
from apps.refunds.services._approve_refund import approve_refund
from apps.refunds.services._begin_refund import begin_refund
from apps.refunds.services._book_disputes import book_disputes
from apps.refunds.services._book_refund import book_refund
from apps.refunds.services._cancel_paid_order import cancel_paid_order
from apps.refunds.services._cancel_refund import cancel_refund
from apps.refunds.services._claim_refund_to_sync import claim_refund_to_sync
from apps.refunds.services._clear_refund_flag import clear_refund_flag
from apps.refunds.services._decide_goods import decide_goods
from apps.refunds.services._diagnose_refund import diagnose_refund
from apps.refunds.services._fail_refund import fail_refund
from apps.refunds.services._flag_refund import flag_refund
from apps.refunds.services._mend_refund import mend_refund
from apps.refunds.services._mend_refund_stock import mend_refund_stock
from apps.refunds.services._mend_refund_totals import mend_refund_totals
from apps.refunds.services._open_orphan_refund import open_orphan_refund
from apps.refunds.services._open_refund import open_refund
from apps.refunds.services._record_refusal import record_refusal
from apps.refunds.services._record_request import record_request
from apps.refunds.services._reject_refund import reject_refund
from apps.refunds.services._request_refund import request_refund
from apps.refunds.services._resolve_orphan import resolve_orphan
from apps.refunds.services._restock_refund import restock_refund
from apps.refunds.services._retry_refund import retry_refund
from apps.refunds.services._reverse_refund import reverse_refund
from apps.refunds.services._send_refund import send_refund
from apps.refunds.services._settle_orphan_payment import settle_orphan_payment
from apps.refunds.services._settle_orphan_payments import settle_orphan_payments
from apps.refunds.services._settle_orphan_refund import settle_orphan_refund
from apps.refunds.services._settle_refund import settle_refund
from apps.refunds.services._sync_overdue_refunds import sync_overdue_refunds
from apps.refunds.services._sync_refund import sync_refund
from apps.refunds.services._sync_refunds import sync_refunds
from apps.refunds.services._take_in_refund import take_in_refund
from apps.refunds.services._write_orphan_refund import write_orphan_refund

__all__ = [
    "accept_refund",
    "apply_reported_refund",
    "approve_refund",
    "begin_refund",
    "book_disputes",
    "book_refund",
    "cancel_paid_order",
    "cancel_refund",
    "claim_refund_to_sync",
    "clear_refund_flag",
    "decide_goods",
    "diagnose_refund",
    "fail_refund",
    "flag_refund",
    "mend_refund",
    "mend_refund_stock",
    "mend_refund_totals",
    "open_orphan_refund",
    "open_refund",
    "record_refusal",
    "record_request",
    "reject_refund",
    "request_refund",
    "resolve_orphan",
    "restock_refund",
    "retry_refund",
    "reverse_refund",
    "send_refund",
    "settle_orphan_payment",
    "settle_orphan_payments",
    "settle_orphan_refund",
    "settle_refund",
    "sync_overdue_refunds",
    "sync_refund",
    "sync_refunds",
    "take_in_refund",
    "write_orphan_refund",
]
