"""Customers: who they are and whether they may sign in. Passwords are nobody's business."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.customers import services
from apps.customers.models import Customer
from apps.shared.admin.bases import KeptAdmin


class CustomerAdmin(KeptAdmin[Customer]):
    """Accounts are opened by their owners in the storefront, and closed here."""

    list_display = ["email", "name", "is_active", "created_at"]
    list_filter = ["is_active", "created_at"]
    search_fields = ["email", "name"]
    search_help_text = "E-mail address, name or id (cus_…)"
    fields = ["public_id", "email", "name", "is_active", "created_at"]
    readonly_fields = ["public_id", "email", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        """Closing an account also ends the sessions that it has."""
        super().save_model(request, obj, form, change)
        if "is_active" in form.changed_data and not obj.is_active:
            services.disable_customer(customer_id=obj.pk)


def register(site: admin.AdminSite) -> None:
    """Put the pages of this app on a shop's admin."""
    site.register(Customer, CustomerAdmin)
