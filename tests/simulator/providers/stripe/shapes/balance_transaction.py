"""https://docs.stripe.com/api/balance_transactions/object"""

from tests.simulator.providers.stripe.ids import new_id
from tests.simulator.web.message import JsonObject

# Stripe's list price in the United States: 2.9 % + 30 of the smallest unit.
FEE_PER_MILLE, FEE_FIXED = 29, 30
PAYOUT_DELAY_SECONDS = 2 * 24 * 60 * 60


def fee_of(amount: int) -> int:
    """Return Stripe's fee in the smallest unit, never more than the payment."""
    return min(amount, (amount * FEE_PER_MILLE + 500) // 1000 + FEE_FIXED)


def balance_transaction_object(
    type: str, source: JsonObject, amount: int, now: int, *, fee: int = 0
) -> JsonObject:
    """Return the entry for ``source``; ``amount`` is negative when money leaves the balance."""
    fees = [
        {
            "amount": fee,
            "application": None,
            "currency": source["currency"],
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now + PAYOUT_DELAY_SECONDS,
        "balance_type": "payments",
        "created": now,
        "currency": source["currency"],
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": fee,
        "fee_details": fees if fee else [],
        "net": amount - fee,
        "reporting_category": type,
        "source": source["id"],
        "status": "pending",
        "type": type,
    }
