"""What the payments app gives."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class WantedWebhooks:
    """Which stored webhooks are meant: all that is given must fit, and nothing given means any."""

    ids: Collection[int] = ()
    states: Collection[str] = ()
    provider: str = ""
    event_type: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PaymentDetail:
    """A payment as the shopper's client needs it. Amount in minor units.

    `amount_captured` of it was taken; `amount_released` was agreed to, and never will be.
    `client` is what the provider said for it when the payment began; nothing once it is closed.
    """

    id: UUID
    order_id: UUID
    provider: str
    status: str
    amount: int
    amount_captured: int
    amount_released: int
    currency: str
    provider_reference: str | None
    client: Mapping[str, str] = field(repr=False)
    is_authorized: bool
    failure_code: str
    failure_message: str
    created_at: datetime
