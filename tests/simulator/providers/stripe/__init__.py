"""Stripe's API, as far as a shop needs it, at the depth its contract allows.

Requests are checked against the TypedDicts of the official SDK, answers in the tests against the
SDK's classes and against Stripe's own examples. What Stripe accepts and this does not simulate
is refused, never ignored.
"""
