"""What a shop shows (products) and sells (variants)."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from apps.shared.models import Identified, currency_field

from .states import InventoryPolicy, ProductStatus


class Product(Identified):
    """What is shown. `options` names up to three axes, e.g. ["Size", "Colour"]."""

    id_prefix = "prd"

    handle = models.SlugField(max_length=255, unique=True, allow_unicode=True)
    title = models.CharField(max_length=255)
    body_html = models.TextField(blank=True, help_text="Sanitised when it is stored.")
    vendor = models.CharField(max_length=255, blank=True)
    product_type = models.CharField(max_length=255, blank=True)
    tags = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    options = ArrayField(models.CharField(max_length=255), default=list, blank=True, size=3)
    status = models.CharField(
        max_length=10, choices=ProductStatus.choices, default=ProductStatus.DRAFT
    )
    published_at = models.DateTimeField(null=True, blank=True)
    seo_title = models.CharField(max_length=255, blank=True)
    seo_description = models.TextField(blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=ProductStatus.values), name="product_status_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="active") | models.Q(published_at__isnull=False),
                name="product_active_is_published",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                name="product_newest",
                condition=models.Q(status="active"),
            ),
            models.Index(
                fields=["title", "id"], name="product_by_title", condition=models.Q(status="active")
            ),
            models.Index(
                fields=["vendor", "-published_at", "-id"],
                name="product_newest_of_vendor",
                condition=models.Q(status="active"),
            ),
            models.Index(
                fields=["product_type", "-published_at", "-id"],
                name="product_newest_of_type",
                condition=models.Q(status="active"),
            ),
            GinIndex(fields=["tags"], name="product_by_tag"),
        ]

    def __str__(self) -> str:
        return self.title


class ProductImage(models.Model):
    """A picture by address; the variant it belongs to, if any, points at it."""

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="images")
    src = models.URLField(max_length=2000)
    alt = models.CharField(max_length=512, blank=True)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "src"], name="product_image_once")
        ]

    def __str__(self) -> str:
        return self.src


class Variant(Identified):
    """What is sold and stocked. Prices are in minor units of `currency`."""

    id_prefix = "var"

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")
    sku = models.CharField("SKU", max_length=255, unique=True)
    title = models.CharField(max_length=255, help_text="The option values: “Small / Red”.")
    option_values = ArrayField(models.CharField(max_length=255), default=list, blank=True, size=3)
    position = models.PositiveIntegerField(default=1)
    price_amount = models.BigIntegerField()
    compare_at_amount = models.BigIntegerField(null=True, blank=True)
    currency = currency_field()
    inventory_policy = models.CharField(
        max_length=10, choices=InventoryPolicy.choices, default=InventoryPolicy.DENY
    )
    grams = models.PositiveIntegerField(default=0)
    barcode = models.CharField(max_length=255, blank=True)
    requires_shipping = models.BooleanField(default=True)
    taxable = models.BooleanField(default=True)
    image = models.ForeignKey(
        ProductImage, on_delete=models.SET_NULL, null=True, blank=True, related_name="variants"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price_amount__gte=0), name="variant_price_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(compare_at_amount__isnull=True)
                | models.Q(compare_at_amount__gte=0),
                name="variant_compare_at_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(inventory_policy__in=InventoryPolicy.values),
                name="variant_policy_known",
            ),
            models.UniqueConstraint(
                fields=["product", "option_values"], name="variant_options_once"
            ),
        ]

    def __str__(self) -> str:
        return self.sku


class CatalogueChanges(models.Model):
    """The sum of `number` is another one after each change of what lists show.

    Triggers count (migration 0003): a writer takes a row that nobody holds, or adds one.
    """

    id = models.BigAutoField(primary_key=True)
    number = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "catalogue changes"

    def __str__(self) -> str:
        return f"{self.id}: {self.number}"
