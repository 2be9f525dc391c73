"""How the API shows products."""

from collections.abc import Sequence
from typing import Any

from apps.shared.ids import public_id
from apps.shared.money import Money
from tests.catalog.oracle.storefront import Related, Row


def summary_json(product: Row, related: Related, *, with_variants: bool) -> dict[str, Any]:
    """A product in a list, as ProductSummaryAnswer says."""
    variants = related.variants.get(product["id"], ())
    shown = _shared_json(product, variants, related)
    if with_variants:
        shown["variants"] = [_variant_json(row, product["options"], related) for row in variants]
    return shown


def product_json(product: Row, related: Related) -> dict[str, Any]:
    """A product with all that its page shows, as ProductAnswer says."""
    variants = related.variants.get(product["id"], ())
    names = product["options"]
    return {
        **_shared_json(product, variants, related),
        "body_html": product["body_html"],
        "options": [
            {"name": name, "values": _values_along(axis, variants)}
            for axis, name in enumerate(names)
        ],
        "images": [_image_json(row) for row in related.images.get(product["id"], ())],
        "seo": {"title": product["seo_title"], "description": product["seo_description"]},
        "variants": [_variant_json(row, names, related) for row in variants],
    }


def _shared_json(product: Row, variants: Sequence[Row], related: Related) -> dict[str, Any]:
    images = related.images.get(product["id"], ())
    return {
        "object": "product",
        "id": public_id("prd", product["id"]),
        "handle": product["handle"],
        "title": product["title"],
        "vendor": product["vendor"],
        "product_type": product["product_type"],
        "tags": product["tags"],
        "status": product["status"],
        "price_range": _price_range(variants),
        "compare_at_price_min": _lowest_compare_at(variants),
        "image": _image_json(images[0]) if images else None,
        "available": any(related.quantities[row["id"]] > 0 for row in variants),
        "published_at": product["published_at"],
        "updated_at": product["updated_at"],
    }


def _variant_json(variant: Row, names: Sequence[str], related: Related) -> dict[str, Any]:
    quantity = related.quantities[variant["id"]]
    image = {name: variant[f"image__{name}"] for name in ("src", "alt", "position")}
    return {
        "object": "variant",
        "id": public_id("var", variant["id"]),
        "sku": variant["sku"],
        "title": variant["title"],
        "option_values": [
            {"name": name, "value": value}
            for name, value in zip(names, variant["option_values"], strict=False)
        ],
        "position": variant["position"],
        "barcode": variant["barcode"],
        "grams": variant["grams"],
        "requires_shipping": variant["requires_shipping"],
        "price": _money(variant["price_amount"], variant),
        "compare_at_price": _money(variant["compare_at_amount"], variant),
        "available": quantity > 0,
        "quantity_available": quantity,
        "image": image if image["src"] is not None else None,
    }


def _image_json(image: Row) -> dict[str, Any]:
    return {"src": image["src"], "alt": image["alt"], "position": image["position"]}


def _price_range(variants: Sequence[Row]) -> dict[str, Any] | None:
    if not variants:
        return None
    amounts = [row["price_amount"] for row in variants]
    return {"min": _money(min(amounts), variants[0]), "max": _money(max(amounts), variants[0])}


def _lowest_compare_at(variants: Sequence[Row]) -> dict[str, Any] | None:
    known = [row["compare_at_amount"] for row in variants if row["compare_at_amount"] is not None]
    return _money(min(known), variants[0]) if known else None


def _money(amount: int | None, variant: Row) -> dict[str, Any] | None:
    """Every variant of a shop is priced in the shop's one currency."""
    return None if amount is None else Money(amount, variant["currency"]).as_json()


def _values_along(axis: int, variants: Sequence[Row]) -> list[str]:
    values = (row["option_values"] for row in variants)
    return list(dict.fromkeys(one[axis] for one in values if axis < len(one)))
