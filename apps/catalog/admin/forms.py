from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField

from apps.catalog.importing import sanitize_html
from apps.catalog.models import Product, ProductImage, Variant
from apps.catalog.states import ProductStatus
from apps.shared import clock
from apps.shared.admin.money import MajorUnitsField, MoneyForm

MOST_OPTIONS = 3
OPTION_FIELDS = ("option_1", "option_2", "option_3")
TITLE_WITHOUT_OPTIONS = "Default"
_LONGEST_TITLE = 255
_WIDE = {"class": "vTextField"}


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is shown of a product. The description is stored sanitised, as the importer does."""

    tags = SimpleArrayField(
        forms.CharField(max_length=255, required=False),
        required=False,
        widget=forms.TextInput(attrs=_WIDE),
        help_text="Separated by commas.",
    )
    options = SimpleArrayField(
        forms.CharField(max_length=255, required=False),
        required=False,
        max_length=MOST_OPTIONS,
        widget=forms.TextInput(attrs=_WIDE),
        help_text="What the variants differ in, separated by commas: Size, Colour. At most three.",
    )

    class Meta:
        model = Product
        fields = [
            "title",
            "handle",
            "status",
            "body_html",
            "vendor",
            "product_type",
            "tags",
            "options",
            "seo_title",
            "seo_description",
            "metadata",
        ]
        labels = {"body_html": "Description", "product_type": "Type"}
        help_texts = {
            "handle": "The product's part of its address; imports find the product by it.",
            "body_html": "HTML; what could do harm is taken out when you save.",
        }

    def clean_body_html(self) -> str:
        return sanitize_html(self.cleaned_data["body_html"])

    def clean_tags(self) -> list[str]:
        return _distinct(self.cleaned_data["tags"])

    def clean_options(self) -> list[str]:
        names = [name for name in self.cleaned_data["options"] if name]
        if len(_distinct(names)) < len(names):
            raise forms.ValidationError("Two options have the same name.", code="duplicate")
        return names

    def save(self, commit: bool = True) -> Product:
        """What goes on sale for the first time is new from now on."""
        if self.instance.status == ProductStatus.ACTIVE and self.instance.published_at is None:
            self.instance.published_at = clock.now()
        product: Product = super().save(commit)
        return product


def _distinct(names: Sequence[str]) -> list[str]:
    """Without empty ones and repetitions; the first spelling wins."""
    first: dict[str, str] = {}
    for name in filter(None, names):
        first.setdefault(name.casefold(), name)
    return list(first.values())


class VariantForm(MoneyForm):
    """A variant: its option values one by one, its prices in major units.

    `option_names`, `option_count` and `default_currency` are set on the class by the admin.
    """

    money_fields = ("price_amount", "compare_at_amount")
    option_names: Sequence[str] = ()
    option_count = MOST_OPTIONS

    option_1 = forms.CharField(max_length=255, required=False)
    option_2 = forms.CharField(max_length=255, required=False)
    option_3 = forms.CharField(max_length=255, required=False)
    price_amount = MajorUnitsField(label="Price")
    compare_at_amount = MajorUnitsField(label="Compare at", required=False)

    class Meta:
        model = Variant
        fields = [
            "sku",
            "position",
            "barcode",
            "grams",
            "inventory_policy",
            "requires_shipping",
            "taxable",
            "image",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in OPTION_FIELDS[self.option_count :]:
            del self.fields[field]
        for number, field in enumerate(OPTION_FIELDS[: self.option_count]):
            names, values = self.option_names, self.instance.option_values
            label = names[number] if number < len(names) else f"Option {number + 1}"
            self.fields[field].label = label
            self.initial[field] = values[number] if number < len(values) else ""
        if "image" in self.fields:
            pictures: Any = self.fields["image"]
            pictures.queryset = ProductImage.objects.filter(product=self.instance.product_id)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        asked = OPTION_FIELDS[: self.option_count]
        cleaned["option_values"] = [value for name in asked if (value := cleaned.get(name))]
        if len(" / ".join(cleaned["option_values"])) > _LONGEST_TITLE:
            self.add_error(asked[0], "The option values are too long together.")
        return cleaned

    def refuse_other_options(self, names: Sequence[str]) -> None:
        """Each variant has a value for every option of its product, and for nothing else."""
        values = self.cleaned_data.get("option_values", [])
        if len(values) != len(names):
            wanted = ", ".join(names) or "no option"
            self.add_error(None, f"{self.cleaned_data.get('sku')}: give a value for {wanted}.")

    def save(self, commit: bool = True) -> Variant:
        values = self.cleaned_data["option_values"]
        self.instance.option_values = values
        self.instance.title = " / ".join(values) or TITLE_WITHOUT_OPTIONS
        variant: Variant = super().save(commit)
        return variant
