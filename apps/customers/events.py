from dataclasses import dataclass
from typing import ClassVar

from apps.shared.events import Event


@dataclass(frozen=True, kw_only=True)
class CustomerSignedUp(Event):
    """Someone made an account. It holds no personal data: an account may be erased, events stay."""

    name: ClassVar[str] = "customers.customer.signed_up"
    aggregate_field: ClassVar[str] = "customer_id"

    customer_id: str
