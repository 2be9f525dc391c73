"""What a shop offers its shoppers to pay with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from apps.payments import selectors
from apps.payments.errors import UnknownProvider
from apps.payments.gateways.registry import provider_of


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A provider that the shop takes payments by.

    `client` is what a client needs to get ready before there is a payment. `is_available`: it
    answers, as far as we know; `is_on_trial`: it did not, and it is time for somebody to try.
    """

    provider: str
    title: str
    client: Mapping[str, str]
    is_available: bool
    is_on_trial: bool


def offers(*, currency: str, now: datetime) -> list[Offer]:
    """All that take this currency, as the shop orders them; those that do not answer come last.

    One statement.
    """
    found = []
    for account in selectors.offered_accounts():
        try:
            provider = provider_of(account.provider)
        except UnknownProvider:
            continue
        taken = provider.capabilities.currencies
        if taken is not None and currency not in taken:
            continue
        until = account.passed_over_until
        offer = Offer(
            provider=provider.code,
            title=provider.title,
            client=provider.client_settings(provider.credentials.of(account.settings)),
            is_available=until is None or until <= now,
            is_on_trial=until is not None and until <= now,
        )
        found.append(offer)
    return sorted(found, key=lambda one: not one.is_available)
