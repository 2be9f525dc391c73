"""The whole platform as `up` runs it, for tests: web, worker, relay, simulator, Valkey.

On a database and a Valkey of its own: what the processes do disturbs no other test, and tests that
take something away take it from nobody else.
"""

import os
import random
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import redis
from django.conf import settings

from config.local.environment import simulated_providers
from config.local.folders import PROJECT, DataFolder
from config.local.services import Services
from config.local.supervisor.ports import LOOPBACK, Ports
from config.local.supervisor.programs import Programs
from tests.simulator.running import RunningSimulator
from tests.support import databases
from tests.support.processes import ManagedProcess
from tests.support.storefront import Storefront
from tests.support.waiting import eventually

# What PostgreSQL calls the connections of these processes.
CONNECTIONS = "platform"
METRICS_TOKEN = "token-of-the-tests"
_START_SECONDS = 30.0
_COMMAND_SECONDS = 120.0
# Below the ports that the kernel gives to outgoing connections.
_PORTS = range(20_000, 32_000)
_NOT_INHERITED = ("PYTEST_", "STRIPE_", "PAYPAL_", "RAZORPAY_", "BAKONG_", "COV_")


class RunningPlatform:
    """Started once for all tests that need it. `folder` takes data and logs, `way` says how its
    processes reach their database: straight, if it is empty."""

    def __init__(self, folder: Path, database: str, way: Mapping[str, str] | None = None) -> None:
        self.database = database
        self._way = way or {"DATABASE_URL": databases.url_of(database)}
        self.http_port = free_port()
        self.simulator = RunningSimulator(folder / "simulator")
        self._folder = DataFolder(folder)
        self._folder.create()
        self._services = Services(self._folder, durable=False)
        self._processes: dict[str, ManagedProcess] = {}

    def start_all(self) -> None:
        """Start everything; returns when all of it answers."""
        databases.copy_of_template(self.database)
        self.simulator.start()
        ports = Ports(self.http_port, 0, self.simulator.smtp_port)
        self.programs = Programs(self._services, ports, self._environment())
        valkey = self.programs.server(self._services.valkey)
        programs = (valkey, self.programs.web(), self.programs.worker(), self.programs.relay())
        self._processes = {
            one.name: ManagedProcess(one, self._folder.logs / f"{one.name}.log") for one in programs
        }
        self.start("valkey")
        for name in ("web", "worker", "relay"):
            self._processes[name].start()
        self.wait_for_web()
        self.wait_for_worker()

    def stop_all(self) -> None:
        """Nothing runs afterwards, and the database is gone."""
        for process in reversed(list(self._processes.values())):
            process.kill()
        self.simulator.kill()
        if self._folder.sockets != self._folder.state:
            shutil.rmtree(self._folder.sockets)
        databases.drop(self.database)

    @property
    def provider_settings(self) -> dict[str, str]:
        """Where the payment providers are, by the names of the settings."""
        others = simulated_providers(self.simulator.base_url, self._folder)
        return {"STRIPE_API_BASE": self.simulator.base_url, **others}

    def __getitem__(self, name: str) -> ManagedProcess:
        return self._processes[name]

    def kill(self, *names: str) -> None:
        """SIGKILL for these, with all that they started."""
        for name in names:
            self[name].kill()

    def start(self, *names: str) -> None:
        """Start those of these that do not run; only Valkey is waited for."""
        for name in names:
            self[name].start()
        if "valkey" in names:
            eventually(self._services.valkey.ready, seconds=_START_SECONDS, what="valkey answers")

    def ensure_running(self) -> None:
        """Bring back what a test took away and, perhaps because it failed, did not return."""
        gone = [name for name, process in self._processes.items() if not process.running]
        self.start(*gone)
        if "web" in gone:
            self.wait_for_web()

    @contextmanager
    def without(self, *names: str) -> Iterator[None]:
        """Kill these, and start them again afterwards."""
        self.kill(*names)
        try:
            yield
        finally:
            self.start(*names)

    def wait_for_web(self) -> None:
        eventually(self._web_answers, seconds=_START_SECONDS, what="the web server answers")

    def wait_for_worker(self) -> None:
        """Until it waits for messages at the broker."""
        with redis.Redis.from_url(self._services.valkey.url) as client:
            eventually(
                lambda: any(one["cmd"] == "brpop" for one in client.client_list()),
                seconds=_START_SECONDS,
                what="the worker waits for messages",
            )

    def flush_valkey(self) -> int:
        """Throw away all that Valkey holds; how many keys that was."""
        with redis.Redis.from_url(self._services.valkey.url) as client:
            keys = int(client.dbsize())
            client.flushall()
            return keys

    def storefront(self, host: str) -> Storefront:
        """An HTTP client for one host."""
        return Storefront(self.http_port, f"{host}:{self.http_port}")

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of manage.py to its end. AssertionError with its output when it fails."""
        done = subprocess.run(
            [sys.executable, str(PROJECT / "manage.py"), *arguments],
            cwd=PROJECT,
            env=self.programs.variables,
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done

    def log_sizes(self) -> dict[Path, int]:
        """How long each log is by now, for `logs_since`."""
        logs = [process.log for process in self._processes.values()]
        return {log: log.stat().st_size if log.exists() else 0 for log in logs}

    def logs_since(self, sizes: dict[Path, int]) -> dict[str, str]:
        """What each process has written since."""
        new = {log.stem: log.read_bytes()[size:] for log, size in sizes.items() if log.exists()}
        return {name: text.decode(errors="replace") for name, text in new.items() if text}

    def _web_answers(self) -> bool:
        try:
            return self.storefront(settings.PLATFORM_DOMAIN).get("/health/live").status_code == 200
        except (OSError, HTTPException):
            return False

    def _environment(self) -> dict[str, str]:
        """Of `up`, with the keys of the tests: a test may look into what the processes wrote."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)
        }
        return inherited | {
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "DEBUG": "false",
            "SECRET_KEY": settings.SECRET_KEY,
            "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
            "BACKUP_ENCRYPTION_KEYS": ",".join(settings.BACKUP_ENCRYPTION_KEYS),
            **self._way,
            "PGAPPNAME": CONNECTIONS,
            "REDIS_URL": self._services.valkey.url,
            **self.provider_settings,
            "EMAIL_URL": f"smtp://{LOOPBACK}:{self.simulator.smtp_port}",
            "PLATFORM_DOMAIN": settings.PLATFORM_DOMAIN,
            "HTTP_PORT": str(self.http_port),
            "DATA_DIR": str(self._folder.root),
            "MEDIA_ROOT": str(self._folder.root / "media"),
            "PRIVATE_MEDIA_ROOT": str(self._folder.root / "private"),
            "LOG_FORMAT": "console",
            "METRICS_TOKEN": METRICS_TOKEN,
            "PROMETHEUS_MULTIPROC_DIR": str(self._folder.metrics),
            "GALLERIA_NO_BOOTSTRAP": "1",
            "PYTHONUNBUFFERED": "1",
        }


def free_port() -> int:
    """One that nobody listens on now."""
    return next(port for port in iter(lambda: random.choice(_PORTS), None) if _is_free(port))


def _is_free(port: int) -> bool:
    """Nobody listens there. (Web servers share a port, so binding it would prove nothing.)"""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) != 0
