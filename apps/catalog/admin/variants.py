from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.catalog.admin.forms import OPTION_FIELDS, VariantForm
from apps.catalog.models import Variant
from apps.shared.admin.bases import KeptAdmin, money_column
from apps.shared.admin.columns import columns_of, with_extra_columns
from apps.shared.admin.follow_ups import follow_up_on
from apps.shared.admin.panels import link


class SingleVariantForm(VariantForm):
    """On a page of its own, where the product's other variants are not in sight."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.refuse_other_options(self.option_names)
        same = Variant.objects.filter(
            product=self.instance.product_id, option_values=cleaned["option_values"]
        )
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error(None, "Another variant of the product has these option values.")
        return cleaned


class VariantAdmin(KeptAdmin[Variant]):
    """All of one variant. It is added on its product's page, and never deleted: orders, carts
    and stock refer to it."""

    form = SingleVariantForm
    list_display = ["sku", "product", "title", money_column("price_amount", "Price")]
    list_filter = ["inventory_policy"]
    list_select_related = ["product"]
    search_fields = ["sku", "=barcode", "product__title"]
    search_help_text = "SKU, barcode, product or id (var_…)"
    ordering = ["sku"]
    for_viewers = {
        "price_amount": money_column("price_amount", "Price"),
        "compare_at_amount": money_column("compare_at_amount", "Compare at"),
    }

    def title_of(self, obj: Variant) -> str:
        return f"{obj.sku} · {obj.product.title}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        return with_extra_columns(super().get_queryset(request).select_related("product"))

    def get_list_display(self, request: HttpRequest) -> Any:
        return [*self.list_display, *columns_of(Variant), "inventory_policy"]

    def get_readonly_fields(self, request: HttpRequest, obj: Variant | None = None) -> Any:
        own = ["public_id", "product_link", "title", *columns_of(Variant)]
        return [*super().get_readonly_fields(request, obj), *own]

    def get_fieldsets(self, request: HttpRequest, obj: Variant | None = None) -> Any:
        prices = ["price_amount", "compare_at_amount"]
        if not self._may_change(request, obj):
            prices = self._seen(prices)
        options = OPTION_FIELDS[: len(obj.product.options)] if obj else ()
        shown = options if self._may_change(request, obj) else ()
        return [
            (None, {"fields": ["product_link", "public_id", "title", "sku", *shown, *prices]}),
            ("Stock", {"fields": ["inventory_policy", *columns_of(Variant)]}),
            (
                "Details",
                {
                    "fields": [
                        "barcode",
                        "grams",
                        "requires_shipping",
                        "taxable",
                        "image",
                        "position",
                    ]
                },
            ),
        ]

    def get_form(
        self, request: HttpRequest, obj: Variant | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.option_names = obj.product.options if obj else []
        form.option_count = len(form.option_names)
        return form

    def save_model(self, request: HttpRequest, obj: Variant, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        follow_up_on(obj, form.changed_data)

    @admin.display(description="Product")
    def product_link(self, variant: Variant) -> SafeString:
        return link(variant.product.title, "admin:catalog_product_change", variant.product_id)
