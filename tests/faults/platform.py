"""The whole platform for the harness: as `up` runs it, on servers of its own, behind fault proxies.

PostgreSQL is durable here, as in production: a kill -9 must not lose what it has acknowledged.
"""

import os
import random
import signal
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from config.local.postgres import DATABASE, USER
from config.local.processes import end
from config.local.services import Services
from config.local.supervisor.child import Program
from config.local.supervisor.ports import LOOPBACK, Ports
from config.local.supervisor.programs import Programs
from config.local.valkey import ValkeyServer
from tests.faults.folder import SETTINGS
from tests.faults.proxy import FaultProxy
from tests.support.platform import CONNECTIONS, RunningPlatform, free_port
from tests.support.processes import ManagedProcess
from tests.support.storefront import Storefront
from tests.support.waiting import eventually

_START_SECONDS = 60.0
# What was written since the last checkpoint is done once more; few seconds on an idle machine.
_RECOVERY_SECONDS = 60.0
_WEB_PROCESSES = 2


class FaultPlatform(RunningPlatform):
    """PostgreSQL, Valkey, simulator, web, worker and relay, each of which can be taken away."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, DATABASE)
        self._services = Services(self._folder, durable=True)
        # It keeps nothing: after a kill it comes back empty (X5).
        self._valkey = ValkeyServer(self._folder, durable=False)
        self.skew_file = root / "skew"
        sockets = self._folder.sockets
        self.web_port = self.http_port
        self.proxies = {
            # What clients and the provider's webhooks reach: as a load balancer it may be told to
            # send new connections to another server.
            "web": FaultProxy("web", lambda: (LOOPBACK, self.web_port)),
            "postgres": FaultProxy("postgres", lambda: sockets / ".s.PGSQL.5432"),
            "valkey": FaultProxy("valkey", lambda: self._valkey.socket_path),
            "simulator": FaultProxy("simulator", self._simulator_address),
            "mail": FaultProxy("mail", lambda: (LOOPBACK, self.simulator.smtp_port)),
        }

    def start_all(self) -> None:
        """Start servers, migrate, start the rest; returns when all of it answers."""
        self.skew_file.write_text("{}")
        self.simulator.start()
        for proxy in self.proxies.values():
            proxy.start()
        self.http_port = self.proxies["web"].port
        ports = Ports(self.web_port, 0, self.proxies["mail"].port)
        self.programs = Programs(self._services, ports, self._environment())
        self._add(self.programs.server(self._services.postgres))
        self._add(self.programs.server(self._valkey))
        self.start("postgres", "valkey")
        call_command("setup_platform", verbosity=0)
        for program in (self.programs.web(), self.programs.worker(), self.programs.relay()):
            self._add(self._with_role(program))
            self._processes[program.name].start()
        self.wait_for_web()
        self.wait_for_worker()

    def stop_all(self) -> None:
        for name in ("web", "worker", "relay", "valkey"):
            self._processes[name].kill()
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
        end([self["postgres"].leader], number=signal.SIGINT, grace=15)
        self["postgres"].kill()
        self.simulator.kill()
        for proxy in self.proxies.values():
            proxy.stop()

    def start(self, *names: str) -> None:
        super().start(*[name for name in names if name not in ("postgres", "valkey")])
        for name, server in (("postgres", self._services.postgres), ("valkey", self._valkey)):
            if name in names:
                self._processes[name].start()
                eventually(server.ready, seconds=_RECOVERY_SECONDS, what=f"{name} answers")

    def heal(self) -> list[str]:
        """Whatever was taken away or broken is as before; waits until web answers.

        Returns who was not running, and had to be started.
        """
        for proxy in self.proxies.values():
            proxy.heal()
        gone = [name for name, process in self._processes.items() if not process.running]
        self.start(*sorted(gone, key=("postgres", "valkey").__contains__, reverse=True))
        self.wait_for_web()
        return gone

    def restart(self, *names: str) -> None:
        """Gently, and wait until web answers again."""
        for name in names:
            self[name].stop()
        self.start(*names)
        self.wait_for_all_web_processes()

    def start_another_web(self) -> ManagedProcess:
        """A second web server, to which all new connections go; the first one is returned."""
        old = self["web"]
        port = free_port()
        ports = replace(self.programs.ports, web=port)
        program = self._with_role(replace(self.programs, ports=ports).web())
        other = self._processes["web"] = ManagedProcess(program, old.log)
        other.start()
        eventually(
            lambda: len(other.children) >= _WEB_PROCESSES and is_answered(port),
            seconds=_START_SECONDS,
            what="the second web server answers",
        )
        self.web_port = port
        return old

    def wait_for_all_web_processes(self) -> None:
        """Until each of granian's workers lives, which it may just have started anew.

        When the same one dies twice in a row granian gives up, and is started as a supervisor does.
        """

        def complete() -> bool:
            self.start("web")
            return len(self["web"].children) >= _WEB_PROCESSES

        eventually(
            complete,
            seconds=_START_SECONDS,
            what="web has all its processes",
        )
        self.wait_for_web()

    def kill_one_web_process(self, rng: random.Random) -> None:
        """One of granian's workers, whose master lives on."""
        children = self["web"].children
        if not children:
            self.kill("web")
            return
        end([rng.choice(children)], number=signal.SIGKILL, grace=5)

    def watch(self) -> "psycopg.Connection[Any]":
        """A connection of the harness's own, past the proxies."""
        return psycopg.connect(self._services.postgres.url, autocommit=True)

    def valkey_command(self, *words: str) -> None:
        """Say something to Valkey, past the proxy."""
        import redis

        with redis.Redis.from_url(self._valkey.url) as client:
            client.execute_command(*words)

    def _add(self, program: Program) -> None:
        log = self._folder.logs / f"{program.name}.log"
        self._processes[program.name] = ManagedProcess(program, log)

    def _with_role(self, program: Program) -> Program:
        """Each process knows which clock it has to follow."""
        variables = {**program.environment, "FAULTS_ROLE": program.name}
        return replace(program, environment=variables)

    def _simulator_address(self) -> tuple[str, int]:
        host, _, port = self.simulator.base_url.removeprefix("http://").partition(":")
        return host, int(port)

    def _environment(self) -> dict[str, str]:
        def at(name: str) -> str:
            return f"{LOOPBACK}:{self.proxies[name].port}"

        unencrypted = "sslmode=disable&gssencmode=disable"
        return super()._environment() | {
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "DATABASE_URL": f"postgresql://{USER}@{at('postgres')}/{DATABASE}?{unencrypted}",
            "REDIS_URL": f"redis://{at('valkey')}/0",
            "STRIPE_API_BASE": f"http://{at('simulator')}",
            "EMAIL_URL": f"smtp://{at('mail')}",
            "PGAPPNAME": CONNECTIONS,
            "LOG_LEVEL": "INFO",
            "LOG_FORMAT": "console",
            "FAULTS_SKEW_FILE": str(self.skew_file),
            "HOME": os.environ.get("HOME", "/"),
        }


def is_answered(port: int) -> bool:
    """Whether a web server is at work there."""
    try:
        return Storefront(port, settings.PLATFORM_DOMAIN).get("/health/live").status_code == 200
    except (OSError, HTTPException):
        return False
