"""The shop's settings: one row, edited in place."""

from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from apps.shared.admin.audited import Audited
from apps.shared.admin.bases import KeptAdmin
from apps.shared.admin.money import MajorUnitsField, MoneyForm, PlainDecimalField
from apps.shared.schema import current_schema
from apps.shop.models import ShopSettings

_PLACES = 2  # a basis point is a hundredth of one per cent


class ShopSettingsForm(MoneyForm):
    """The tax rate is typed in per cent and kept in basis points; amounts in major units."""

    money_fields = ("refund_approval_threshold_amount",)

    tax_rate = PlainDecimalField(
        label="Tax rate (%)",
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=_PLACES,
        help_text="One flat rate for the whole shop.",
    )
    refund_approval_threshold_amount = MajorUnitsField(
        required=False,
        label="Refunds need a second person above",
        help_text=(
            "Of an order in all, with those under way. Empty: never; 0: each refund needs one."
        ),
    )
    time_zone = forms.ChoiceField(choices=lambda: [(zone, zone) for zone in _zones()])

    class Meta:
        model = ShopSettings
        fields = [
            "name",
            "contact_email",
            "country",
            "time_zone",
            "language",
            "legal_name",
            "legal_address",
            "tax_number",
            "prices_include_tax",
            "order_expiry_minutes",
            "payment_reminder_minutes",
            "cart_expiry_days",
            "refund_approval_threshold_amount",
            "backorder_limit",
            "low_stock_threshold",
            "withholds_messages",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["tax_rate"] = Decimal(self.instance.tax_rate_bp).scaleb(-_PLACES)

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"].upper()
        if len(country) != 2 or not (country.isascii() and country.isalpha()):
            raise forms.ValidationError("Two letters, as in US or KH.", code="country")
        return country

    def save(self, commit: bool = True) -> ShopSettings:
        self.instance.tax_rate_bp = int(self.cleaned_data["tax_rate"].scaleb(_PLACES))
        settings: ShopSettings = super().save(commit)
        return settings


def _zones() -> list[str]:
    return sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


class ShopSettingsAdmin(Audited, KeptAdmin[ShopSettings]):
    """No list: its place in the menu leads to the settings themselves.

    The currency is fixed when the shop is made: every price is an amount of it.
    """

    audited_as = ("shop", "settings")
    form = ShopSettingsForm
    readonly_fields = ["currency"]
    fieldsets = [
        (None, {"fields": ["name", "contact_email", "country", "time_zone", "language"]}),
        ("On invoices", {"fields": ["legal_name", "legal_address", "tax_number"]}),
        ("Prices", {"fields": ["currency", "tax_rate", "prices_include_tax"]}),
        (
            "Selling",
            {
                "fields": [
                    "order_expiry_minutes",
                    "payment_reminder_minutes",
                    "cart_expiry_days",
                    "refund_approval_threshold_amount",
                    "backorder_limit",
                    "low_stock_threshold",
                ]
            },
        ),
        ("After a restore", {"fields": ["withholds_messages"]}),
    ]

    def audited(self, obj: ShopSettings) -> dict[str, object]:
        return model_to_dict(obj)

    def audited_id(self, obj: ShopSettings) -> str:
        return current_schema()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:shop_shopsettings_change", args=[True]))

    def response_post_save_change(
        self, request: HttpRequest, obj: ShopSettings
    ) -> HttpResponseRedirect:
        return HttpResponseRedirect(request.path)


def register(site: admin.AdminSite) -> None:
    """Put the settings on a shop's admin."""
    site.register(ShopSettings, ShopSettingsAdmin)
