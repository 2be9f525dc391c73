"""PayPal's Orders v2, Payments v2, webhooks and Transaction Search, as far as the product needs.

Mounted under ``/paypal``: what PayPal serves at ``/v2/checkout/orders`` is at
``/paypal/v2/checkout/orders`` here.
"""
