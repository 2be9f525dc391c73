"""A slow provider takes some threads of a process, never all."""

import threading

import pytest
from django.conf import settings

from apps.payments.errors import ProviderUnavailable
from apps.payments.gateways.stripe import calls
from apps.payments.gateways.stripe.calls import stripe_call


def test_no_more_calls_at_once_than_there_are_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "_LONGEST_WAIT_SECONDS", 0.05)
    answer, waiting = threading.Event(), threading.Semaphore(0)

    def slow() -> bool:
        waiting.release()
        return answer.wait(10)

    threads = [
        threading.Thread(target=stripe_call, args=(slow,))
        for _ in range(settings.STRIPE_CALLS_AT_ONCE)
    ]
    for thread in threads:
        thread.start()
        assert waiting.acquire(timeout=10)
    with pytest.raises(ProviderUnavailable) as refused:
        stripe_call(lambda: True)
    answer.set()
    for thread in threads:
        thread.join(10)

    assert refused.value.details["reason"] == "busy"
    assert stripe_call(lambda: True)


def test_a_failed_call_gives_its_slot_back() -> None:
    def fail() -> None:
        raise LookupError

    for _ in range(settings.STRIPE_CALLS_AT_ONCE + 1):
        with pytest.raises(LookupError):
            stripe_call(fail)
