"""The test settings behind a pooler, with the engine that the environment names."""

from config.settings.test import *  # noqa: F403 - how settings are layered
from config.settings.test import DATABASES, env

DATABASES["default"]["ENGINE"] = env.str("SCENE_ENGINE", default="config.postgres")
# PgBouncer knows no session options.
DATABASES["default"]["OPTIONS"].pop("options", None)
