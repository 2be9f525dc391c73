"""The fault proxy itself: what it breaks, it breaks for real, and it mends all of it."""

import socket
import threading
from collections.abc import Iterator

import pytest

from config.local.supervisor.ports import LOOPBACK
from tests.faults.proxy import FaultProxy

SHORT_SECONDS = 0.3


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    """In front of a server that answers each line with itself."""
    server = socket.create_server((LOOPBACK, 0))
    threading.Thread(target=_echo, args=(server,), daemon=True).start()
    made = FaultProxy("echo", lambda: server.getsockname())
    made.start()
    yield made
    made.stop()
    server.close()


def _echo(server: socket.socket) -> None:
    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                while block := connection.recv(1024):
                    connection.sendall(block)
            except OSError:
                return

    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def connect(proxy: FaultProxy) -> socket.socket:
    return socket.create_connection((LOOPBACK, proxy.port), timeout=5)


def ask(connection: socket.socket, *, seconds: float = 5.0) -> bytes:
    connection.settimeout(seconds)
    connection.sendall(b"hello")
    return connection.recv(1024)


def test_it_passes_and_delays(proxy: FaultProxy) -> None:
    with connect(proxy) as connection:
        assert ask(connection) == b"hello"
        proxy.delay(SHORT_SECONDS)
        with pytest.raises(TimeoutError):
            ask(connection, seconds=SHORT_SECONDS)
        connection.settimeout(5)
        assert connection.recv(1024) == b"hello"


def test_a_cut_resets_what_is_open_and_lets_new_ones_pass(proxy: FaultProxy) -> None:
    with connect(proxy) as connection:
        assert ask(connection) == b"hello"
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            connection.recv(1024)
    with connect(proxy) as connection:
        assert ask(connection) == b"hello"


def test_it_refuses_until_it_is_mended_and_keeps_its_port(proxy: FaultProxy) -> None:
    port = proxy.port
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.heal()
    assert proxy.port == port
    with connect(proxy) as connection:
        assert ask(connection) == b"hello"


@pytest.mark.parametrize("forgotten", [False, True])
def test_silence_closes_nothing_and_then_goes_on_or_is_forgotten(
    proxy: FaultProxy, forgotten: bool
) -> None:
    with connect(proxy) as connection:
        assert ask(connection) == b"hello"
        proxy.silence()
        with pytest.raises(TimeoutError):
            ask(connection, seconds=SHORT_SECONDS)
        connection.settimeout(5)
        proxy.heal(reset_silent=forgotten)
        if forgotten:
            with pytest.raises(ConnectionResetError):
                connection.recv(1024)
        else:
            assert connection.recv(1024) == b"hello"
    with connect(proxy) as connection:
        assert ask(connection) == b"hello"
