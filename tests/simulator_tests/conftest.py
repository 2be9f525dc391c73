"""A simulator for the session, an account per test, and a receiver for its webhooks."""

import uuid
from collections.abc import Iterator

import pytest
import stripe

from tests.simulator.fixture import simulator
from tests.simulator.running import RunningSimulator
from tests.simulator_tests.receiver import Receiver

__all__ = ["simulator"]


@pytest.fixture
def account() -> str:
    """An account that nobody used before."""
    return f"shop{uuid.uuid4().hex[:12]}"


@pytest.fixture
def client(simulator: RunningSimulator, account: str) -> stripe.StripeClient:
    return simulator.client(account)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    running.start()
    yield running
    running.stop()
