"""What the user sets in the environment wins over what is embedded."""

from pathlib import Path

import pytest

from config.local import environment
from config.local.folders import DataFolder, dev_root
from config.local.services import Services
from config.local.supervisor.banner import banner, read_demo
from config.local.supervisor.ports import Ports
from config.local.supervisor.programs import Programs

PORTS = Ports(web=8001, simulator=8420, mail=8425)
NAMES = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "STRIPE_API_BASE", "STRIPE_SECRET_KEY")


@pytest.fixture
def programs_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "ProgramsWith":
    for name in (*NAMES, "MEDIA_ROOT", "HTTP_PORT"):
        monkeypatch.delenv(name, raising=False)
    return ProgramsWith(tmp_path, monkeypatch)


class ProgramsWith:
    """Programs in an environment where only the given variables are set."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._root = root
        self._monkeypatch = monkeypatch

    def __call__(self, **variables: str) -> Programs:
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)
        return Programs.on(DataFolder(self._root), PORTS)


def test_with_nothing_set_everything_is_embedded(programs_with: ProgramsWith) -> None:
    programs = programs_with()

    assert programs.variables["DATABASE_URL"].startswith("postgresql://galleria@/galleria?host=/")
    assert programs.variables["REDIS_URL"].startswith("unix:///")
    assert programs.variables["STRIPE_API_BASE"] == "http://127.0.0.1:8420"
    assert programs.variables["EMAIL_URL"] == "smtp://127.0.0.1:8425"
    assert programs.variables["HTTP_PORT"] == "8001"
    assert programs.simulator_needed


@pytest.mark.parametrize(
    ("name", "remaining"), [("DATABASE_URL", ["valkey"]), ("REDIS_URL", ["postgres"])]
)
def test_server_that_is_set_is_not_started(
    programs_with: ProgramsWith, name: str, remaining: list[str]
) -> None:
    programs = programs_with(**{name: "scheme://elsewhere/1"})

    assert programs.variables[name] == "scheme://elsewhere/1"
    needed = programs.services.needed({name: "scheme://elsewhere/1"})
    assert [server.name for server in needed] == remaining


def test_empty_variable_counts_as_not_set(programs_with: ProgramsWith) -> None:
    programs = programs_with(DATABASE_URL="")

    assert programs.variables["DATABASE_URL"].startswith("postgresql://")
    assert len(programs.services.needed({"DATABASE_URL": ""})) == 2


def test_real_stripe_keys_are_never_sent_to_the_simulator(programs_with: ProgramsWith) -> None:
    programs = programs_with(STRIPE_SECRET_KEY="sk_test_1")

    assert "STRIPE_API_BASE" not in programs.variables
    assert programs.simulator_needed, "it still takes the mail"


def test_simulator_is_not_started_when_stripe_and_mail_are_set(
    programs_with: ProgramsWith,
) -> None:
    programs = programs_with(STRIPE_API_BASE="https://stripe.test", EMAIL_URL="smtp://mail.test")

    assert not programs.simulator_needed


def test_recorded_environment_is_only_for_this_user(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.create()

    environment.record(folder, {"DATABASE_URL": "postgresql://u:secret@host/db"})

    [file] = folder.state.glob("environment.*")
    assert file.stat().st_mode & 0o777 == 0o600


def test_recorded_environment_of_what_has_ended_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    folder = DataFolder(dev_root())
    folder.create()
    environment.record(folder, Services(folder, durable=True).environment())

    assert environment.of_running() is None


def test_banner_tells_addresses_and_logins(programs_with: ProgramsWith) -> None:
    line = (
        '{"platform": {"url": "http://p", "admin_url": "http://p/admin/", "email": "a@b",'
        ' "password": "pw"}, "shops": [{"name": "Apparel", "url": "http://s/",'
        ' "admin_url": "http://s/admin/", "email": "c@d", "password": "pw2"}]}'
    )

    text = banner(read_demo(["made", line]), programs_with(), seconds=3.14)

    assert "Galleria is ready after 3.1 s." in text
    assert "http://s/admin/  c@d / pw2" in text
    assert "http://p/admin/  a@b / pw" in text
    assert "curl http://s/api/v1/products" in text
