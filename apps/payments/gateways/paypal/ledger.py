"""What moved on a PayPal account in a stretch of time.

Source: https://developer.paypal.com/docs/api/transaction-search/v1/: at most 31 days at once, in
pages of up to 500; a transaction may take three hours to appear. Codes: T00xx are payments, T1107
is a refund by the merchant; a payment's status is S, or V once all of it was given back. A fee is
negative when PayPal kept it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from apps.payments.gateways.base import (
    MovementKind,
    ProviderCapture,
    ProviderMovement,
    ProviderRefund,
    ProviderRefundState,
)
from apps.payments.gateways.paypal.amounts import AMOUNTS
from apps.payments.gateways.paypal.calls import paypal_call
from apps.payments.gateways.paypal.metadata import unpacked

if TYPE_CHECKING:
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

_PAGE = 500  # PayPal's longest
_REFUND = "T1107"
_PAYMENT = "T00"
_REFUND_STATES = {"S": ProviderRefundState.SUCCEEDED, "P": ProviderRefundState.PENDING}


def captures(
    api: "PaypalServersdkClient", *, since: datetime, until: datetime
) -> list[ProviderCapture]:
    """Oldest first. Raises ProviderUnavailable, ProviderRefused."""
    found = [_capture(one) for one in _moved(api, since, until) if _is_payment(one)]
    return sorted(found, key=lambda one: one.at)


def refunds_made(
    api: "PaypalServersdkClient", *, since: datetime, until: datetime
) -> list[ProviderRefund]:
    """Oldest first. Raises ProviderUnavailable, ProviderRefused."""
    found = [
        _refund(one)
        for one in _moved(api, since, until)
        if one["transaction_event_code"] == _REFUND
    ]
    return sorted(found, key=lambda one: (one.at is not None, one.at))


def movements(
    api: "PaypalServersdkClient", *, since: datetime, until: datetime
) -> Iterator[ProviderMovement]:
    """Of payments and refunds. Raises ProviderUnavailable, ProviderRefused."""
    for one in _moved(api, since, until):
        if _is_payment(one):
            yield _movement(one, MovementKind.CAPTURE, one["transaction_id"])
        elif one["transaction_event_code"] == _REFUND and one["transaction_status"] == "S":
            yield _movement(one, MovementKind.REFUND, one.get("paypal_reference_id") or "")


def _moved(
    api: "PaypalServersdkClient", since: datetime, until: datetime
) -> Iterator[Mapping[str, Any]]:
    page, pages = 1, 1
    while page <= pages:
        query = {
            "start_date": since.isoformat(timespec="seconds"),
            "end_date": until.isoformat(timespec="seconds"),
            "fields": "transaction_info",
            "page_size": _PAGE,
            "page": page,
        }
        found = paypal_call(lambda query=query: api.transaction_search.search_transactions(query))  # type: ignore[misc]
        for one in found.get("transaction_details", []):
            if since <= _at(one["transaction_info"]) < until:
                yield one["transaction_info"]
        page, pages = page + 1, int(found.get("total_pages") or 1)


def _is_payment(info: Mapping[str, Any]) -> bool:
    is_payment = str(info["transaction_event_code"]).startswith(_PAYMENT)
    is_ours = not str(info["transaction_amount"]["value"]).startswith("-")
    return is_payment and is_ours and info["transaction_status"] in ("S", "V")


def _capture(info: Mapping[str, Any]) -> ProviderCapture:
    currency = info["transaction_amount"]["currency_code"]
    return ProviderCapture(
        reference=info["transaction_id"],
        payment_reference=info["transaction_id"],
        amount=AMOUNTS.from_provider(info["transaction_amount"]["value"], currency),
        currency=currency,
        at=_at(info),
        metadata=unpacked({"custom_id": info.get("custom_field")}),
    )


def _refund(info: Mapping[str, Any]) -> ProviderRefund:
    currency = info["transaction_amount"]["currency_code"]
    value = str(info["transaction_amount"]["value"]).removeprefix("-")
    return ProviderRefund(
        reference=info["transaction_id"],
        payment_reference=info.get("paypal_reference_id") or "",
        state=_REFUND_STATES.get(info["transaction_status"], ProviderRefundState.FAILED),
        amount=AMOUNTS.from_provider(value, currency),
        currency=currency,
        metadata=unpacked({"custom_id": info.get("custom_field")}),
        at=_at(info),
    )


def _movement(info: Mapping[str, Any], kind: MovementKind, of: str) -> ProviderMovement:
    currency = info["transaction_amount"]["currency_code"]
    fee = info.get("fee_amount")
    return ProviderMovement(
        reference=info["transaction_id"],
        kind=kind,
        amount=AMOUNTS.from_provider(info["transaction_amount"]["value"], currency),
        currency=currency,
        at=_at(info),
        fee=None if fee is None else -AMOUNTS.from_provider(fee["value"], fee["currency_code"]),
        payment_reference=of,
    )


def _at(info: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(info["transaction_initiation_date"])
