"""Razorpay's orders, payments, refunds and webhooks, as far as the product uses them.

Mounted under ``/razorpay``: what Razorpay serves at ``/v1/orders`` is at ``/razorpay/v1/orders``.
"""
