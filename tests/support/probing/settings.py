"""The test settings with the probing app: for worker and relay processes that tests start."""

from config.settings.test import *  # noqa: F403 - how settings are layered
from config.settings.test import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.support.probing.apps.Config"]
