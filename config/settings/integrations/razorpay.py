"""Razorpay. Keys are each shop's own (payments.PaymentAccount); here is only where it lives."""

import environ

env = environ.Env()

# Empty: Razorpay itself. `manage.py up` points it at the simulator.
RAZORPAY_API_BASE = env.str("RAZORPAY_API_BASE", default="")
RAZORPAY_TIMEOUT_SECONDS = env.float("RAZORPAY_TIMEOUT_SECONDS", default=10.0)
RAZORPAY_CALLS_AT_ONCE = env.int("RAZORPAY_CALLS_AT_ONCE", default=2)
