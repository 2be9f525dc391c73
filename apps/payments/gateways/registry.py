"""The providers that there are."""

from typing import Any

from apps.payments.errors import UnknownProvider
from apps.payments.gateways.provider import Provider

_PROVIDERS: dict[str, Provider[Any]] = {}


def register(provider: Provider[Any]) -> None:
    """Make a provider known to everybody. Raises ValueError when its code is taken."""
    if provider.code in _PROVIDERS:
        raise ValueError(f"there is a provider {provider.code} already")
    _PROVIDERS[provider.code] = provider


def provider_of(code: str) -> Provider[Any]:
    """Raises UnknownProvider."""
    try:
        return _PROVIDERS[code]
    except KeyError:
        raise UnknownProvider(provider=code) from None


def providers() -> list[Provider[Any]]:
    """All of them, as they were registered."""
    return list(_PROVIDERS.values())


def provider_title(code: str) -> str:
    """What people call it; a code that nobody registers any more as it is."""
    return _PROVIDERS[code].title if code in _PROVIDERS else code
