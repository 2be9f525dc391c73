"""Providers of payments that are played by a test."""

from dataclasses import replace
from typing import Any

import pytest

from apps.payments.gateways import provider_of, registry
from apps.payments.gateways.provider import Provider


def played_by(fake: Any, code: str = "stripe") -> Provider[Any]:
    """The provider as it is registered, with `fake` for every line to it."""
    return replace(provider_of(code), connect=lambda credentials: fake)


def play(monkeypatch: pytest.MonkeyPatch, fake: Any, code: str = "stripe") -> None:
    """From now on `fake` answers what the product asks of the provider."""
    monkeypatch.setitem(registry._PROVIDERS, code, played_by(fake, code))
