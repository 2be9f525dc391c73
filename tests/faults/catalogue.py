"""The faults. Each breaks something, holds it for a moment and mends it again.

All run in the main thread: the kernel ties the processes they start to it.
"""

import json
import os
import resource
import signal
from collections import Counter
from collections.abc import Callable

from django.db import connection

from apps.checkout.tasks import expire_everywhere
from apps.shop.models import ShopSettings
from config.local.processes import end, in_session, wait_until_gone
from tests.faults.client_log import ClientLog
from tests.faults.scene import Scene
from tests.support.shops import use_shop

Fault = Callable[[Scene], None]
FAULTS: dict[str, Fault] = {}
DRAIN_SECONDS = 40.0
_KILLS = (1, 2, 3)
_SKEW_SECONDS = 600
_EXPIRY_MINUTES = 5
_LOG_LIMIT_BYTES = 8 * 1024 * 1024
_PROVIDER_DELAY_SECONDS = 20


def _fault(function: Fault) -> Fault:
    FAULTS[function.__name__] = function
    return function


@_fault
def web_killed(scene: Scene) -> None:
    """X3: kill -9, several times: all of the web server, or one process of it."""
    for _ in range(scene.rng.choice(_KILLS)):
        scene.until_busy()
        if scene.rng.random() < 0.5:
            scene.platform.kill("web")
            scene.platform.start("web")
            scene.killed("all")
        else:
            scene.platform.kill_one_web_process(scene.rng)
            scene.killed("one")
        scene.platform.wait_for_all_web_processes()


@_fault
def worker_killed(scene: Scene) -> None:
    """X1: kill -9 in the middle of tasks: the whole worker, or its pool alone."""
    worker = scene.platform["worker"]
    scene.hold(0.2, 1.0)
    if scene.rng.random() < 0.5:
        end(worker.children, number=signal.SIGKILL, grace=5)
        scene.killed("pool")
        return
    worker.kill()
    scene.hold(0.1, 1.0)
    worker.start()
    scene.killed("all")


@_fault
def relay_killed(scene: Scene) -> None:
    """kill -9, and a moment without."""
    scene.platform.kill("relay")
    scene.killed("relay")
    scene.hold(0.1, 1.5)
    scene.platform.start("relay")


@_fault
def valkey_killed(scene: Scene) -> None:
    """X5: kill -9, and it comes back empty."""
    scene.platform.kill("valkey")
    scene.killed("valkey")
    scene.hold(0.1, 2.0)
    scene.platform.start("valkey")


@_fault
def broker_down(scene: Scene) -> None:
    """X6: nobody listens there, and checkouts do not notice."""
    scene.platform.proxies["valkey"].refuse()
    with scene.quick_checkouts():
        scene.hold(1.5, 3.0)
    scene.platform.proxies["valkey"].heal()


@_fault
def valkey_full(scene: Scene) -> None:
    """Out of memory with noeviction: it reads, and refuses every write."""
    scene.platform.valkey_command("CONFIG", "SET", "maxmemory", "1")
    try:
        with scene.quick_checkouts():
            scene.hold(1.0, 2.5)
    finally:
        scene.platform.valkey_command("CONFIG", "SET", "maxmemory", "0")


@_fault
def postgres_killed(scene: Scene) -> None:
    """kill -9 of the server, or of one of its sessions: crash recovery either way."""
    postgres = scene.platform["postgres"]
    if scene.rng.random() < 0.5:
        postgres.kill()
        scene.hold(0.0, 1.0)
        scene.platform.start("postgres")
        scene.killed("server")
    else:
        with scene.platform.watch() as watcher:
            row = watcher.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'platform'"
                " ORDER BY query_start DESC NULLS LAST LIMIT 1"
            ).fetchone()
        if row:
            os.kill(row[0], signal.SIGKILL)
        scene.killed("session")
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


@_fault
def provider_times_out(scene: Scene) -> None:
    """X7: it acts, charges, gives back, and then says nothing."""
    simulator = scene.platform.simulator
    modes = [
        {"route": route, "mode": "timeout_after", "times": scene.rng.randint(1, 4)}
        for route in (
            "POST /v1/payment_intents",
            "POST /v1/payment_intents/{id}/confirm",
            "POST /v1/payment_intents/{id}/cancel",
            "POST /v1/refunds",
        )
    ]
    for goods in scene.shops:
        simulator.faults(goods.shop.account, api=modes)
    scene.hold(1.5, 3.0)
    for goods in scene.shops:
        simulator.clear_faults(goods.shop.account)


@_fault
def provider_slow(scene: Scene) -> None:
    """Twenty seconds an answer: nothing in the database waits with it."""
    simulator = scene.platform.simulator
    slow = [
        {"route": "POST /v1/*", "mode": "delay", "seconds": _PROVIDER_DELAY_SECONDS, "times": 99}
    ]
    for goods in scene.shops:
        simulator.faults(goods.shop.account, api=slow)
    with scene.no_long_transaction(), scene.browsing_goes_on():
        scene.hold(4.0, 6.0)
    for goods in scene.shops:
        simulator.clear_faults(goods.shop.account)


@_fault
def clock_skew(scene: Scene) -> None:
    """X9: ten minutes apart, either way; orders that may wait for five minutes are not expired."""
    for goods in scene.shops:
        with use_shop(goods.shop):
            ShopSettings.objects.update(order_expiry_minutes=_EXPIRY_MINUTES)
    connection.close()
    ahead = scene.rng.choice((1, 1, -1)) * _SKEW_SECONDS
    skew = {"web": ahead, "worker": -ahead, "relay": scene.rng.choice((0, ahead, -ahead))}
    scene.note(json.dumps(skew))
    scene.platform.skew_file.write_text(json.dumps(skew))
    scene.platform.restart(*skew)
    scene.until_busy()
    expire_everywhere.apply_async(kwargs={"schema_name": "public"})
    scene.until_busy()
    scene.platform.skew_file.write_text("{}")
    scene.platform.restart(*skew)


@_fault
def logs_full(scene: Scene) -> None:
    """No process can write another byte to its log, which is as long as a file may be."""
    processes = [scene.platform[name] for name in ("web", "worker", "relay")]
    limited = [one.pid for process in processes for one in in_session(process.leader)]
    before = {process.log: process.log.stat().st_size for process in processes}
    full = max(_LOG_LIMIT_BYTES, *before.values())
    for pid in limited:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
    for log in before:
        os.truncate(log, full)
    with scene.quick_checkouts():
        scene.hold(1.0, 2.5)
    for log, size in before.items():
        if log.stat().st_size != full:
            scene.log.violate(f"{log.name} was written to: it was not full")
        os.truncate(log, size)
    for pid in limited:
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)


def unanswered(log: ClientLog) -> Counter[str]:
    """Requests that got no answer, by how."""
    return Counter({how: count for how, count in log.seen.items() if not how.isdigit()})


@_fault
def web_drained(scene: Scene) -> None:
    """SIGTERM once new connections go to its successor: no request fails."""
    old = scene.platform.start_another_web()
    lost = unanswered(scene.log)
    old_processes = in_session(old.leader)
    end([old.leader], number=signal.SIGTERM, grace=DRAIN_SECONDS)
    if wait_until_gone(old_processes, seconds=1.0):
        scene.log.violate("web did not end after SIGTERM")
        old.kill()
    scene.hold(0.2, 0.5)
    if failed := unanswered(scene.log) - lost:
        scene.log.violate(f"requests failed while web was drained: {failed}")


@_fault
def worker_drained(scene: Scene) -> None:
    """SIGTERM: it ends what it has begun, and its successor takes the rest."""
    old = scene.platform["worker"]
    end([old.leader], number=signal.SIGTERM, grace=DRAIN_SECONDS)
    if old.running:
        scene.log.violate("the worker did not end after SIGTERM")
    old.kill()
    old.start()


def _network(server: str) -> Fault:
    def broken(scene: Scene) -> None:
        proxy = scene.platform.proxies[server]
        how = scene.rng.choice(("cut", "refuse", "silence", "half_open", "delay"))
        scene.note(how)
        if how == "cut":
            proxy.cut()
            scene.hold(0.1, 0.5)
            proxy.cut()
        elif how == "delay":
            proxy.delay(scene.rng.uniform(0.05, 0.3))
            scene.hold(1.0, 2.0)
        else:
            {"refuse": proxy.refuse}.get(how, proxy.silence)()
            scene.hold(0.5, 3.0)
        proxy.heal(reset_silent=how == "half_open")
        connection.close()

    broken.__doc__ = f"Between the processes and {server}: cut, refused, half-open, silent, slow."
    return broken


for _server in ("postgres", "valkey", "simulator", "mail", "web"):
    FAULTS[f"network_{_server}"] = _network(_server)
