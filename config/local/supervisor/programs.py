"""The programs that `up` runs and the environment that they share."""

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from config.local import environment
from config.local.folders import PROJECT, DataFolder
from config.local.server import Server
from config.local.services import Services
from config.local.supervisor.child import Program
from config.local.supervisor.ports import LOOPBACK, Ports
from config.local.unprivileged import launched

# Who stops after whom: first those that take new work, last those that all others need.
STOP_ORDER: list[tuple[str, ...]] = [
    ("setup", "demo", "web"),
    ("worker", "beat", "relay"),
    ("simulator",),
    ("valkey",),
    ("postgres",),
]
_QUEUES = "financial,billing,default,audit,bulk"


@dataclass(frozen=True)
class Programs:
    """The command lines of one run, all with the same environment."""

    services: Services
    ports: Ports
    variables: dict[str, str]

    @classmethod
    def on(cls, folder: DataFolder, ports: Ports) -> "Programs":
        """With an environment of what the user has set, completed by the embedded servers."""
        services = Services(folder, durable=True)
        additions = services.environment() | {
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "PLATFORM_DOMAIN": "galleria.localhost",
            "EMAIL_URL": f"smtp://{LOOPBACK}:{ports.mail}",
            "PROMETHEUS_MULTIPROC_DIR": str(folder.metrics),
        }
        simulator = f"http://{LOOPBACK}:{ports.simulator}"
        if not environment.has_own_stripe(os.environ):
            additions["STRIPE_API_BASE"] = simulator
        if environment.needs_simulator(os.environ):
            additions |= environment.simulated_providers(simulator, folder)
        forced = {
            "HTTP_PORT": str(ports.web),
            "GALLERIA_NO_BOOTSTRAP": "1",
            "PYTHONUNBUFFERED": "1",
        }
        return cls(services, ports, environment.completed(os.environ, additions) | forced)

    @property
    def simulator_needed(self) -> bool:
        """It stands in for Stripe and for the mail server; with both set it has nothing to do."""
        return environment.needs_simulator(os.environ)

    def server(self, server: Server) -> Program:
        """An embedded server, supervised here."""
        return Program(
            name=server.name,
            command=lambda: server.command(death_signal=server.stop_signal),
            environment=os.environ,
            folder=Path("/"),
            stop_signal=server.stop_signal,
            stop_seconds=server.stop_seconds,
            prepare=server.prepare,
        )

    def web(self) -> Program:
        address = ["--host", LOOPBACK, "--port", str(self.ports.web)]
        # Threads that go away leave their database connections behind: keep them.
        threads = ["--blocking-threads", "4", "--blocking-threads-idle-timeout", "600"]
        # One that dies is started anew while the others serve; one that is told to end while it
        # still starts never hears of it, and is killed in the end.
        workers = ["--workers", "2", "--respawn-failed-workers", "--workers-kill-timeout", "25"]
        granian = ["-m", "granian", "--interface", "wsgi", "--no-ws", *workers, *threads, *address]
        return self._python("web", *granian, "config.wsgi:application")

    def worker(self) -> Program:
        # One worker alone has nobody to greet: mingling would only delay its start by a second.
        alone = ["--without-gossip", "--without-mingle"]
        options = ["--concurrency", "2", "-Q", _QUEUES, *alone]
        return self._celery("worker", *options)

    def beat(self) -> Program:
        schedule = str(self.services.folder.state / "celerybeat-schedule")
        return self._celery("beat", "-s", schedule)

    def relay(self) -> Program:
        return self.manage("relay", "relay")

    def simulator(self) -> Program:
        addresses = [
            *("--http", f"{LOOPBACK}:{self.ports.simulator}"),
            *("--smtp", f"{LOOPBACK}:{self.ports.mail}"),
        ]
        data = str(self.services.folder.root / "simulator")
        return self._python("simulator", "-m", "tests.simulator", *addresses, "--data", data)

    def manage(self, name: str, *arguments: str) -> Program:
        """A Django command, as the service or job `name`."""
        return self._python(name, str(PROJECT / "manage.py"), *arguments)

    def _celery(self, role: str, *options: str) -> Program:
        # It warns at length when it is run by root, who is the usual user of a container.
        python = ["-W", "ignore:::celery.platforms", "-m", "celery", "--quiet"]
        return self._python(role, *python, "-A", "config", role, *options)

    def _python(self, name: str, *arguments: str) -> Program:
        return Program(
            name=name,
            command=lambda: launched([sys.executable, *arguments], death_signal=signal.SIGTERM),
            environment=self.variables,
            folder=PROJECT,
        )
