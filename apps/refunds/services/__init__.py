"""Everything that can happen to a refund."""

from apps.refunds.services._accept_refund import accept_refund
from apps.refunds.services._apply_reported_refund import apply_reported_refund
from apps.refunds.services._approve_refund import approve_refund
from apps.refunds.services._begin_refund import begin_refund
from apps.refunds.services._book_refund import book_refund
from apps.refunds.services._cancel_paid_order import cancel_paid_order
from apps.refunds.services._cancel_refund import cancel_refund
from apps.refunds.services._fail_refund import fail_refund
from apps.refunds.services._flag_refund import flag_refund
from apps.refunds.services._open_refund import open_refund
from apps.refunds.services._record_refusal import record_refusal
from apps.refunds.services._reject_refund import reject_refund
from apps.refunds.services._request_refund import request_refund
from apps.refunds.services._restock_refund import restock_refund
from apps.refunds.services._retry_refund import retry_refund
from apps.refunds.services._reverse_refund import reverse_refund
from apps.refunds.services._send_refund import send_refund
from apps.refunds.services._settle_refund import settle_refund
from apps.refunds.services._sync_refunds import sync_refunds
from apps.refunds.services._take_in_refund import take_in_refund

__all__ = [
    "accept_refund",
    "apply_reported_refund",
    "approve_refund",
    "begin_refund",
    "book_refund",
    "cancel_paid_order",
    "cancel_refund",
    "fail_refund",
    "flag_refund",
    "open_refund",
    "record_refusal",
    "reject_refund",
    "request_refund",
    "restock_refund",
    "retry_refund",
    "reverse_refund",
    "send_refund",
    "settle_refund",
    "sync_refunds",
    "take_in_refund",
]
