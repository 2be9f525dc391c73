"""PayPal. Apps are each shop's own (payments.PaymentAccount); here is only where PayPal lives."""

import environ

env = environ.Env()

# Empty: PayPal itself, live or sandbox as each account says. `manage.py up` points it at the
# simulator, whose webhooks are signed under a root of its own.
PAYPAL_API_BASE = env.str("PAYPAL_API_BASE", default="")
PAYPAL_ROOTS_FILE = env.str("PAYPAL_ROOTS_FILE", default="")
PAYPAL_TIMEOUT_SECONDS = env.float("PAYPAL_TIMEOUT_SECONDS", default=15.0)
PAYPAL_CALLS_AT_ONCE = env.int("PAYPAL_CALLS_AT_ONCE", default=2)
