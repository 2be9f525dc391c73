"""How long the relay rests: never long while somebody waits, never short while nobody does."""

import time
from datetime import timedelta

import pytest

from apps.shared import clock
from apps.shared.outbox import pace
from apps.shared.outbox.dispatch import Round
from apps.shared.outbox.pace import GATHER_SECONDS, Pace


def test_an_idle_relay_looks_ever_less_often_and_is_soon_awake_again() -> None:
    resting = Pace(poll=1.0)
    assert [resting.seconds_after(Round(0)) for _ in range(4)] == [1.0, 2.0, 2.0, 2.0]
    assert resting.seconds_after(Round(3)) == 1.0


def test_a_full_batch_is_followed_at_once() -> None:
    assert Pace(poll=1.0).seconds_after(Round(100, is_more=True)) == 0.0


def test_a_wakeup_is_met_when_it_comes_due() -> None:
    soon = Round(0, next_due_at=clock.now() + timedelta(seconds=0.3))
    assert 0.2 < Pace(poll=1.0).seconds_after(soon) <= 0.3


def test_room_is_looked_for_often_and_less_often_when_the_workers_are_away() -> None:
    resting, full = Pace(poll=1.0), Round(0, is_held_up=True)
    assert [resting.seconds_after(full) for _ in range(5)] == [0.02, 0.04, 0.08, 0.16, 0.16]
    resting.seconds_after(Round(100, is_held_up=True))
    assert resting.seconds_after(full) == 0.04


def test_rounds_are_a_moment_apart_however_often_somebody_rings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pace, "wait_for_ring", lambda seconds: None)
    resting = Pace(poll=1.0)
    begin = time.monotonic()

    for _ in range(10):
        resting.rest_after(Round(1))

    assert time.monotonic() - begin >= 9 * GATHER_SECONDS
