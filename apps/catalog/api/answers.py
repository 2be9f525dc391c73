"""The shapes of products, for the OpenAPI document; apps.catalog.api.representation makes them."""

from rest_framework import serializers

from apps.catalog.states import ProductStatus
from apps.shared.api.fields import MoneyOutput, PublicIdField
from apps.shared.api.openapi import Answer, ConstantField


class ImageAnswer(Answer):
    """A picture by address."""

    src = serializers.CharField()
    alt = serializers.CharField()
    position = serializers.IntegerField()


class PriceRangeAnswer(Answer):
    """From the cheapest variant to the dearest."""

    min = MoneyOutput()
    max = MoneyOutput()


class OptionAnswer(Answer):
    """An axis of choice, and what there is along it."""

    name = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField())


class OptionValueAnswer(Answer):
    """Where a variant stands on one axis."""

    name = serializers.CharField()
    value = serializers.CharField()


class SeoAnswer(Answer):
    """What search engines are told; empty texts mean title and body."""

    title = serializers.CharField()
    description = serializers.CharField()


class VariantAnswer(Answer):
    """What is sold."""

    object = ConstantField("variant")
    id = PublicIdField("var")
    sku = serializers.CharField()
    title = serializers.CharField()
    option_values = OptionValueAnswer(many=True)
    position = serializers.IntegerField()
    barcode = serializers.CharField()
    grams = serializers.IntegerField(help_text="What one weighs.")
    requires_shipping = serializers.BooleanField()
    price = MoneyOutput()
    compare_at_price = MoneyOutput(allow_null=True)
    available = serializers.BooleanField(help_text="Whether one can be bought now.")
    quantity_available = serializers.IntegerField(
        help_text="How many can be bought now, backorders included."
    )
    image = ImageAnswer(allow_null=True)


class ProductSummaryAnswer(Answer):
    """A product in a list."""

    object = ConstantField("product")
    id = PublicIdField("prd")
    handle = serializers.CharField()
    title = serializers.CharField()
    vendor = serializers.CharField()
    product_type = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    status = ConstantField(ProductStatus.ACTIVE.value)
    price_range = PriceRangeAnswer(allow_null=True)
    compare_at_price_min = MoneyOutput(allow_null=True)
    image = ImageAnswer(allow_null=True)
    available = serializers.BooleanField(help_text="Whether any variant can be bought now.")
    published_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    variants = VariantAnswer(many=True, required=False, help_text="With `expand=variants`.")


class ProductAnswer(ProductSummaryAnswer):
    """A product with all that its page shows."""

    body_html = serializers.CharField(help_text="Sanitised: safe to put into a page.")
    options = OptionAnswer(many=True)
    images = ImageAnswer(many=True)
    seo = SeoAnswer()
    variants = VariantAnswer(many=True)
