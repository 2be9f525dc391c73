"""https://docs.stripe.com/api/payouts/object"""

from tests.simulator.providers.stripe.ids import new_id
from tests.simulator.web.message import JsonObject

ARRIVAL_SECONDS = 24 * 60 * 60


def payout_object(amount: int, currency: str, now: int, *, automatic: bool) -> JsonObject:
    """Return a payout that the bank has; Stripe says of automatic ones what they consist of."""
    return {
        "id": new_id("po"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": now + ARRIVAL_SECONDS,
        "automatic": automatic,
        "balance_transaction": None,
        "created": now,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": new_id("ba"),
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "paid",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }
