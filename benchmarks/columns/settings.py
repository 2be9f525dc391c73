"""A developer's settings with the table that is migrated: for `bench fleet` only."""

from config.settings.dev import *  # noqa: F403 - how settings are layered
from config.settings.dev import INSTALLED_APPS, TENANT_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.columns.apps.Config"]
TENANT_APPS = [*TENANT_APPS, "benchmarks.columns.apps.Config"]
