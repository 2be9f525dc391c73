"""What moved on a Razorpay account in a stretch of time.

Source: https://razorpay.com/docs/api/payments/fetch-all-payments/ and /refunds/fetch-all/: `from`
and `to` in Unix seconds, both included, the newest first, in pages of a hundred by offset.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from apps.payments.gateways.base import ProviderCapture, ProviderRefund
from apps.payments.gateways.razorpay import refunds
from apps.payments.gateways.razorpay.amounts import AMOUNTS
from apps.payments.gateways.razorpay.calls import razorpay_call
from apps.payments.gateways.razorpay.intents import notes_of

if TYPE_CHECKING:
    from razorpay import Client

_PAGE = 100  # Razorpay's longest
_List = Callable[[dict[str, int]], Any]


def captures(api: "Client", *, since: datetime, until: datetime) -> list[ProviderCapture]:
    """Oldest first. Raises ProviderUnavailable, ProviderRefused."""
    found = [_capture(one) for one in everything(api.payment.all, since, until) if one["captured"]]
    return found[::-1]


def refunds_made(api: "Client", *, since: datetime, until: datetime) -> list[ProviderRefund]:
    """Oldest first. Raises ProviderUnavailable, ProviderRefused."""
    return [refunds.refund(one) for one in everything(api.refund.all, since, until)][::-1]


def everything(listed: _List, since: datetime, until: datetime) -> Iterator[Mapping[str, Any]]:
    """All that a list has of [since, until), the newest first, asked for page by page.

    Raises ProviderUnavailable, ProviderRefused.
    """
    window = {"from": int(since.timestamp()), "to": int(until.timestamp()) - 1, "count": _PAGE}
    skip = 0
    while True:
        query = {**window, "skip": skip}
        items = razorpay_call(lambda query=query: listed(query))["items"]  # type: ignore[misc]
        yield from items
        if len(items) < _PAGE:
            return
        skip += _PAGE


def _capture(payment: Mapping[str, Any]) -> ProviderCapture:
    return ProviderCapture(
        reference=payment["id"],
        payment_reference=payment.get("order_id") or "",
        amount=AMOUNTS.from_provider(payment["amount"], payment["currency"]),
        currency=payment["currency"],
        at=datetime.fromtimestamp(payment["created_at"], UTC),
        metadata=notes_of(payment),
    )
