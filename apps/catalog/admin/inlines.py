from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet, URLField
from django.http import HttpRequest

from apps.catalog.admin.forms import MOST_OPTIONS, OPTION_FIELDS, VariantForm
from apps.catalog.models import Product, ProductImage, Variant
from apps.shared.admin.bases import ForViewers, money_column
from apps.shared.admin.columns import columns_of, with_extra_columns
from apps.shop import selectors as shop

if TYPE_CHECKING:
    _VariantInline = admin.TabularInline[Variant, Product]
    _ImageInline = admin.TabularInline[ProductImage, Product]
else:
    _VariantInline = _ImageInline = admin.TabularInline

_ADDRESS = forms.URLInput(attrs={"class": "vURLField"})
SHOWN_INLINE = 50
"""A product with more variants, or pictures, than this has them on pages of their own."""


class VariantFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """The variants of one product, which must differ in their option values."""

    def clean(self) -> None:
        super().clean()
        seen = set()
        forms_of_rows: list[Any] = self.forms
        for form in forms_of_rows:
            if not getattr(form, "cleaned_data", None):
                continue
            form.refuse_other_options(self.instance.options)
            values = tuple(form.cleaned_data.get("option_values", ()))
            if values in seen:
                form.add_error(None, "Two variants have the same option values.")
            seen.add(values)

    def save_new(self, form: Any, commit: bool = True) -> Any:
        form.instance.position = self.initial_form_count() + self.extra_forms.index(form) + 1
        return super().save_new(form, commit)


class VariantInline(ForViewers, _VariantInline):
    """What sells: options, SKU, prices, policy, and the stock as it is."""

    model = Variant
    form = VariantForm
    formset = VariantFormSet
    fk_name = "product"
    min_num = 1
    max_num = SHOWN_INLINE
    extra = 0
    can_delete = False
    show_change_link = True
    for_viewers = {
        "price_amount": money_column("price_amount", "Price"),
        "compare_at_amount": money_column("compare_at_amount", "Compare at"),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        return with_extra_columns(super().get_queryset(request))

    def get_fields(self, request: HttpRequest, obj: Product | None = None) -> Any:
        options = OPTION_FIELDS[: _option_count(obj)] if self._may_change(request, obj) else ()
        asked = ["sku", "price_amount", "compare_at_amount", "inventory_policy"]
        return [*options, *asked, *(columns_of(Variant) if obj else ())]

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> Any:
        return [*super().get_readonly_fields(request, obj), *columns_of(Variant)]

    def get_formset(self, request: HttpRequest, obj: Product | None = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, validate_min=True, **kwargs)
        formset.form.option_names = obj.options if obj else []
        formset.form.option_count = _option_count(obj)
        formset.form.default_currency = shop.shop_settings().currency
        return formset


def _option_count(product: Product | None) -> int:
    """One more than the product has, so that another can be added; all of them for a new one."""
    return MOST_OPTIONS if product is None else min(len(product.options) + 1, MOST_OPTIONS)


class ImageInline(_ImageInline):
    """Pictures by address, in the order of their position."""

    model = ProductImage
    fields = ["position", "src", "alt"]
    formfield_overrides = {URLField: {"assume_scheme": "https", "widget": _ADDRESS}}
    extra = 0
    max_num = SHOWN_INLINE
