"""Sending the balance to the shop's bank, and what the bank makes of it."""

import orjson

from tests.simulator.providers.stripe.account import PROVIDER, Account, loads
from tests.simulator.providers.stripe.errors import StripeError
from tests.simulator.providers.stripe.shapes.balance_transaction import (
    balance_transaction_object,
)
from tests.simulator.providers.stripe.shapes.payout import payout_object
from tests.simulator.web.message import JsonObject

_WAITING = (
    "SELECT body FROM objects WHERE provider = ? AND account = ? AND kind = 'balance_transaction'"
    " AND payout IS NULL AND type <> 'payout' ORDER BY seq"
)
_PUT_IN = "UPDATE objects SET payout = ?, body = ? WHERE provider = ? AND account = ? AND id = ?"


def pay_out(account: Account, currency: str, *, automatic: bool, wait: bool = False) -> JsonObject:
    """Pay out all of a balance. ``wait``: Stripe has yet to say what the payout consists of.

    Raises StripeError when there is nothing.
    """
    rows = account.connection.execute(_WAITING, (PROVIDER, account.name)).fetchall()
    entries = [one for one in map(_entry, rows) if one["currency"] == currency]
    total = sum(one["net"] for one in entries)
    if total <= 0:
        raise StripeError("You have insufficient funds in your Stripe account for this transfer.")
    payout = payout_object(total, currency, account.now, automatic=automatic)
    if wait:
        payout["reconciliation_status"] = "in_progress"
    own = balance_transaction_object("payout", payout, -total, account.now)
    payout["balance_transaction"] = own["id"]
    account.add(payout)
    account.add(own)
    for one in [*entries, own]:
        one["status"] = "available"
        # Of a payout made by hand nobody can say what it consists of: nothing is put in it.
        put_in = payout["id"] if automatic else None
        account.connection.execute(
            _PUT_IN, (put_in or "", orjson.dumps(one), PROVIDER, account.name, one["id"])
        )
    return payout


def decide_payout(account: Account, payout: JsonObject, status: str) -> None:
    """``completed``: Stripe says now what it consists of; ``failed``: the bank sent it back."""
    if status == "completed":
        payout["reconciliation_status"] = "completed"
    else:
        entry = balance_transaction_object("payout_failure", payout, payout["amount"], account.now)
        account.add(entry)
        payout |= {
            "failure_balance_transaction": entry["id"],
            "failure_code": "account_closed",
            "failure_message": "The bank account has been closed.",
            "status": "failed",
        }
    account.save(payout)


def restate_fee(account: Account, entry: JsonObject, fee: int) -> None:
    """Stripe never does; other providers may."""
    entry |= {"fee": fee, "net": entry["amount"] - fee}
    account.save(entry)


def _entry(row: tuple[bytes]) -> JsonObject:
    return loads(row[0])
