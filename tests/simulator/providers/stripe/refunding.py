"""Giving money back: by the API, in the dashboard, and what the bank makes of it later."""

import time
from dataclasses import dataclass

from tests.simulator.providers.stripe.account import PROVIDER, Account
from tests.simulator.providers.stripe.amounts import formatted
from tests.simulator.providers.stripe.errors import StripeError
from tests.simulator.providers.stripe.shapes.balance_transaction import (
    balance_transaction_object,
)
from tests.simulator.providers.stripe.shapes.refund import refund_object
from tests.simulator.web.message import JsonObject

LATER_SECONDS = 1.0
_FATES = {"failed": "fail_refund", "pending": "settle_refund"}


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """``amount`` None: all that is left. ``fate``: None, or how this refund goes wrong."""

    amount: int | None
    reason: str | None
    metadata: dict[str, str]
    fate: str | None = None


def make_refund(account: Account, charge: JsonObject, request: RefundRequest) -> JsonObject:
    """Refund a captured charge.

    Raises StripeError when nothing or too little of it is left.
    """
    amount = _refundable(charge, request.amount)
    refund = refund_object(charge, amount, account.now)
    refund |= {
        "reason": request.reason,
        "metadata": request.metadata,
        "status": "pending" if request.fate == "pending" else "succeeded",
    }
    entry = balance_transaction_object("refund", refund, -amount, account.now)
    refund["balance_transaction"] = entry["id"]
    account.add(entry)
    account.add(refund)
    _set_refunded(account, charge, charge["amount_refunded"] + amount)
    account.record("refund", refund, amount, charge["payment_intent"])
    account.emit("refund.created", refund)
    account.emit("charge.refunded", charge)
    if request.fate:
        account.connection.execute(
            "INSERT INTO later (provider, account, action, object_id, due) VALUES (?, ?, ?, ?, ?)",
            (
                PROVIDER,
                account.name,
                _FATES[request.fate],
                refund["id"],
                time.time() + LATER_SECONDS,
            ),
        )
    return refund


def fail_refund(account: Account, refund: JsonObject) -> None:
    """The customer's bank could not take the money: it is the shop's again."""
    if refund["status"] not in ("pending", "succeeded"):
        return
    previous = {"status": refund["status"]}
    entry = balance_transaction_object("refund_failure", refund, refund["amount"], account.now)
    account.add(entry)
    refund |= {
        "failure_balance_transaction": entry["id"],
        "failure_reason": "expired_or_canceled_card",
        "status": "failed",
    }
    account.save(refund)
    charge = account.get("charge", refund["charge"])
    _set_refunded(account, charge, charge["amount_refunded"] - refund["amount"])
    account.record("refund_failed", refund, refund["amount"], refund["payment_intent"])
    account.emit("refund.failed", refund)
    _announce_update(account, refund, previous)


def settle_refund(account: Account, refund: JsonObject) -> None:
    """A pending refund arrived."""
    if refund["status"] != "pending":
        return
    refund["status"] = "succeeded"
    account.save(refund)
    _announce_update(account, refund, {"status": "pending"})


def _announce_update(account: Account, refund: JsonObject, previous: JsonObject) -> None:
    # Stripe sends both names for the same news.
    account.emit("charge.refund.updated", refund, previous)
    account.emit("refund.updated", refund, previous)


def _refundable(charge: JsonObject, wanted: int | None) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    if charge["refunded"] or not left:
        raise StripeError(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if wanted is not None and wanted > left:
        currency = charge["currency"]
        raise StripeError(
            f"Refund amount ({formatted(wanted, currency)}) is greater than unrefunded amount on"
            f" charge ({formatted(left, currency)})",
            param="amount",
        )
    return left if wanted is None else wanted


def _set_refunded(account: Account, charge: JsonObject, amount: int) -> None:
    charge |= {"amount_refunded": amount, "refunded": amount == charge["amount"]}
    account.save(charge)
