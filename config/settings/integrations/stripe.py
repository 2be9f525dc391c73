"""Stripe. Keys are each shop's own (payments.PaymentAccount); here is only where Stripe lives."""

import environ

env = environ.Env()

# Empty: Stripe itself. `manage.py up` points it at the simulator.
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")
STRIPE_TIMEOUT_SECONDS = env.float("STRIPE_TIMEOUT_SECONDS", default=10.0)
# How many calls to Stripe one process makes at once: fewer than a web process has threads.
STRIPE_CALLS_AT_ONCE = env.int("STRIPE_CALLS_AT_ONCE", default=2)

# Connect: shops whose accounts belong to the platform's own (`manage.py stripe_connect`).
STRIPE_CONNECT_SECRET_KEY = env.str("STRIPE_CONNECT_SECRET_KEY", default="")
STRIPE_CONNECT_PUBLISHABLE_KEY = env.str("STRIPE_CONNECT_PUBLISHABLE_KEY", default="")
# What the platform keeps of each payment, in hundredths of a percent.
STRIPE_CONNECT_FEE_BASIS_POINTS = env.int("STRIPE_CONNECT_FEE_BASIS_POINTS", default=0)

# `manage.py demo` gives these to its shops instead of accounts at the simulator.
DEMO_STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
DEMO_STRIPE_PUBLISHABLE_KEY = env.str("STRIPE_PUBLISHABLE_KEY", default="")
DEMO_STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
