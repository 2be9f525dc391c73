"""Bakong's open API: questions about payments, tokens, deep links. It tells nothing by itself.

Mounted under ``/bakong``: what the bank serves at ``/v1/renew_token`` is at
``/bakong/v1/renew_token``.
"""
