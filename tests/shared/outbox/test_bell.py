"""The relay's bell: it may be lost, and it may never cost a request more than a moment."""

import contextlib
import socket
import tempfile
import threading
import time
from pathlib import Path

import pytest
import redis

from apps.shared.relay import signal


@pytest.fixture(autouse=True)
def _loud(monkeypatch):
    monkeypatch.setattr(signal, "_quiet_until", 0.0)
    client = signal._client
    client.cache_clear()
    yield
    client.cache_clear()


@pytest.fixture
def own_bell(monkeypatch):
    """A key of this test's own: other workers ring too."""
    name = f"test:bell:{threading.get_ident()}:{time.time_ns()}"
    monkeypatch.setattr(signal, "_KEY", name)
    yield name
    signal._client().delete(name)


def test_waiting_ends_when_somebody_rings(own_bell):
    ringer = threading.Timer(0.2, signal.ring)
    ringer.start()
    begin = time.monotonic()

    signal.wait_for_ring(10)

    ringer.join()
    assert 0.1 < time.monotonic() - begin < 5


def test_many_rings_are_heard_as_one(own_bell):
    for _ in range(50):
        signal.ring()

    assert signal._client().llen(own_bell) == 1


def test_waiting_ends_by_itself(own_bell):
    begin = time.monotonic()
    signal.wait_for_ring(0.3)
    assert 0.2 < time.monotonic() - begin < 3


def test_a_server_that_hangs_costs_a_tenth_of_a_second_and_then_nothing(monkeypatch, caplog):
    with _deaf_server() as address:
        deaf = redis.Redis.from_url(
            f"unix://{address}",
            socket_timeout=signal._TIMEOUT_SECONDS,
            socket_connect_timeout=signal._TIMEOUT_SECONDS,
            retry=None,
        )
        monkeypatch.setattr(signal, "_client", lambda: deaf)
        begin = time.monotonic()
        signal.ring()
        first = time.monotonic() - begin
        for _ in range(100):
            signal.ring()
        others = time.monotonic() - begin - first
        deaf.close()

    assert first < 0.5
    assert others < 0.05
    assert [one.message for one in caplog.records] == ["relay_bell_silent"]


def test_waiting_without_valkey_is_a_plain_pause(monkeypatch, settings, caplog):
    settings.REDIS_URL = "unix:///nonexistent/valkey.sock?db=0"
    begin = time.monotonic()

    signal.wait_for_ring(0.2)

    assert 0.2 <= time.monotonic() - begin < 2
    assert [one.message for one in caplog.records] == ["relay_bell_unheard"]


@contextlib.contextmanager
def _deaf_server():
    """Accepts connections and never answers, like a stopped process."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        path = str(Path(folder) / "deaf.sock")
        server.bind(path)
        server.listen()
        yield path
