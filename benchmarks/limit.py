"""pgbench on the same server: what PostgreSQL does when nobody's Python is in the way."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.accounting import cpu_of_tree
from benchmarks.platform import Bench
from config.local.binaries import postgres_bin

_DATABASE = "bench_limit"
_PRODUCTS = 1000


@dataclass(frozen=True)
class Limit:
    """Transactions per second, and PostgreSQL's CPU per transaction in milliseconds."""

    per_second: float
    pg_cpu_ms: float


class PgBench:
    """The scripts of ../shared/bench in a database of their own."""

    def __init__(self, bench: Bench, scripts: Path) -> None:
        self._bench, self._scripts = bench, scripts
        settings = {
            k: str(v)
            for k, v in psycopg.conninfo.conninfo_to_dict(bench.environment["DATABASE_URL"]).items()
        }
        self._environment = {
            **os.environ,
            "PGHOST": settings["host"],
            "PGUSER": settings["user"],
            "PGDATABASE": _DATABASE,
        }
        with psycopg.connect(bench.environment["DATABASE_URL"], autocommit=True) as server:
            server.execute(f"CREATE DATABASE {_DATABASE}")
        self._psql("schema.sql", products=_PRODUCTS)

    def run(self, *, clients: int, seconds: int, script: str = "steps.sql") -> Limit:
        """Measure one script; every transaction completes a cart of its own."""
        self._psql("carts.sql", carts=seconds * 9000 + 2000, hot=0)
        before = cpu_of_tree(self._bench.postgres_pid)
        out = self._run(
            "pgbench",
            "-n",
            "-M",
            "prepared",
            "-c",
            str(clients),
            "-j",
            str(min(clients, 2)),
            *("-T", str(seconds), "-D", "i=-1", "-D", f"nclients={clients}", "-D", "schema=shop"),
            *("-f", str(self._scripts / script)),
            options="-c search_path=shop",
        )
        used = cpu_of_tree(self._bench.postgres_pid) - before
        rate = re.search(r"tps = ([\d.]+)", out)
        done = re.search(r"actually processed: (\d+)", out)
        if rate is None or done is None:
            raise RuntimeError(f"pgbench said:\n{out[-2000:]}")
        return Limit(float(rate[1]), used * 1000 / int(done[1]))

    def _psql(self, script: str, **variables: object) -> None:
        named = [part for k, v in variables.items() for part in ("-v", f"{k}={v}")]
        self._run(
            "psql",
            "-Xq",
            "-v",
            "ON_ERROR_STOP=1",
            "-v",
            "schema=shop",
            *named,
            "-f",
            str(self._scripts / script),
        )

    def _run(self, tool: str, *arguments: str, options: str = "") -> str:
        done = subprocess.run(
            [str(postgres_bin() / tool), *arguments],
            env={**self._environment, "PGOPTIONS": f"{options} -c client_min_messages=warning"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{tool}: {done.stderr[-2000:]}")
        return done.stdout
