"""A developer's settings with the handler that is measured: for `bench events` only."""

from config.settings.dev import *  # noqa: F403 - how settings are layered
from config.settings.dev import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.probed.apps.Config"]
