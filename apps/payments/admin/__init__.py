"""Payments, what providers told us, and the shop's accounts with them."""

from django.contrib import admin

from apps.payments.admin.accounts import PaymentAccountAdmin
from apps.payments.admin.disputes import PaymentDisputeAdmin
from apps.payments.admin.events import ProviderEventAdmin
from apps.payments.admin.intents import PaymentIntentAdmin
from apps.payments.models import PaymentAccount, PaymentDispute, PaymentIntent, ProviderEvent


def register(site: admin.AdminSite) -> None:
    """Put the pages of this app on a shop's admin."""
    site.register(PaymentIntent, PaymentIntentAdmin)
    site.register(PaymentDispute, PaymentDisputeAdmin)
    site.register(ProviderEvent, ProviderEventAdmin)
    site.register(PaymentAccount, PaymentAccountAdmin)
