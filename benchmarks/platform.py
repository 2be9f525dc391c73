"""The product as it is measured: durable PostgreSQL, Valkey, and the processes that `up` runs."""

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks.accounting import cpu_of_tree
from config.local.folders import PROJECT, DataFolder
from config.local.server import Server
from config.local.services import Services
from config.local.supervisor.child import Program
from config.local.supervisor.ports import LOOPBACK, Ports
from config.local.supervisor.programs import Programs

_START_SECONDS = 60.0
# As for a server that serves a platform, for us and pgbench alike: the working set in memory, no
# checkpoint in the middle of a run, and no file closed that is wanted again.
_TUNED = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "max_files_per_process": "8000",
}


@dataclass(frozen=True)
class Bench:
    """What runs, and how to reach it."""

    ports: Ports
    environment: dict[str, str]
    pids: Mapping[str, int]

    @property
    def port(self) -> int:
        return self.ports.web

    @property
    def postgres_pid(self) -> int:
        return self.pids["postgres"]

    def cpu(self) -> dict[str, float]:
        """CPU seconds that each part has used so far, its children included."""
        return {name: cpu_of_tree(pid) for name, pid in self.pids.items()}

    def cpu_since(self, before: Mapping[str, float]) -> dict[str, float]:
        """CPU seconds of each part since `before`, which `cpu` gave."""
        return {name: used - before[name] for name, used in self.cpu().items()}


@contextmanager
def running(
    *,
    with_web: bool = True,
    with_workers: bool = False,
    settings: str = "config.settings.dev",
    tuned: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Bench]:
    """The web server on servers of its own, fsync on; all of it is gone at the end.

    `with_workers` adds relay and worker, beside a web server the simulator too; `tuned` goes into
    PostgreSQL's configuration. Django is set up in this process too, on the same database.
    """
    folder = _new_folder()
    services = Services(DataFolder(folder), durable=True)
    servers: list[Server] = [services.valkey, services.postgres]
    services.postgres.prepare()
    with (services.folder.postgres / "postgresql.conf").open("a") as configuration:
        configuration.writelines(
            f"{name} = {value}\n" for name, value in {**_TUNED, **tuned}.items()
        )
    services.start(servers, dies_with_us=True)
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        ports = Ports(_free_port(), _free_port(), _free_port())
        environment = _environment(services, ports) | {"DJANGO_SETTINGS_MODULE": settings}
        os.environ.update(environment)
        _set_up_django()
        programs = Programs(services, ports, dict(os.environ))
        wanted = [programs.web()] if with_web else []
        if with_web and with_workers:
            wanted.append(programs.simulator())
        if with_workers:
            wanted += [programs.relay(), programs.worker()]
        for program in wanted:
            started[program.name] = _start(program, folder / "logs")
        if "web" in started:
            _wait_for(f"http://{LOOPBACK}:{ports.web}/health/live", started["web"])
        if "simulator" in started:
            _wait_for(f"http://{LOOPBACK}:{ports.simulator}/_health", started["simulator"])
        pids = {name: process.pid for name, process in started.items()}
        pids |= {one.name: found.pid for one in servers if (found := one.running())}
        yield Bench(ports, environment, pids)
    finally:
        for process in started.values():
            _end(process)
        _close_connections()
        services.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _new_folder() -> Path:
    """One per run, beside the data of `up`: on a disk, where fsync costs what it costs."""
    data = PROJECT / ".data"
    for left in data.glob("bench-*"):  # by a run that was killed
        if not Path("/proc", left.name.removeprefix("bench-")).exists():
            shutil.rmtree(left, ignore_errors=True)
    return data / f"bench-{os.getpid()}"


def _environment(services: Services, ports: Ports) -> dict[str, str]:
    return services.environment() | {
        "DEBUG": "false",
        "LOG_LEVEL": "ERROR",
        "GALLERIA_NO_BOOTSTRAP": "1",
        "HTTP_PORT": str(ports.web),
        "EMAIL_URL": f"smtp://{LOOPBACK}:{ports.mail}",
        "STRIPE_API_BASE": f"http://{LOOPBACK}:{ports.simulator}",
    }


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as server:
        return int(server.getsockname()[1])


def _set_up_django() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("setup_platform", verbosity=0)


def _start(program: Program, logs: Path) -> "subprocess.Popen[bytes]":
    with (logs / f"{program.name}.log").open("wb") as log:
        return subprocess.Popen(
            program.command(),
            cwd=program.folder,
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline or process.poll() is not None:
                raise
            time.sleep(0.1)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _close_connections() -> None:
    from django.db import connection

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def shared_bench() -> Path | None:
    """The folder with pgbench's scripts beside the project, when it is there."""
    folder = PROJECT.parent / "shared" / "bench"
    return folder if folder.exists() else None
