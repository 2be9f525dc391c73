"""The tests' settings with one migration more, and tenants remembered as in production."""

from config.settings.test import *  # noqa: F403 - how settings are layered
from config.settings.test import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.tenancy.fleet.next_version.apps.Config"]
MIGRATION_MODULES = {"catalog": "tests.tenancy.fleet.next_version.catalog"}
TENANT_CACHE_SECONDS = 2.0
