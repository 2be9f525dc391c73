"""`manage.py up`: two working shops on this machine, until Ctrl-C."""

import argparse
import asyncio
import os
import shutil
import signal
import time

from config.local import environment, folders, locks
from config.local.errors import LocalError
from config.local.folders import DataFolder
from config.local.services import Services
from config.local.supervisor import records
from config.local.supervisor.banner import Demo, banner, read_demo
from config.local.supervisor.log import MergedLog
from config.local.supervisor.ports import LOOPBACK, claimed_ports
from config.local.supervisor.probes import http_ok, server_ready
from config.local.supervisor.programs import STOP_ORDER, Programs
from config.local.supervisor.supervisor import Probe, Supervisor

_WEB_PORT = 8000
_RECORDED = (
    "DATABASE_URL",
    "REDIS_URL",
    "DATA_DIR",
    "MEDIA_ROOT",
    "PRIVATE_MEDIA_ROOT",
    "STRIPE_API_BASE",
    "PAYPAL_API_BASE",
    "PAYPAL_ROOTS_FILE",
    "RAZORPAY_API_BASE",
    "BAKONG_API_BASE",
    "EMAIL_URL",
    "PLATFORM_DOMAIN",
    "HTTP_PORT",
)
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(arguments: list[str]) -> int:
    """Returns the exit code: 0 after Ctrl-C or SIGTERM. Raises LocalError."""
    options = _parser().parse_args(arguments)
    folder = DataFolder(folders.dev_root())
    folder.create()
    begin = time.monotonic()
    try:
        with locks.exclusive(environment.up_lock(folder)):
            _clear(folder, reset=options.reset)
            with claimed_ports(options.port) as ports:
                return asyncio.run(_supervise(Programs.on(folder, ports), begin))
    except locks.Taken as taken:
        raise LocalError(f"already running (pid {taken.holder})") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="manage.py up",
        description="Run the whole platform with two demo shops on this machine, until Ctrl-C.",
    )
    parser.add_argument("--reset", action="store_true", help="delete .data/dev and start over")
    parser.add_argument(
        "--port",
        type=int,
        default=int(os.environ.get("HTTP_PORT") or _WEB_PORT),
        help="port of the web server (8000)",
    )
    return parser


def _clear(folder: DataFolder, *, reset: bool) -> None:
    """End what a killed `up` or a `services up` left running; with `reset` delete the data too."""
    for name in records.end_leftovers(folder):
        print(f"stopped {name}, left over from a run that was killed", flush=True)
    Services(folder, durable=True).stop()
    environment.forget(folder)
    shutil.rmtree(folder.metrics, ignore_errors=True)
    if reset:
        print(f"deleting {folder.root}", flush=True)
        _delete(folder)
        folder.create()


def _delete(folder: DataFolder) -> None:
    """Everything but the lock files, one of which this process holds."""
    for path in [*folder.root.iterdir(), *folder.state.iterdir(), *folder.sockets.iterdir()]:
        if path == folder.state or path.suffix == ".lock" or not path.exists():
            continue
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError as error:
            raise LocalError(f"cannot delete {error.filename}: {error.strerror}") from error


async def _supervise(programs: Programs, begin: float) -> int:
    return await _Run(programs, begin).until_stopped()


class _Run:
    """One `up`, from the first server to the last."""

    def __init__(self, programs: Programs, begin: float) -> None:
        self._programs = programs
        self._begin = begin
        self._folder = programs.services.folder
        self._stop = asyncio.Event()
        self._log = MergedLog(self._folder.logs / "up.log", hangup=self._stop.set)
        self._supervisor = Supervisor(self._folder, self._log)

    async def until_stopped(self) -> int:
        """Start everything and wait for the end of it. Nothing runs when this returns."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._request_stop)
        environment.record(self._folder, self._recorded())
        stop = asyncio.create_task(self._stop.wait())
        failure = asyncio.create_task(self._supervisor.failure())
        startup = asyncio.create_task(self._start())
        waiting = {stop, failure, startup}
        try:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if startup in done and not startup.exception():
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            return 0
        except LocalError as error:
            self._log.write("up", str(error))
            return 1
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            await self._shut_down()

    async def _start(self) -> None:
        """Start all that can start at the same time, and say when it is ready."""
        supervisor, programs = self._supervisor, self._programs
        simulator = asyncio.create_task(self._start_simulator())
        try:
            await self._start_servers()
            await supervisor.run(programs.manage("setup", "setup_platform"))
            demo, *_ = await asyncio.gather(
                self._make_demo(simulator),
                supervisor.serve(programs.web(), self._web_probe()),
                supervisor.serve(programs.worker(), None),
                supervisor.serve(programs.relay(), None),
            )
        finally:
            simulator.cancel()
        seconds = time.monotonic() - self._begin
        self._log.block(banner(demo, self._programs, seconds=seconds))
        # Nothing that a visitor does waits for the clock: it starts when the machine has time.
        await supervisor.serve(programs.beat(), None)

    async def _start_servers(self) -> None:
        servers = self._programs.services.needed(os.environ)
        starts = [
            self._supervisor.serve(self._programs.server(server), server_ready(server))
            for server in servers
        ]
        await asyncio.gather(*starts)

    async def _start_simulator(self) -> None:
        if self._programs.simulator_needed:
            port = self._programs.ports.simulator
            probe = http_ok(port=port, path="/_health", host=LOOPBACK)
            await self._supervisor.serve(self._programs.simulator(), probe)

    async def _make_demo(self, simulator: asyncio.Task[None]) -> Demo:
        await simulator
        program = self._programs.manage("demo", "demo", "--json")
        return read_demo(await self._supervisor.run(program, hide="{"))

    def _web_probe(self) -> Probe:
        host = self._programs.variables["PLATFORM_DOMAIN"]
        return http_ok(port=self._programs.ports.web, path="/health/live", host=host)

    def _recorded(self) -> dict[str, str]:
        """What a command in another terminal must know to work on the same servers."""
        variables = self._programs.variables
        return {name: variables[name] for name in _RECORDED if name in variables}

    def _request_stop(self) -> None:
        if self._stop.is_set():
            self._log.write("up", "killing everything")
            self._supervisor.kill_all()
            return
        self._log.write("up", "stopping; once more kills everything at once")
        self._stop.set()

    async def _shut_down(self) -> None:
        await self._supervisor.stop_all(STOP_ORDER)
        environment.forget(self._folder)
        self._log.write("up", "stopped")
        self._log.close()
