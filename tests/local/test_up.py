"""`manage.py up`, the real thing: started, looked at, shot at, stopped."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.local.folders import PROJECT
from config.local.processes import ProcessId, in_session
from tests.local.machine import processes_mentioning
from tests.support.waiting import eventually

# One at a time: each of these is a whole platform.
pytestmark = pytest.mark.xdist_group("up")

MANAGE = [sys.executable, str(PROJECT / "manage.py")]
READY_SECONDS = 120.0
STOP_SECONDS = 60.0


def _environment(data: Path) -> dict[str, str]:
    """A newcomer's environment, but for the data folder."""
    names = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "MEDIA_ROOT", "PRIVATE_MEDIA_ROOT")
    names += ("DJANGO_SETTINGS_MODULE", "HTTP_PORT", "STRIPE_API_BASE", "STRIPE_SECRET_KEY")
    kept = {k: v for k, v in os.environ.items() if k not in names}
    return {**kept, "DATA_DIR": str(data), "GALLERIA_NO_BOOTSTRAP": "1"}


def _manage(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MANAGE, *arguments],
        env=_environment(data),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Up:
    """A running `manage.py up` whose output goes to a file."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self.port = _free_port()
        self.output = data.parent / f"output-{time.monotonic_ns()}"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*MANAGE, "up", "--port", str(self.port), *arguments],
                env=_environment(data),
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_for(self, pattern: str, *, times: int = 1, seconds: float = READY_SECONDS) -> str:
        """Wait until the output has `pattern` so often; return the output so far."""
        deadline = time.monotonic() + seconds
        while True:
            text = self.output.read_text(errors="replace")
            if len(re.findall(pattern, text)) >= times:
                return text
            assert self.process.poll() is None, text
            assert time.monotonic() < deadline, text
            time.sleep(0.05)

    def pid_of(self, service: str) -> int | None:
        """None while it is down."""
        content = json.loads((self.data / "run" / "processes.json").read_text())
        recorded = content["processes"].get(service)
        return recorded[0] if recorded else None

    def sessions(self) -> list[ProcessId]:
        """The leaders of all that runs: each service has a session of its own."""
        content = json.loads((self.data / "run" / "processes.json").read_text())
        return [ProcessId(pid, started) for pid, started in content["processes"].values()]

    def get(self, path: str, *, host: str) -> tuple[int, bytes]:
        url = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(url, headers={"Host": f"{host}:{self.port}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()

    def answers(self) -> bool:
        """Whether a page that needs the database is answered."""
        try:
            return self.get("/api/v1/products", host="apparel.galleria.localhost")[0] == 200
        except OSError:
            return False


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One platform for the tests of this file, which change nothing that the next one needs."""
    running = Up(tmp_path_factory.mktemp("up") / "data")
    running.wait_for("Galleria is ready after")
    yield running
    running.process.terminate()
    running.process.wait(STOP_SECONDS)


def test_up_says_where_the_shops_are_and_they_answer(up: Up) -> None:
    text = up.wait_for("demo_purchase --tenant apparel")

    assert f"curl http://apparel.galleria.localhost:{up.port}/api/v1/products" in text
    assert f"http://home-and-garden.galleria.localhost:{up.port}" in text
    assert re.search(r"Mail sent +http://127\.0\.0\.1:\d+/_mail", text)
    for host in ("apparel.galleria.localhost", "home-and-garden.galleria.localhost"):
        status, body = up.get("/api/v1/products", host=host)
        assert status == 200
        assert json.loads(body)["data"]
    assert (up.data / "logs" / "up.log").read_text().startswith(text)


def test_second_up_is_refused_and_says_who_runs(up: Up) -> None:
    result = _manage(up.data, "up", "--reset")

    assert result.returncode == 1
    assert result.stderr == f"manage.py up: already running (pid {up.process.pid})\n"
    assert (up.data / "postgres").exists()


def test_servers_in_use_are_not_stopped_by_services_down(up: Up) -> None:
    result = _manage(up.data, "services", "down")

    assert result.returncode == 1
    assert f"`manage.py up` (pid {up.process.pid}) is using them" in result.stderr


def test_command_in_another_terminal_finds_the_servers(up: Up) -> None:
    code = "from tenants.models import Tenant; print(Tenant.objects.count())"

    result = _manage(up.data, "shell", "--no-imports", "-c", code)

    assert result.returncode == 0, result.stderr
    assert int(result.stdout.splitlines()[-1]) >= 2


@pytest.mark.parametrize("service", ["relay", "valkey", "postgres", "web"])
def test_killed_service_comes_back(up: Up, service: str) -> None:
    before = up.pid_of(service)
    assert before is not None

    os.kill(before, signal.SIGKILL)

    up.wait_for(f"{service} was killed by signal 9; its last lines:", seconds=20)
    eventually(
        lambda: up.pid_of(service) not in (None, before) and up.answers(),
        seconds=30,
        what=f"{service} is there again",
    )


def test_stop_leaves_nothing_running_and_the_next_start_survives_a_kill(tmp_path: Path) -> None:
    """SIGTERM; then a start whose supervisor is killed; then a start again, and Ctrl-C."""
    data = tmp_path / "data"
    first = Up(data)
    first.wait_for("Galleria is ready after")
    sessions = first.sessions()
    assert len(sessions) >= 6

    first.process.terminate()
    assert first.process.wait(STOP_SECONDS) == 0
    assert _members(sessions) == processes_mentioning(str(data)) == []

    second = Up(data)
    second.wait_for("Galleria is ready after")
    sessions = second.sessions()
    second.process.kill()
    second.process.wait()
    third = Up(data)
    third.wait_for("Galleria is ready after")
    assert _members(sessions) == []

    sessions = third.sessions()
    third.process.send_signal(signal.SIGINT)
    assert third.process.wait(STOP_SECONDS) == 0
    assert _members(sessions) == processes_mentioning(str(data)) == []
    assert third.output.read_text().rstrip().endswith("up        | stopped")


def _members(leaders: list[ProcessId]) -> list[ProcessId]:
    return [member for leader in leaders for member in in_session(leader)]


def test_reset_deletes_the_data_and_says_so(tmp_path: Path) -> None:
    """Only looked at until the servers start: that is all that --reset changes."""
    data = tmp_path / "data"
    (data / "media").mkdir(parents=True)
    (data / "media" / "old").touch()

    fresh = Up(data, "--reset")
    fresh.wait_for(r"postgres +\| LOG: +database system is ready")
    fresh.process.terminate()

    assert fresh.process.wait(STOP_SECONDS) == 0
    assert fresh.output.read_text().startswith(f"deleting {data}\n")
    assert not (data / "media" / "old").exists()


def test_taken_port_is_told_with_a_hint(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        result = _manage(tmp_path / "data", "up", "--port", str(port))

    assert result.returncode == 1
    hint = f"port {port} is taken by another program: stop that one, or use `up --port N`"
    assert result.stderr == f"manage.py up: {hint}\n"


def test_command_that_needs_the_database_says_that_nothing_runs(tmp_path: Path) -> None:
    data = tmp_path / "data"

    results = {name: _manage(data, name) for name in ("setup_platform", "check")}

    assert results["setup_platform"].returncode == 69
    assert results["setup_platform"].stderr == (
        "manage.py setup_platform: nothing is running: start `python3 manage.py up` "
        "in another terminal, or set DATABASE_URL\n"
    )
    assert results["check"].returncode == 0, results["check"].stderr
