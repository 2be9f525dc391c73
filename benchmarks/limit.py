"""pgbench on the same server: what PostgreSQL does when nobody's Python is in the way."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from benchmarks.accounting import cpu_of_tree
from benchmarks.platform import Bench
from config.local.binaries import postgres_bin

_DATABASE = "bench_limit"
_PRODUCTS = 1000
# Carts are made beforehand, and none is completed twice.
_AT_MOST_PER_SECOND = 5000
_TABLE = re.compile(r"\b(INTO|FROM|JOIN|UPDATE) (?!OF\b)([a-z_]+)")


@dataclass(frozen=True)
class Limit:
    """Transactions per second, and PostgreSQL's CPU per transaction in milliseconds."""

    per_second: float
    pg_cpu_ms: float


class PgBench:
    """The scripts of ../shared/bench in a database of their own, with a schema for each shop."""

    def __init__(self, bench: Bench, scripts: Path, *, shops: int = 1) -> None:
        self._bench, self._scripts = bench, scripts
        self._schemas = [f"shop_{n}" for n in range(shops)]
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
        for schema in self._schemas:
            self._psql("schema.sql", schema, products=_PRODUCTS)

    def run(
        self, *, clients: int, seconds: int, shops: int = 1, script: str = "steps.sql"
    ) -> Limit:
        """Measure one script; every transaction completes a cart of its own, of one of `shops` at
        random. A shop's script names its schema, so that no plan is made anew."""
        schemas = self._schemas[:shops]
        for schema in schemas:
            self._psql("carts.sql", schema, carts=seconds * _AT_MOST_PER_SECOND, hot=0)
        text = (self._scripts / script).read_text()
        with TemporaryDirectory() as folder:
            files = [Path(folder) / schema for schema in schemas]
            for schema, file in zip(schemas, files, strict=True):
                file.write_text(_TABLE.sub(rf"\1 {schema}.\2", text))
            before = cpu_of_tree(self._bench.postgres_pid)
            out = self._run(
                *("pgbench", "-n", "-M", "prepared", "-T", str(seconds)),
                *("-c", str(clients), "-j", str(min(clients, 2))),
                *("-D", "i=-1", "-D", f"nclients={clients}"),
                *(part for file in files for part in ("-f", str(file))),
            )
            used = cpu_of_tree(self._bench.postgres_pid) - before
        rate = re.search(r"tps = ([\d.]+)", out)
        done = re.search(r"actually processed: (\d+)", out)
        if rate is None or done is None:
            raise RuntimeError(f"pgbench said:\n{out[-2000:]}")
        return Limit(float(rate[1]), used * 1000 / int(done[1]))

    def _psql(self, script: str, schema: str, **variables: object) -> None:
        named = [part for k, v in variables.items() for part in ("-v", f"{k}={v}")]
        self._run(
            "psql",
            "-Xq",
            "-v",
            "ON_ERROR_STOP=1",
            "-v",
            f"schema={schema}",
            *named,
            "-f",
            str(self._scripts / script),
        )

    def _run(self, tool: str, *arguments: str) -> str:
        done = subprocess.run(
            [str(postgres_bin() / tool), *arguments],
            env={**self._environment, "PGOPTIONS": "-c client_min_messages=warning"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{tool}: {done.stderr[-2000:]}")
        return done.stdout
