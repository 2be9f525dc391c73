"""What the customers app hands to those above it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class CustomerDetail:
    """An account, without its secrets."""

    id: UUID
    email: str
    name: str
    created_at: datetime


@dataclass(frozen=True)
class Login:
    """A fresh bearer token: the only time that it is known."""

    token: str
    expires_at: datetime
    customer: CustomerDetail
