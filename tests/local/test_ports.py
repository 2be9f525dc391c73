"""Ports of two platforms on one machine."""

import socket

import pytest

from config.local.errors import LocalError
from config.local.supervisor.ports import claimed_ports


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_two_platforms_that_start_at_once_get_different_ports() -> None:
    """Before either of them listens."""
    with claimed_ports(_free_port()) as one, claimed_ports(_free_port()) as two:
        found = {one.web, one.simulator, one.mail, two.web, two.simulator, two.mail}

    assert len(found) == 6


def test_port_that_another_platform_is_about_to_take_is_refused() -> None:
    port = _free_port()

    with (
        claimed_ports(port),
        pytest.raises(LocalError, match=f"port {port} is taken"),
        claimed_ports(port),
    ):
        pass


def test_port_is_free_again_when_its_platform_has_ended() -> None:
    port = _free_port()
    with claimed_ports(port):
        pass

    with claimed_ports(port) as again:
        assert again.web == port


def test_simulator_goes_elsewhere_when_another_program_has_its_port() -> None:
    with claimed_ports(_free_port()) as usual:
        pass
    with socket.socket() as other:
        other.bind(("127.0.0.1", usual.simulator))
        other.listen()

        with claimed_ports(_free_port()) as ports:
            assert ports.simulator != usual.simulator
