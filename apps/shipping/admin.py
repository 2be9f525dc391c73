"""Shipping methods: plain data, with prices typed in major units."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.shared.admin.bases import EditableAdmin, money_column
from apps.shared.admin.money import MajorUnitsField, MoneyForm
from apps.shipping.models import ShippingMethod
from apps.shop import selectors as shop


class ShippingMethodForm(MoneyForm):
    """A flat rate in the shop's currency."""

    money_fields = ("amount",)
    amount = MajorUnitsField(label="Price")

    class Meta:
        model = ShippingMethod
        fields = ["name", "code", "amount", "position", "is_active"]


class ShippingMethodAdmin(EditableAdmin[ShippingMethod]):
    """Carts and orders keep copies, so a method may be changed or deleted at any time."""

    form = ShippingMethodForm
    for_viewers = {"amount": money_column("amount", "Price")}
    list_display = ["name", "code", money_column("amount", "Price"), "position", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "code"]
    search_help_text = "Name, code or id (shp_…)"
    prepopulated_fields = {"code": ["name"]}

    def get_form(
        self,
        request: HttpRequest,
        obj: ShippingMethod | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.default_currency = shop.shop_settings().currency
        return form


def register(site: admin.AdminSite) -> None:
    """Put the pages of this app on a shop's admin."""
    site.register(ShippingMethod, ShippingMethodAdmin)
