"""What a provider is to the rest of the product: one description, made in the provider's folder."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from apps.payments.gateways.credentials import Credentials
from apps.payments.gateways.gateway import Gateway

C = TypeVar("C", bound=Credentials)
C_contra = TypeVar("C_contra", bound=Credentials, contravariant=True)


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a provider can do. Nobody asks it for what it cannot.

    `has_webhooks`: it tells us by itself; else it `polls`: we ask it, for `most_per_poll` payments
    at once. `lists_money`: it can say what moved on an account in a stretch of time; of that,
    `tells_fees` what it kept for itself, and `tells_payouts` what it sent to the shop's bank.
    `supports_partial_capture`: less may be captured than was agreed to, once, which frees the rest.
    `authorized_for`: how long it holds what a shopper has agreed to.
    """

    has_webhooks: bool = True
    polls: bool = False
    most_per_poll: int = 1
    supports_manual_capture: bool = False
    supports_partial_capture: bool = False
    authorized_for: timedelta = timedelta(days=7)
    supports_refunds: bool = True
    lists_money: bool = True
    tells_fees: bool = False
    tells_payouts: bool = False
    currencies: frozenset[str] | None = None  # None: all


class Subscribe(Protocol[C_contra]):
    """Has a provider send its webhooks to `url`; returns what is to be kept of the account, such as
    the secret that only now was told. Raises ProviderUnavailable, ProviderRefused."""

    def __call__(self, credentials: C_contra, *, url: str) -> Mapping[str, str]: ...


class Renew(Protocol[C_contra]):
    """What is to be kept of the account instead, such as another token, when what we have comes to
    its end; nothing while it is good. Raises ProviderUnavailable, ProviderRefused."""

    def __call__(self, credentials: C_contra, *, now: datetime) -> Mapping[str, str]: ...


@dataclass(frozen=True, kw_only=True)
class Provider(Generic[C]):
    """A payment provider.

    `code` is stored, and part of the webhook's URL: it never changes. `connect` makes the line for
    an account's credentials and must not reach the network. `kept_headers` are stored with each
    webhook, besides its content type: what a second look at its signature needs. `client_settings`
    says what shoppers' clients are given to get ready; it is not told the secrets.
    """

    code: str
    title: str
    credentials: type[C]
    connect: Callable[[C], Gateway]
    capabilities: Capabilities = field(default_factory=Capabilities)
    kept_headers: tuple[str, ...] = ()
    client_settings: Callable[[C], Mapping[str, str]] = lambda credentials: {}
    subscribe: Subscribe[C] | None = None
    renew: Renew[C] | None = None

    def line(self, values: Mapping[str, str]) -> Gateway:
        """The line for an account with these stored values."""
        return self.connect(self.credentials.of(values))
