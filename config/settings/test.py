"""The test suite: real servers, cheap password hashes."""

import os

from config.settings.base import *
from config.settings.base import CACHES, DATABASES, LOGGING, env

SECRET_KEY = "tests-only-not-a-secret"
FIELD_ENCRYPTION_KEYS = ["dGVzdHMtb25seS1ub3QtYS1zZWNyZXQtMDEyMzQ1Njc="]
BACKUP_ENCRYPTION_KEYS = ["dGVzdHMtb25seS1ub3QtYS1rZXktZm9yLWJhY2t1cHM="]
# Shops come and go with each test's transaction.
TENANT_CACHE_SECONDS = 0.0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGGING["handlers"]["stderr"]["formatter"] = env.str("LOG_FORMAT", default="console")
# Look for static files when they are asked for, not whenever a test makes a client.
WHITENOISE_AUTOREFRESH = True
# Race tests open a connection for each of their threads, all at once.
DATABASES["default"]["OPTIONS"]["pool"].update(max_size=32, timeout=30)
# What a session believes leads nowhere: whoever reads right has named his schema himself.
DATABASES["default"]["OPTIONS"]["options"] = "-c search_path=pg_catalog"
# The workers of a run share a Valkey, and their databases hold shops of the same names.
CACHES["shared"]["KEY_PREFIX"] = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
