"""Reading payments."""

from apps.payments.selectors.accounts import (
    account_of,
    connected_providers,
    first_provider,
    offered_accounts,
)
from apps.payments.selectors.captures import capture_by_id, open_capture
from apps.payments.selectors.disputes import (
    dispute_for_update,
    disputes_of_order_for_update,
    lost_disputes,
    taken_back,
    unfinished_disputes,
)
from apps.payments.selectors.intents import (
    active_intent,
    captured_intent,
    detail_of,
    intent_by_id,
    intent_for_update,
    intent_of_reference_for_update,
    intents_of_references,
    intents_succeeded_between,
    order_of_intent,
    payment_under_way,
    payments_of_order,
    standing_intent,
    unanswered_intent_for_update,
)
from apps.payments.selectors.sweeps import (
    FIRST_ASKED_AFTER,
    flagged_intent_for_update,
    intents_to_look_at,
    overdue_intent_for_update,
    succeeded_intents_besides,
)
from apps.payments.selectors.webhooks import (
    difference_of_replay,
    due_provider_event_for_update,
    provider_event_for_update,
    some_webhooks,
    webhook_by_key,
)

__all__ = [
    "FIRST_ASKED_AFTER",
    "account_of",
    "active_intent",
    "capture_by_id",
    "captured_intent",
    "connected_providers",
    "detail_of",
    "difference_of_replay",
    "dispute_for_update",
    "disputes_of_order_for_update",
    "due_provider_event_for_update",
    "first_provider",
    "flagged_intent_for_update",
    "intent_by_id",
    "intent_for_update",
    "intent_of_reference_for_update",
    "intents_of_references",
    "intents_succeeded_between",
    "intents_to_look_at",
    "lost_disputes",
    "offered_accounts",
    "open_capture",
    "order_of_intent",
    "overdue_intent_for_update",
    "payment_under_way",
    "payments_of_order",
    "provider_event_for_update",
    "some_webhooks",
    "standing_intent",
    "succeeded_intents_besides",
    "taken_back",
    "unanswered_intent_for_update",
    "unfinished_disputes",
    "webhook_by_key",
]
