"""Payment providers. A new one is a folder here and a line in the registry."""

from collections.abc import Callable

from apps.payments.gateways.base import Credentials, Gateway
from apps.payments.gateways.stripe.gateway import StripeGateway

_REGISTRY: dict[str, Callable[[Credentials], Gateway]] = {"stripe": StripeGateway}


def gateway(provider: str, credentials: Credentials) -> Gateway:
    """The gateway of a provider for one shop's account. Raises KeyError for an unknown one."""
    return _REGISTRY[provider](credentials)


def providers() -> list[str]:
    """The names of all providers."""
    return list(_REGISTRY)
