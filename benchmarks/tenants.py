"""What one more shop costs where there are many: making it, its disk, and a request.

A shop is asked for by the platform's API, then looked at until it answers; relay and worker make
it. Beside it the same in this process, as the command does. Then the list of products: of one shop,
and of fifty shops in turn, warm. At each count in the same run, on the same servers.
"""

import json
import statistics
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from benchmarks.driver import http_request, run_load, used_cpu
from benchmarks.platform import Bench, running
from benchmarks.report import show

COUNTS, QUICK = (1, 100, 1000), (1, 6)
SAMPLES, SHOPS_IN_TURN, REQUESTS = 7, 50, 400
_PLATFORM = "galleria.localhost"
_CHEAP = "django.contrib.auth.hashers.MD5PasswordHasher"
_POLL_SECONDS, _DEADLINE_SECONDS = 0.01, 60.0


@dataclass(frozen=True)
class Maker:
    """Makes shops, by either way, and remembers their hosts."""

    bench: Bench
    token: str
    hosts: list[str]

    def fill(self, count: int) -> None:
        """Until there are so many. Owners have a password already: no mail is sent."""
        from django.test.utils import override_settings

        with override_settings(PASSWORD_HASHERS=[_CHEAP]):
            while len(self.hosts) < count:
                self.by_command(owner_password="owner-password")

    def by_command(self, *, owner_password: str | None = None) -> float:
        """Seconds until a new shop is ready, made in this process."""
        from apps.shared import clock
        from tenants import services

        slug = self._next()
        asked = time.perf_counter()
        services.create_tenant(**_shop(slug), owner_password=owner_password, now=clock.now())
        return time.perf_counter() - asked

    def by_api(self) -> float:
        """Seconds from the request until the shop's own host answers."""
        slug = self._next()
        host = self.hosts[-1]
        asked = time.perf_counter()
        status, body = self._send("POST", _PLATFORM, "/api/v1/tenants", _shop(slug))
        if status != 202:
            raise RuntimeError(f"the platform answered {status}: {body!r}")
        deadline = asked + _DEADLINE_SECONDS
        while self._send("GET", host, "/api/v1/products")[0] != 200:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{host} does not answer after {_DEADLINE_SECONDS} s")
            time.sleep(_POLL_SECONDS)
        return time.perf_counter() - asked

    def _next(self) -> str:
        slug = f"bench-{len(self.hosts)}"
        self.hosts.append(f"{slug}.{_PLATFORM}")
        return slug

    def _send(self, method: str, host: str, path: str, body: Any = None) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": uuid4().hex}
        encoded = json.dumps(body).encode() if body else b""
        request = http_request(method, host, path, encoded, headers)
        load = run_load(iter([request]), port=self.bench.port, clients=1)
        [(status, content)] = load.bodies.items()
        return status, content


def main(*, quick: bool = False, counts: tuple[int, ...] = COUNTS) -> None:
    """Measure and print; the last line is one JSON object."""
    counts = QUICK if quick else counts
    samples, requests = (2, 20) if quick else (SAMPLES, REQUESTS)
    with running(with_workers=True, tuned={"max_locks_per_transaction": "1024"}) as bench:
        maker = Maker(bench, _new_key(), [])
        rows = [_measure(maker, count, samples, requests) for count in counts]
    result: dict[str, object] = {}
    for count, row in zip(counts, rows, strict=True):
        result |= {f"{name}_{count}": value for name, value in row.items() if name != "shops"}
    first, last = rows[0], rows[-1]
    for name in ("p50_one_ms", "p50_turn_ms"):
        result[f"{name}_ratio_{counts[-1]}_{counts[0]}"] = round(last[name] / first[name], 2)
    show("tenants", rows, result)


def _measure(maker: Maker, count: int, samples: int, requests: int) -> dict[str, float]:
    maker.fill(count)
    first, turn = maker.hosts[:1], maker.hosts[:SHOPS_IN_TURN]
    by_api = [maker.by_api() for _ in range(samples)]
    before, ours = maker.bench.cpu(), used_cpu()
    by_command = [maker.by_command() for _ in range(samples)]
    cpu = used_cpu() - ours + maker.bench.cpu_since(before)["postgres"]
    return {
        "shops": count,
        "create_s": round(statistics.median(by_api), 3),
        "create_worst_s": round(max(by_api), 3),
        "command_s": round(statistics.median(by_command), 3),
        "command_cpu_s": round(cpu / samples, 3),
        "disk_mb_per_shop": round(_disk_mb() / len(maker.hosts), 2),
        "p50_one_ms": _p50(maker.bench, first, requests),
        "p50_turn_ms": _p50(maker.bench, turn, requests),
    }


def _p50(bench: Bench, hosts: list[str], requests: int) -> float:
    """Of the list of products, one client, the shops in turn; each was asked before."""
    asked = [http_request("GET", host, "/api/v1/products") for host in hosts]
    run_load(iter(asked * 20), port=bench.port, clients=4)
    load = run_load(
        iter([asked[number % len(asked)] for number in range(requests)]),
        port=bench.port,
        clients=1,
    )
    if load.answers[200] != requests:
        raise RuntimeError(f"the shops answered {load.answers}")
    return round(load.quantile(200, 0.5), 2)


def _shop(slug: str) -> dict[str, str]:
    return {
        "slug": slug,
        "name": slug,
        "currency": "EUR",
        "country": "DE",
        "owner_email": f"owner@{slug}.example",
    }


def _new_key() -> str:
    from apps.shared import clock
    from tenants import services
    from tenants.states import Scope

    _, token = services.create_platform_key(name="bench", scopes=[Scope.WRITE], now=clock.now())
    return token


def _disk_mb() -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return float(cursor.fetchone()[0]) / 2**20
