from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.catalog import services
from apps.catalog.admin.forms import ProductForm
from apps.catalog.admin.inlines import SHOWN_INLINE, ImageInline, VariantInline
from apps.catalog.models import Product, ProductImage, Variant
from apps.catalog.states import ProductStatus
from apps.shared import clock
from apps.shared.admin.bases import KeptAdmin
from apps.shared.admin.columns import columns_of, with_extra_columns
from apps.shared.admin.follow_ups import follow_up_on
from apps.shared.db import unit_of_work


class ProductAdmin(KeptAdmin[Product]):
    """Products are archived, not deleted: orders and stock refer to their variants."""

    form = ProductForm
    list_display = ["title", "status", "vendor", "product_type", "variant_count", "updated_at"]
    list_filter = ["status", "published_at", "updated_at"]
    search_fields = ["title", "handle", "vendor", "product_type", "=variants__sku"]
    search_help_text = "Title, handle, vendor, type, SKU or id (prd_…)"
    prepopulated_fields = {"handle": ["title"]}
    readonly_fields = ["public_id", "published_at", "created_at", "updated_at", "all_variants"]
    inlines = [VariantInline, ImageInline]
    actions = ["publish", "archive"]
    fieldsets = [
        (None, {"fields": ["title", "handle", "status", "body_html"]}),
        ("In the shop", {"fields": ["vendor", "product_type", "tags", "options"]}),
        (
            "Search engines",
            {"fields": ["seo_title", "seo_description"], "classes": ["collapse"]},
        ),
        (
            "More",
            {
                "fields": ["public_id", "published_at", "created_at", "updated_at", "metadata"],
                "classes": ["collapse"],
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        products = with_extra_columns(super().get_queryset(request))
        return products.annotate(
            variants_=Subquery(_count_of(Variant)), images_=Subquery(_count_of(ProductImage))
        )

    def get_list_display(self, request: HttpRequest) -> Any:
        return [*self.list_display[:-1], *columns_of(Product), self.list_display[-1]]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Product | None = None) -> Any:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        if obj is None:
            return self.inlines
        shown = {
            VariantInline: _has_few_variants(obj),
            ImageInline: (obj.images_ or 0) <= SHOWN_INLINE,
        }
        return [inline for inline in self.inlines if shown[inline]]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or _has_few_variants(obj):
            return fieldsets
        return [*fieldsets[:1], ("Variants", {"fields": ["all_variants"]}), *fieldsets[1:]]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What the variants differ in is changed together with them, or not at all."""
        always = super().get_readonly_fields(request, obj)
        return always if obj is None or _has_few_variants(obj) else [*always, "options"]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for row, changed in formset.changed_objects:
            follow_up_on(row, changed)

    @admin.display(description="Variants")
    def variant_count(self, product: Any) -> int:
        return product.variants_ or 0

    @admin.display(description="Variants")
    def all_variants(self, product: Any) -> SafeString:
        return format_html(
            '<a href="{}?product__id__exact={}">{} variants</a>',
            reverse("admin:catalog_variant_changelist"),
            product.pk,
            product.variants_,
        )

    @admin.action(description="Put the selected products on sale", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        self._set_status(request, queryset, ProductStatus.ACTIVE)

    @admin.action(description="Archive the selected products", permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        self._set_status(request, queryset, ProductStatus.ARCHIVED)

    def _set_status(
        self, request: HttpRequest, queryset: QuerySet[Product], status: ProductStatus
    ) -> None:
        products = {product.pk: product for product in queryset}
        with unit_of_work():
            changed = services.set_product_status(
                product_ids=products, status=status, now=clock.now()
            )
            for product_id in changed:
                self.log_change(request, products[product_id], f"Status is now {status.label}.")
        messages.success(request, f"{len(changed)} changed, now {status.label.lower()}.")


def _count_of(model: Any) -> Any:
    of_product = model.objects.filter(product=OuterRef("pk")).order_by().values("product")
    return of_product.values(n=Count("*"))


def _has_few_variants(product: Any) -> bool:
    return (product.variants_ or 0) <= SHOWN_INLINE
