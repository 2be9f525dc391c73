"""Everything that can happen to a payment."""

from apps.payments.services._adopt_provider_payment import adopt_provider_payment
from apps.payments.services._apply_provider_dispute import apply_provider_dispute
from apps.payments.services._apply_provider_event import apply_provider_event
from apps.payments.services._apply_provider_intent import apply_provider_intent
from apps.payments.services._ask_for_capture import ask_for_capture
from apps.payments.services._cancel_payment_of_order import cancel_payment_of_order
from apps.payments.services._capture_payment import capture_payment
from apps.payments.services._carry_out_capture import carry_out_capture
from apps.payments.services._check_return import check_return
from apps.payments.services._choose_provider import choose_provider
from apps.payments.services._claim_flagged_payment import claim_flagged_payment
from apps.payments.services._claim_payment_to_sync import claim_payment_to_sync
from apps.payments.services._claim_provider_event import claim_provider_event
from apps.payments.services._close_flagged_payment import close_flagged_payment
from apps.payments.services._close_intent import close_intent
from apps.payments.services._connect_account import connect_account
from apps.payments.services._fetch_provider_intent import fetch_provider_intent
from apps.payments.services._fetch_provider_refunds import fetch_provider_refunds
from apps.payments.services._flag_intent import flag_intent
from apps.payments.services._flag_payment import flag_payment
from apps.payments.services._give_back_provider_event import give_back_provider_event
from apps.payments.services._keep_capture_by_hand import keep_capture_by_hand
from apps.payments.services._keep_renewed import keep_renewed
from apps.payments.services._list_movements import list_movements
from apps.payments.services._list_movements_of_payout import list_movements_of_payout
from apps.payments.services._list_payouts import list_payouts
from apps.payments.services._list_provider_money import list_provider_money
from apps.payments.services._note_dispute_booking import note_dispute_booking
from apps.payments.services._note_provider_failure import note_provider_failure
from apps.payments.services._note_provider_success import note_provider_success
from apps.payments.services._open_intent import open_intent
from apps.payments.services._park_provider_event import park_provider_event
from apps.payments.services._poll_payments import poll_payments
from apps.payments.services._receive_webhook import receive_webhook
from apps.payments.services._record_provider_intent import record_provider_intent
from apps.payments.services._renew_accounts import renew_accounts
from apps.payments.services._renew_payment import renew_payment
from apps.payments.services._replay_provider_event import replay_provider_event
from apps.payments.services._report_dispute_changed import report_dispute_changed
from apps.payments.services._report_intent_changed import report_intent_changed
from apps.payments.services._report_provider_refund import report_provider_refund
from apps.payments.services._report_refunds_changed import report_refunds_changed
from apps.payments.services._request_authorization import request_authorization
from apps.payments.services._request_cancellation import request_cancellation
from apps.payments.services._request_capture import request_capture
from apps.payments.services._request_provider_intent import request_provider_intent
from apps.payments.services._request_provider_refund import request_provider_refund
from apps.payments.services._resolve_payment import resolve_payment
from apps.payments.services._retry_provider_events import retry_provider_events
from apps.payments.services._save_account import save_account
from apps.payments.services._shops_to_poll import shops_to_poll
from apps.payments.services._store_provider_event import store_provider_event
from apps.payments.services._sync_dispute import sync_dispute
from apps.payments.services._sync_disputes import sync_disputes
from apps.payments.services._take_provider_dispute import take_provider_dispute
from apps.payments.services._take_provider_intent import take_provider_intent
from apps.payments.services._try_provider_event import try_provider_event

__all__ = [
    "adopt_provider_payment",
    "apply_provider_dispute",
    "apply_provider_event",
    "apply_provider_intent",
    "ask_for_capture",
    "cancel_payment_of_order",
    "capture_payment",
    "carry_out_capture",
    "check_return",
    "choose_provider",
    "claim_flagged_payment",
    "claim_payment_to_sync",
    "claim_provider_event",
    "close_flagged_payment",
    "close_intent",
    "connect_account",
    "fetch_provider_intent",
    "fetch_provider_refunds",
    "flag_intent",
    "flag_payment",
    "give_back_provider_event",
    "keep_capture_by_hand",
    "keep_renewed",
    "list_movements",
    "list_movements_of_payout",
    "list_payouts",
    "list_provider_money",
    "note_dispute_booking",
    "note_provider_failure",
    "note_provider_success",
    "open_intent",
    "park_provider_event",
    "poll_payments",
    "receive_webhook",
    "record_provider_intent",
    "renew_accounts",
    "renew_payment",
    "replay_provider_event",
    "report_dispute_changed",
    "report_intent_changed",
    "report_provider_refund",
    "report_refunds_changed",
    "request_authorization",
    "request_cancellation",
    "request_capture",
    "request_provider_intent",
    "request_provider_refund",
    "resolve_payment",
    "retry_provider_events",
    "save_account",
    "shops_to_poll",
    "store_provider_event",
    "sync_dispute",
    "sync_disputes",
    "take_provider_dispute",
    "take_provider_intent",
    "try_provider_event",
]
