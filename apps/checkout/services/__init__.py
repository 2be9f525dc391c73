"""From a cart to a paid order."""

from apps.checkout.services._await_another_payment import await_another_payment
from apps.checkout.services._await_capture import await_capture
from apps.checkout.services._complete_checkout import CompletedBefore, complete_checkout
from apps.checkout.services._confirm_payment import confirm_payment
from apps.checkout.services._diagnose_payment import diagnose_payment
from apps.checkout.services._expire_unpaid_order import expire_unpaid_order
from apps.checkout.services._expire_unpaid_orders import expire_unpaid_orders
from apps.checkout.services._mend_payment import mend_payment
from apps.checkout.services._record_started_payment import record_started_payment
from apps.checkout.services._renew_intent import renew_intent
from apps.checkout.services._settle_payment import settle_payment
from apps.checkout.services._start_payment import start_payment
from apps.checkout.services._sync_overdue_payments import sync_overdue_payments
from apps.checkout.services._sync_payment import sync_payment

__all__ = [
    "CompletedBefore",
    "await_another_payment",
    "await_capture",
    "complete_checkout",
    "confirm_payment",
    "diagnose_payment",
    "expire_unpaid_order",
    "expire_unpaid_orders",
    "mend_payment",
    "record_started_payment",
    "renew_intent",
    "settle_payment",
    "start_payment",
    "sync_overdue_payments",
    "sync_payment",
]
