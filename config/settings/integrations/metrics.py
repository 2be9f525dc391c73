"""`/metrics` for Prometheus, on the platform's host."""

import environ

env = environ.Env()

# What Prometheus must send as its bearer token; empty: there is no such page.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# The folder where all processes keep what they count, so that any of them can add it up. Read from
# the environment by apps.shared.metrics, before there are settings; empty: each tells its own.
PROMETHEUS_MULTIPROC_DIR = env.str("PROMETHEUS_MULTIPROC_DIR", default="")
