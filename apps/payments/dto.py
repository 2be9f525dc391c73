"""What the payments app gives."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class PaymentDetail:
    """A payment as the shopper's client needs it. Amount in minor units."""

    id: UUID
    order_id: UUID
    provider: str
    status: str
    amount: int
    currency: str
    provider_reference: str | None
    client_secret: str = field(repr=False)
    publishable_key: str
    failure_code: str
    failure_message: str
    created_at: datetime
