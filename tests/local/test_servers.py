"""Embedded PostgreSQL and Valkey, started, killed and started again."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from config.local import server
from config.local.errors import LocalError
from config.local.folders import PROJECT, DataFolder
from config.local.postgres import PostgresServer
from config.local.processes import end, wait_until_gone, working_in
from config.local.services import Services
from tests.local.machine import (
    as_ordinary_user,
    copy_of_local_runtime,
    copy_of_server_packages,
    give_to_ordinary_user,
    python_for_everybody,
)

Make = Callable[..., Services]


@pytest.fixture
def make_services(tmp_path: Path) -> Iterator[Make]:
    """Services on a folder below tmp_path; whatever still runs at the end is stopped."""
    made: list[Services] = []

    def make(name: str = "data", *, durable: bool = False) -> Services:
        services = Services(DataFolder(tmp_path / name), durable)
        services.folder.create()
        made.append(services)
        return services

    yield make
    for services in made:
        services.stop()


def _start(one: server.Server, services: Services) -> bool:
    log = services.folder.logs / f"{one.name}.log"
    return server.start(one, log=log, dies_with_us=True)


def _ask(postgres: PostgresServer, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        cursor = connection.execute(statement)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []


def _kill(one: server.Server) -> None:
    process = one.running()
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    assert wait_until_gone([process], seconds=5) == []


def test_both_servers_start_answer_and_stop(make_services: Make) -> None:
    services = make_services()

    services.start([services.valkey, services.postgres], dies_with_us=True)

    assert _ask(services.postgres, "SELECT current_database()") == [("galleria",)]
    assert redis.Redis.from_url(services.valkey.url).ping()
    services.stop()
    assert not services.running()
    assert working_in(services.folder.postgres) == []
    assert not services.valkey.socket_path.exists()


def test_second_start_finds_the_server_running(make_services: Make) -> None:
    services = make_services()

    assert [_start(services.valkey, services), _start(services.valkey, services)] == [True, False]


@pytest.mark.parametrize(
    ("durable", "expected"), [(True, ["on", "on", "on"]), (False, ["off", "off", "off"])]
)
def test_only_tests_may_lose_what_was_committed(
    make_services: Make, durable: bool, expected: list[str]
) -> None:
    services = make_services(durable=durable)
    _start(services.postgres, services)

    names = ("fsync", "synchronous_commit", "full_page_writes")
    assert [_ask(services.postgres, f"SHOW {name}")[0][0] for name in names] == expected


def test_postgres_is_set_up_for_many_schemas(make_services: Make) -> None:
    services = make_services()
    _start(services.postgres, services)

    wanted = {
        "max_connections": "200",
        "max_locks_per_transaction": "1024",
        "recovery_init_sync_method": "syncfs",
        "shared_preload_libraries": "pg_stat_statements",
        "TimeZone": "UTC",
        "listen_addresses": "",
        "server_encoding": "UTF8",
    }
    found = {name: _ask(services.postgres, f"SHOW {name}")[0][0] for name in wanted}

    assert found == wanted
    locale = "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'galleria'"
    assert _ask(services.postgres, locale) in ([("b", "C.UTF-8")], [(b"b", "C.UTF-8")])


def test_killed_postgres_starts_again_with_its_data(make_services: Make) -> None:
    """The killed one stays a zombie of this process: PostgreSQL itself would take it for alive."""
    services = make_services(durable=True)
    _start(services.postgres, services)
    _ask(services.postgres, "CREATE TABLE kept AS SELECT 42 AS n")

    _kill(services.postgres)

    assert services.postgres.running() is None
    assert _start(services.postgres, services)
    assert _ask(services.postgres, "SELECT n FROM kept") == [(42,)]


def test_killed_valkey_starts_again_with_its_data(make_services: Make) -> None:
    services = make_services(durable=True)
    _start(services.valkey, services)
    with redis.Redis.from_url(services.valkey.url) as client:
        client.set("kept", "42")

    _kill(services.valkey)

    assert services.valkey.running() is None
    assert services.valkey.socket_path.exists()
    assert _start(services.valkey, services)
    with redis.Redis.from_url(services.valkey.url) as client:
        assert client.get("kept") == b"42"


def test_backends_that_outlive_a_killed_postgres_are_ended(make_services: Make) -> None:
    services = make_services()
    _start(services.postgres, services)
    process = services.postgres.running()
    assert process is not None
    others = [p for p in working_in(services.folder.postgres) if p != process]
    os.kill(others[0].pid, signal.SIGSTOP)  # cannot notice that the server died

    _kill(services.postgres)

    assert _start(services.postgres, services)
    assert not others[0].alive


def test_lock_files_with_a_recycled_pid_do_not_stop_postgres(make_services: Make) -> None:
    services = make_services()
    _start(services.postgres, services)
    services.stop()
    mine = f"{os.getpid()}\n{services.folder.postgres}\n1\n5432\n"
    (services.folder.postgres / "postmaster.pid").write_text(mine)
    (services.folder.sockets / ".s.PGSQL.5432.lock").write_text(mine)

    assert services.postgres.running() is None
    assert _start(services.postgres, services)
    assert _ask(services.postgres, "SELECT 1") == [(1,)]


def test_cluster_that_was_killed_while_it_was_made_is_made_again(make_services: Make) -> None:
    services = make_services()
    unfinished = services.folder.root / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")

    assert _start(services.postgres, services)

    assert not unfinished.exists()
    assert _ask(services.postgres, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("name", ["with  spaces, 'quotes\" and ü %", "long/" * 30 + "end"])
def test_any_path_will_do(make_services: Make, name: str) -> None:
    services = make_services(name)

    services.start([services.valkey, services.postgres], dies_with_us=True)

    assert len(os.fsencode(services.valkey.socket_path)) < 108
    assert _ask(services.postgres, "SELECT 1") == [(1,)]
    assert redis.Redis.from_url(services.valkey.url).ping()
    assert services.folder.sockets.stat().st_mode & 0o777 == 0o700


def test_sockets_that_others_could_reach_are_refused(make_services: Make) -> None:
    services = make_services()
    services.folder.sockets.chmod(0o755)

    with pytest.raises(LocalError, match="must be a folder with mode 0700"):
        services.folder.create()


def test_server_that_does_not_start_says_why(make_services: Make) -> None:
    services = make_services()
    _start(services.postgres, services)
    services.stop()
    (services.folder.postgres / "postgresql.auto.conf").write_text("work_mem = 'none'\n")

    with pytest.raises(LocalError) as failure:
        _start(services.postgres, services)

    assert "postgres did not start (exit code 1)" in str(failure.value)
    assert 'invalid value for parameter "work_mem"' in str(failure.value)


def test_data_of_another_version_is_refused(make_services: Make) -> None:
    services = make_services()
    services.folder.postgres.mkdir(mode=0o700)
    (services.folder.postgres / "PG_VERSION").write_text("15\n")

    with pytest.raises(LocalError, match="was made by PostgreSQL 15 and this is"):
        _start(services.postgres, services)


def test_servers_die_with_the_process_that_started_them(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    code = (
        "import pathlib, sys, time\n"
        "from config.local.folders import DataFolder\n"
        "from config.local.services import Services\n"
        "services = Services(DataFolder(pathlib.Path(sys.argv[1])), durable=False)\n"
        "services.start([services.valkey, services.postgres], dies_with_us=True)\n"
        "print('started', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(folder.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        living = working_in(folder.postgres) + working_in(folder.valkey)

        parent.kill()

    assert len(living) > 2
    end(living, number=signal.SIGCONT, grace=15)  # only waits: the signal changes nothing
    assert working_in(folder.postgres) + working_in(folder.valkey) == []
    assert not (folder.postgres / "postmaster.pid").exists(), "it was not shut down cleanly"


@pytest.mark.parametrize("user", ["ordinary", "root without namespaces"])
def test_servers_start_as_any_user(public_folder: Path, user: str) -> None:
    """Where namespaces are forbidden to root, an ordinary account owns the data."""
    clone = copy_of_local_runtime(public_folder / "clone")
    packages = copy_of_server_packages(clone / "packages")
    command = [python_for_everybody(), str(clone / "manage.py"), "services"]
    if user == "ordinary":
        give_to_ordinary_user(clone)
        command = as_ordinary_user(command)
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(packages),
        "GALLERIA_NO_BOOTSTRAP": "1",
        "GALLERIA_NO_USER_NAMESPACE": "1",
    }

    results = [
        subprocess.run(
            [*command, action],
            env=variables,
            cwd=clone,
            capture_output=True,
            text=True,
            check=False,
        )
        for action in ("up", "status", "down")
    ]

    assert [result.stderr for result in results] == ["", "", ""]
    assert results[1].stdout.count("running (pid") == 2
    assert (clone / ".data" / "dev" / "postgres").stat().st_uid != 0
