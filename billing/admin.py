"""Plans, what they cost and grant, and who has which."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import F

from apps.shared.admin.bases import EditableAdmin, ForViewers, ReadOnlyAdmin, money_column
from apps.shared.admin.columns import extra_columns
from apps.shared.admin.money import MajorUnitsField, MoneyForm
from apps.shared.money import currencies
from billing.models import Feature, Plan, PlanFeature, PlanPrice, Subscription

if TYPE_CHECKING:
    _PriceInline = admin.TabularInline[PlanPrice, Plan]
    _FeatureInline = admin.TabularInline[PlanFeature, Plan]
else:
    _PriceInline = _FeatureInline = admin.TabularInline


class PlanPriceForm(MoneyForm):
    """A price in a currency of its own."""

    money_fields = ("amount",)
    amount = MajorUnitsField(label="Price")
    currency = forms.ChoiceField(
        choices=lambda: [("", "–"), *((code, code) for code in currencies())]
    )

    class Meta:
        model = PlanPrice
        fields = ["interval", "amount", "currency"]


class PlanPriceInline(ForViewers, _PriceInline):
    model = PlanPrice
    form = PlanPriceForm
    extra = 0
    for_viewers = {"amount": money_column("amount", "Price")}


class PlanFeatureInline(_FeatureInline):
    model = PlanFeature
    fields = ["feature", "limit_value"]
    autocomplete_fields = ["feature"]
    extra = 0


class PlanAdmin(EditableAdmin[Plan]):
    """A plan that somebody subscribes to is kept by the database."""

    list_display = ["name", "code", "is_public", "trial_days", "position"]
    list_filter = ["is_public"]
    search_fields = ["name", "code"]
    prepopulated_fields = {"code": ["name"]}
    fields = ["name", "code", "is_public", "trial_days", "position"]
    inlines = [PlanPriceInline, PlanFeatureInline]


class FeatureAdmin(EditableAdmin[Feature]):
    """What code asks for by its code."""

    list_display = ["code", "name"]
    search_fields = ["code", "name"]
    locked_fields = ("code",)


class SubscriptionAdmin(ReadOnlyAdmin[Subscription]):
    """Who has which plan. The status follows the payments for it."""

    list_display = ["tenant", "plan", "status", "trial_ends_at", "created_at"]
    list_filter = ["status", "plan"]
    list_select_related = ["tenant", "plan"]
    search_fields = ["tenant__name", "tenant__slug"]
    fields = ["tenant", "plan", "status", "trial_ends_at", "created_at"]


@extra_columns("tenants.tenant", {"plan_name": "Plan", "subscription_status": "Subscription"})
def with_plan(tenants: Any) -> Any:
    """The plan that a shop is on."""
    return tenants.annotate(
        plan_name=F("subscription__plan__name"), subscription_status=F("subscription__status")
    )


def register(site: admin.AdminSite) -> None:
    """Put the pages of this app on the platform's admin."""
    site.register(Plan, PlanAdmin)
    site.register(Feature, FeatureAdmin)
    site.register(Subscription, SubscriptionAdmin)
