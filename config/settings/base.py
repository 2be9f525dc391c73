"""Settings that every environment shares. Each value that a deployment chooses comes from the
environment and is documented in `.env.example`."""

from pathlib import Path

import environ

from config.settings.integrations.database import database_from_url

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data" / "dev")))

SECRET_KEY = env.str("SECRET_KEY", default="")
DEBUG = env.bool("DEBUG", default=False)

PLATFORM_DOMAIN = env.str("PLATFORM_DOMAIN", default="galleria.localhost")
HTTP_PORT = env.int("HTTP_PORT", default=8000)
# Where a shop that reached a limit of its plan is sent (402 plan_limit_reached).
PLAN_UPGRADE_URL = env.str("PLAN_UPGRADE_URL", default="") or f"https://{PLATFORM_DOMAIN}/"
# How many proxies of ours stand in front, each adding to X-Forwarded-For; 0: it is not believed.
PROXIES_IN_FRONT = env.int("PROXIES_IN_FRONT", default=0)
# The domains table is the allow-list: a host that is not in it is answered 404 before any view.
ALLOWED_HOSTS = ["*"]

SHARED_APPS = [
    # Before django_tenants: it refuses those of its commands that would leave half a shop.
    "tenants.apps.Config",
    "django_tenants",
    "billing.apps.Config",
    "apps.shared.relay.apps.Config",
    "apps.shared.schedule.apps.Config",
    "apps.shared.audit.apps.Config",
    "apps.shared.invariants.apps.Config",
    "apps.shared.outbox.apps.Config",
    "apps.shared.idempotency.apps.Config",
    "apps.staff.apps.Config",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
TENANT_APPS = [
    "apps.shared.audit.apps.Config",
    "apps.shared.outbox.apps.Config",
    "apps.shared.idempotency.apps.Config",
    "apps.shop.apps.Config",
    "apps.staff.apps.Config",
    "apps.customers.apps.Config",
    "apps.catalog.apps.Config",
    "apps.inventory.apps.Config",
    "apps.shipping.apps.Config",
    "apps.cart.apps.Config",
    "apps.orders.apps.Config",
    "apps.payments.apps.Config",
    "apps.finance.apps.Config",
    "apps.checkout.apps.Config",
    "apps.refunds.apps.Config",
    "apps.reconciliation.apps.Config",
    "apps.reports.apps.Config",
    "apps.notifications.apps.Config",
    "apps.repair.apps.Config",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
]
INSTALLED_APPS = SHARED_APPS + [app for app in TENANT_APPS if app not in SHARED_APPS]

TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
PUBLIC_SCHEMA_URLCONF = "config.urls_public"
ROOT_URLCONF = "config.urls_tenant"
DATABASES = {
    "default": database_from_url(
        env.str("DATABASE_URL", default="postgresql:///galleria"),
        prepared_statements=env.bool("DATABASE_PREPARED_STATEMENTS", default=True),
    )
}
DATABASE_DIRECT_URL = env.str("DATABASE_DIRECT_URL", default="")
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# How long a shop waits, closed, between being deleted and being gone.
TENANT_DELETION_DAYS = env.int("TENANT_DELETION_DAYS", default=30)

# How long a web process may remember which tenant a host is (tenants/routing.py).
TENANT_CACHE_SECONDS = 2.0

MIDDLEWARE = [
    "apps.shared.api.middleware.RequestContextMiddleware",
    "config.health.LivenessMiddleware",
    "tenants.middleware.TenantMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.pages.StaticFiles",
    "config.pages.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.pages.Users",
    "config.pages.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
WSGI_APPLICATION = "config.wsgi.application"
# A path without its slash is another path: APIs answer 404 instead of a redirect.
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_USER_MODEL = "staff.User"
SESSION_ENGINE = "config.sessions"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# How long a link to set a password opens, in seconds: three days.
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60
FIELD_ENCRYPTION_KEYS = env.list("FIELD_ENCRYPTION_KEYS", default=[])
# After so many days a payment that is in no payout of its provider's is told.
PAYOUT_OVERDUE_DAYS = env.int("PAYOUT_OVERDUE_DAYS", default=14)
BACKUP_ENCRYPTION_KEYS = env.list("BACKUP_ENCRYPTION_KEYS", default=[])

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# The web process serves them itself, out of the packages they come in: nothing is collected.
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(DATA_DIR / "media"))
PRIVATE_MEDIA_ROOT = env.str("PRIVATE_MEDIA_ROOT", default=str(DATA_DIR / "private"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    # Invoices and exports: never under a public URL, one folder per tenant.
    "private": {
        "BACKEND": "apps.shared.storage.PrivateStorage",
        "OPTIONS": {
            "location": PRIVATE_MEDIA_ROOT,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
}
# A request body is at most this long; product imports go through a command.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# A product's page in the admin posts some ten fields for each of up to fifty variants and pictures.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

from config.settings.integrations.api import REST_FRAMEWORK, SPECTACULAR_SETTINGS
from config.settings.integrations.bakong import (
    BAKONG_API_BASE,
    BAKONG_CALLS_AT_ONCE,
    BAKONG_CODE_MINUTES,
    BAKONG_PROXY,
    BAKONG_TIMEOUT_SECONDS,
)
from config.settings.integrations.celery_beat import CELERY_BEAT_SCHEDULE
from config.settings.integrations.metrics import METRICS_TOKEN, PROMETHEUS_MULTIPROC_DIR
from config.settings.integrations.mail import (
    DEFAULT_FROM_EMAIL,
    EMAIL_BACKEND,
    EMAIL_HOST,
    EMAIL_HOST_PASSWORD,
    EMAIL_HOST_USER,
    EMAIL_PORT,
    EMAIL_TIMEOUT,
    EMAIL_USE_SSL,
    EMAIL_USE_TLS,
)
from config.settings.integrations.paypal import (
    PAYPAL_API_BASE,
    PAYPAL_CALLS_AT_ONCE,
    PAYPAL_ROOTS_FILE,
    PAYPAL_TIMEOUT_SECONDS,
)
from config.settings.integrations.razorpay import (
    RAZORPAY_API_BASE,
    RAZORPAY_CALLS_AT_ONCE,
    RAZORPAY_TIMEOUT_SECONDS,
)
from config.settings.integrations.stripe import (
    DEMO_STRIPE_PUBLISHABLE_KEY,
    DEMO_STRIPE_SECRET_KEY,
    DEMO_STRIPE_WEBHOOK_SECRET,
    STRIPE_API_BASE,
    STRIPE_CALLS_AT_ONCE,
    STRIPE_CONNECT_FEE_BASIS_POINTS,
    STRIPE_CONNECT_PUBLISHABLE_KEY,
    STRIPE_CONNECT_SECRET_KEY,
    STRIPE_TIMEOUT_SECONDS,
)
from config.settings.integrations.valkey import (
    CACHES,
    CELERY_BROKER_TRANSPORT_OPTIONS,
    CELERY_BROKER_URL,
    REDIS_URL,
)
from config.settings.integrations.log import LOGGING

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1

# Dumps the template schema from which new shops are made; must not be older than the server.
PG_DUMP = env.str("PG_DUMP", default="pg_dump")
