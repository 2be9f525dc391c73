"""The product as it is measured: durable PostgreSQL, Valkey, and granian with two workers."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.local.folders import PROJECT, DataFolder
from config.local.services import Services
from config.local.unprivileged import launched

FOLDER = PROJECT / ".data" / "bench"


@dataclass(frozen=True)
class Bench:
    """What runs, and how to reach it."""

    services: Services
    port: int
    web_pid: int
    environment: dict[str, str]

    @property
    def postgres_pid(self) -> int:
        lines = (self.services.folder.postgres / "postmaster.pid").read_text().splitlines()
        return int(lines[0])


@contextmanager
def running(*, reset: bool = True) -> Iterator[Bench]:
    """Servers of our own under `.data/bench`, fsync on; stopped at the end.

    Django is set up in this process too, on the same database.
    """
    if reset:
        shutil.rmtree(FOLDER, ignore_errors=True)
    services = Services(DataFolder(FOLDER), durable=True)
    services.start([services.valkey, services.postgres], dies_with_us=True)
    try:
        environment = services.environment() | {
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "DEBUG": "false",
            "LOG_LEVEL": "ERROR",
            "GALLERIA_NO_BOOTSTRAP": "1",
            "EMAIL_URL": "smtp://127.0.0.1:9",
            "STRIPE_API_BASE": "http://127.0.0.1:9",
        }
        os.environ.update(environment)
        _set_up_django()
        port = _free_port()
        web = _start_web(port, {**os.environ, "HTTP_PORT": str(port)})
        try:
            yield Bench(services, port, web.pid, environment)
        finally:
            _end(web)
            _close_connections()
    finally:
        services.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _set_up_django() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("setup_platform", verbosity=0)


def _end(web: "subprocess.Popen[bytes]") -> None:
    web.terminate()
    try:
        web.wait(timeout=5)
    except subprocess.TimeoutExpired:
        web.kill()
        web.wait()


def _close_connections() -> None:
    from django.db import connection

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def _start_web(port: int, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    arguments = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "2"),
        *("--blocking-threads", "4", "--blocking-threads-idle-timeout", "600"),
        *("--host", "127.0.0.1", "--port", str(port), "--log-level", "error"),
        "config.wsgi:application",
    ]
    with (FOLDER / "logs" / "web.log").open("wb") as log:
        web = subprocess.Popen(
            launched(arguments, death_signal=signal.SIGTERM),
            cwd=PROJECT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    deadline = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=1).close()
            return web
        except OSError:
            if time.monotonic() > deadline or web.poll() is not None:
                raise
            time.sleep(0.1)


def shared_bench() -> Path | None:
    """The folder with pgbench's scripts beside the project, when it is there."""
    folder = PROJECT.parent / "shared" / "bench"
    return folder if folder.exists() else None
