"""Bakong, the National Bank of Cambodia's. Tokens are each shop's own (payments.PaymentAccount)."""

import environ

env = environ.Env()

# Empty: the bank itself. `manage.py up` points it at the simulator.
BAKONG_API_BASE = env.str("BAKONG_API_BASE", default="")
# The bank answers callers in Cambodia only: http://user:secret@host:port of a proxy there.
BAKONG_PROXY = env.str("BAKONG_PROXY", default="")
BAKONG_TIMEOUT_SECONDS = env.float("BAKONG_TIMEOUT_SECONDS", default=10.0)
BAKONG_CALLS_AT_ONCE = env.int("BAKONG_CALLS_AT_ONCE", default=2)
# How long a shopper may pay a code, in minutes.
BAKONG_CODE_MINUTES = env.int("BAKONG_CODE_MINUTES", default=15)
