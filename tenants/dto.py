"""What the platform's edges and services tell one another of shops."""

from dataclasses import dataclass, field


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
