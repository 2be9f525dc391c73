"""PayPal's disputes in our words.

Source: https://developer.paypal.com/docs/api/customer-disputes/v1/. The list gives what names a
dispute; which capture it is about the dispute itself says. PayPal tells of no fee.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from apps.payments.errors import ProviderRefused
from apps.payments.gateways.base import DisputeState, ProviderDispute
from apps.payments.gateways.paypal.amounts import AMOUNTS
from apps.payments.gateways.paypal.credentials import PayPalCredentials
from apps.payments.gateways.paypal.rest import rest_call

_PATH = "/v1/customer/disputes"
_PAGE = "50"  # PayPal's longest
_STATES = {
    "OPEN": DisputeState.OPEN,
    "WAITING_FOR_SELLER_RESPONSE": DisputeState.OPEN,
    "WAITING_FOR_BUYER_RESPONSE": DisputeState.REVIEW,
    "UNDER_REVIEW": DisputeState.REVIEW,
}
# Of resolved ones. With a payout PayPal bears it itself; a buyer's cancellation leaves the money.
_LOST = ("RESOLVED_BUYER_FAVOUR", "ACCEPTED")


def fetch(credentials: PayPalCredentials, reference: str) -> ProviderDispute:
    """Raises ProviderUnavailable, ProviderRefused."""
    return dispute(rest_call(credentials, "GET", f"{_PATH}/{quote(reference, safe='')}"))


def changed(
    credentials: PayPalCredentials, *, since: datetime, until: datetime
) -> list[ProviderDispute]:
    """Those that changed in [since, until). Raises ProviderUnavailable, ProviderRefused."""
    query = {
        "update_time_after": since.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "update_time_before": until.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "page_size": _PAGE,
    }
    found: list[ProviderDispute] = []
    while query:
        page = rest_call(credentials, "GET", _PATH, query=query)
        found += [fetch(credentials, one["dispute_id"]) for one in page.get("items", [])]
        query = _next(page)
    return found


def dispute(source: Mapping[str, Any]) -> ProviderDispute:
    """PayPal's object. Raises ProviderRefused of one that is about no transaction."""
    money = source["dispute_amount"]
    outcome = source.get("dispute_outcome") or {}
    due = source.get("seller_response_due_date")
    return ProviderDispute(
        reference=source["dispute_id"],
        payment_reference=capture_in(source),
        state=_state(source, outcome),
        amount=AMOUNTS.from_provider(money["value"], money["currency_code"]),
        currency=money["currency_code"],
        reason=str(source.get("reason") or "").lower(),
        at=datetime.fromisoformat(source.get("update_time") or source["create_time"]),
        evidence_due_at=datetime.fromisoformat(due) if due else None,
        deducted=_deducted(outcome, money["currency_code"]),
    )


def capture_in(source: Mapping[str, Any]) -> str:
    """The capture that is disputed. Raises ProviderRefused."""
    for one in source.get("disputed_transactions") or []:
        if one.get("seller_transaction_id"):
            return str(one["seller_transaction_id"])
    raise ProviderRefused("The dispute names no transaction.", reason="no_transaction")


def _state(source: Mapping[str, Any], outcome: Mapping[str, Any]) -> DisputeState:
    if source["status"] != "RESOLVED":
        return _STATES.get(source["status"], DisputeState.REVIEW)
    return DisputeState.LOST if outcome.get("outcome_code") in _LOST else DisputeState.WON


def _deducted(outcome: Mapping[str, Any], currency: str) -> int | None:
    refunded = outcome.get("amount_refunded")
    if outcome.get("outcome_code") not in _LOST or not refunded:
        return None
    return AMOUNTS.from_provider(refunded["value"], refunded.get("currency_code") or currency)


def _next(page: Mapping[str, Any]) -> dict[str, str]:
    links = {one["rel"]: one["href"] for one in page.get("links", [])}
    found = parse_qs(urlsplit(links.get("next", "")).query)
    return {name: values[-1] for name, values in found.items()}
