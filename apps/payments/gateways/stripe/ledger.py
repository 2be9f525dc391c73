"""What moved on a Stripe account in a stretch of time.

Source: https://docs.stripe.com/api/charges/list and /refunds/list: `created` in Unix seconds, the
newest first, in pages of a hundred by cursor. A charge is made when money is taken from a card at
once; its `metadata` is a copy of its PaymentIntent's.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import stripe

from apps.payments.gateways.base import ProviderCapture, ProviderRefund
from apps.payments.gateways.stripe import refunds
from apps.payments.gateways.stripe.amounts import AMOUNTS
from apps.payments.gateways.stripe.calls import stripe_call

_PAGE = 100  # Stripe's longest


def captures(
    api: stripe.StripeClient, *, since: datetime, until: datetime
) -> list[ProviderCapture]:
    """Oldest first. Raises ProviderUnavailable, ProviderRefused."""

    def all_pages() -> list[stripe.Charge]:
        first = api.v1.charges.list({"created": _window(since, until), "limit": _PAGE})
        return list(first.auto_paging_iter())

    found = [one.to_dict() for one in reversed(stripe_call(all_pages))]
    return [_capture(one) for one in found if one["captured"] and one["amount_captured"]]


def refunds_made(
    api: stripe.StripeClient, *, since: datetime, until: datetime
) -> list[ProviderRefund]:
    """Oldest first. Raises ProviderUnavailable, ProviderRefused."""

    def all_pages() -> list[stripe.Refund]:
        first = api.v1.refunds.list({"created": _window(since, until), "limit": _PAGE})
        return list(first.auto_paging_iter())

    found = [one.to_dict() for one in reversed(stripe_call(all_pages))]
    return [refunds.refund(one) for one in found if not refunds.is_release(one)]


def _window(since: datetime, until: datetime) -> Any:
    return {"gte": int(since.timestamp()), "lt": int(until.timestamp())}


def _capture(source: Mapping[str, Any]) -> ProviderCapture:
    currency = source["currency"].upper()
    return ProviderCapture(
        reference=source["id"],
        payment_reference=source.get("payment_intent") or "",
        amount=AMOUNTS.from_provider(source["amount_captured"], currency),
        currency=currency,
        at=datetime.fromtimestamp(source["created"], UTC),
        metadata=dict(source.get("metadata") or {}),
    )
