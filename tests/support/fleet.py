"""Real worker and relay processes, on a Valkey of their own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import redis
from django.db import connection

from config.local import server
from config.local.folders import PROJECT, DataFolder
from config.local.processes import end
from config.local.supervisor.child import Program
from config.local.unprivileged import launched
from config.local.valkey import ValkeyServer
from tests.support import databases
from tests.support.processes import ManagedProcess


class Fleet:
    """Starts processes against this test worker's database; all end with `stop`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        data = DataFolder(folder / "data")
        data.create()
        self.valkey_server = ValkeyServer(data, durable=False)
        self._running: dict[str, ManagedProcess] = {}

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.support.probing.settings",
            "DATABASE_URL": databases.url_of(str(connection.settings_dict["NAME"])),
            "REDIS_URL": self.valkey_server.url,
            "GALLERIA_NO_BOOTSTRAP": "1",
        }

    @property
    def valkey(self) -> "redis.Redis":
        return redis.Redis.from_url(self.valkey_server.url)

    def start_valkey(self) -> None:
        server.start(self.valkey_server, log=self._folder / "valkey.log", dies_with_us=True)

    def kill_valkey(self) -> None:
        """With -9; it kept nothing, so the next one starts empty."""
        if found := self.valkey_server.running():
            end([found], number=signal.SIGKILL, grace=5)

    def worker(self) -> None:
        queues = "financial,billing,default,audit,bulk"
        options = ["--concurrency", "2", "--without-gossip", "--without-mingle", "-Q", queues]
        self._start("worker", "-m", "celery", "--quiet", "-A", "config", "worker", *options)

    def relay(self, name: str = "relay") -> None:
        """One of any number, each under a name of its own."""
        self._start(name, "manage.py", "relay", "--poll", "0.2")

    def run(self, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """A Django command that ends by itself."""
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=PROJECT,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def kill(self, name: str) -> None:
        """With -9, together with all that it started."""
        self._running.pop(name).kill()

    def stop(self) -> None:
        for name in list(self._running):
            self.kill(name)
        server.stop(self.valkey_server)

    def log(self, name: str) -> str:
        return self._log(name).read_text()

    def _start(self, name: str, *arguments: str) -> None:
        program = Program(
            name=name,
            command=lambda: launched([sys.executable, *arguments], death_signal=signal.SIGKILL),
            environment={**self.environment, "PGAPPNAME": f"fleet of {name}"},
            folder=PROJECT,
        )
        process = ManagedProcess(program, self._log(name))
        process.start()
        self._running[name] = process

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"
