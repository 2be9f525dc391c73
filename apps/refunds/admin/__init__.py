"""Refunds: asked for on a form, decided on by a second person, otherwise only looked at."""

from django.contrib import admin

from apps.refunds.admin.refunds import RefundAdmin
from apps.refunds.models import Refund


def register(site: admin.AdminSite) -> None:
    """Put the pages of this app on a shop's admin."""
    site.register(Refund, RefundAdmin)
