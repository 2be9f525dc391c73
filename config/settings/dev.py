"""A developer's machine: `manage.py up`. Never for the open internet."""

from config.settings.base import *
from config.settings.base import INSTALLED_APPS, LOGGING, env

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env.str("SECRET_KEY", default="development-only-not-a-secret")
# A Fernet key made from nothing secret, so that a restart of the demo can still read its data.
FIELD_ENCRYPTION_KEYS = env.list(
    "FIELD_ENCRYPTION_KEYS", default=["ZGV2ZWxvcG1lbnQtb25seS1ub3QtYS1zZWNyZXQtISE="]
)
LOGGING["handlers"]["stderr"]["formatter"] = env.str("LOG_FORMAT", default="console")
INSTALLED_APPS = [*INSTALLED_APPS, "apps.demo.apps.Config"]
