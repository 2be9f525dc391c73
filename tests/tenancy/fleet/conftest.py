"""A database of its own for each test of the fleet: what it migrates stays migrated."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.conf import settings
from django.test import override_settings

from apps.shared import clock
from tenants import fingerprints, services, versions
from tests.support import databases
from tests.support.shops import TestShop, make_shop

SHOPS = 4


@pytest.fixture(scope="session")
def first_database(django_db_setup: None, django_db_blocker: object) -> Iterator[str]:
    """A database at the first version, with shops `fleet-0` … besides those of all tests."""
    name = f"galleria_first_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        databases.copy_of_template(name)
        with databases.use_database(name), version("first"):
            services.prepare_platform(now=clock.now())
            services.migrate_fleet()
            for number in range(SHOPS):
                make_shop(slug=f"fleet-{number}")
    yield name
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        databases.drop(name)


@pytest.fixture(scope="session")
def second_database(first_database: str, django_db_blocker: object) -> Iterator[str]:
    """The same when public and the template have come to the second version, and no shop has."""
    name = first_database.replace("first", "second")
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        databases.copy(first_database, name)
        with databases.use_database(name), version("second"):
            services.prepare_platform(now=clock.now())
    yield name
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        databases.drop(name)


@pytest.fixture
def shops(first_database: str, django_db_blocker: object) -> Iterator[list[TestShop]]:
    """Shops at the first version, in a database of the test's own."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield from _shops_in_copy_of(first_database)


@pytest.fixture
def lagging(second_database: str, django_db_blocker: object) -> Iterator[list[TestShop]]:
    """The same, while the second version runs: they lag."""
    with django_db_blocker.unblock(), version("second"):  # type: ignore[attr-defined]
        yield from _shops_in_copy_of(second_database)


def _shops_in_copy_of(database: str) -> Iterator[list[TestShop]]:
    name = f"galleria_fleet_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    databases.copy(database, name)
    with databases.use_database(name):
        yield [TestShop(slug=f"fleet-{number}") for number in range(SHOPS)]
        databases.drop(name)


@contextmanager
def version(name: str) -> Iterator[None]:
    """This code with the synthetic app in one of its versions, `first` or `second`."""
    package = f"tests.tenancy.fleet.synthetic.{name}"
    app = f"{package}.apps.Config"
    _forget_models(package)
    with override_settings(
        INSTALLED_APPS=[*settings.INSTALLED_APPS, app], TENANT_APPS=[*settings.TENANT_APPS, app]
    ):
        forget_versions()
        try:
            yield
        finally:
            forget_versions()
    _forget_models(package)


def _forget_models(package: str) -> None:
    """Both versions have the same label, which Django allows once in a process."""
    apps.all_models.pop("synthetic", None)
    sys.modules.pop(f"{package}.models", None)
    apps.clear_cache()


def forget_versions() -> None:
    """What a process knows of its own code and of others'."""
    fingerprints.code_migrations.cache_clear()
    fingerprints.code_fingerprint.cache_clear()
    versions._serves.clear()
    versions._unknown.clear()
