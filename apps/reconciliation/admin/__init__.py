"""The daily reports, to look at and to take along."""

from django.contrib import admin

from apps.reconciliation.admin.payouts import PayoutAdmin
from apps.reconciliation.admin.reports import ReconciliationAdmin
from apps.reconciliation.models import Payout, Reconciliation


def register(site: admin.AdminSite) -> None:
    """Put the pages of this app on a shop's admin."""
    site.register(Payout, PayoutAdmin)
    site.register(Reconciliation, ReconciliationAdmin)
