"""What the platform's edges and services tell one another of shops."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tenants.states import Scope


@dataclass(frozen=True, kw_only=True)
class NewTenant:
    """A shop that somebody asks for. Without `owner_password` the owner is sent a link to set one.

    `currency` is ISO 4217, `country` ISO 3166-1 alpha-2, both in capitals.
    """

    slug: str
    name: str
    currency: str
    country: str
    owner_email: str
    owner_password: str | None = field(default=None, repr=False)

    def as_arguments(self) -> dict[str, Any]:
        """The fields by name, for `create_tenant`."""
        return vars(self)


@dataclass(frozen=True, kw_only=True)
class TenantDetail:
    """A shop as the platform shows it, also one that could not be made or is gone.

    `status` is a TenantStatus, `failed` or `deleted`; `domain` the primary one, and None when there
    is none any more; `deletes_at` is when it will be, or was, deleted.
    """

    id: UUID
    slug: str
    name: str
    status: str
    domain: str | None
    provisioning: str
    created_at: datetime
    deletes_at: datetime | None


@dataclass(frozen=True)
class KeyHolder:
    """Who asks the platform with a key, and what the key opens."""

    key_id: UUID
    actor: str
    scopes: frozenset[Scope]
