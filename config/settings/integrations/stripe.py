"""Stripe. Keys are each shop's own (payments.PaymentAccount); here is only where Stripe lives."""

import environ

env = environ.Env()

# Empty: Stripe itself. `manage.py up` points it at the simulator.
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")
STRIPE_TIMEOUT_SECONDS = env.float("STRIPE_TIMEOUT_SECONDS", default=10.0)
