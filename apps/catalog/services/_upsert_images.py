from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from apps.catalog.importing.parsed import ParsedProduct
from apps.catalog.models import Product, ProductImage
from apps.shared.changes import apply_changes
from apps.shared.db import joins_transaction


@dataclass(frozen=True)
class Images:
    """The product's images the file names, by address."""

    by_src: dict[str, ProductImage]
    created: int
    changed: int


@joins_transaction
def upsert_images(*, product: Product, parsed: ParsedProduct) -> Images:
    """Add the images that are missing; place and text follow the file where it gives them.

    An image is known by its address. A file without an image column names only the images of
    variants: new ones go to the end.
    """
    found = {image.src: image for image in product.images.all()}
    last = 0
    if "images" not in parsed.provided:
        last = product.images.aggregate(last=Max("position"))["last"] or 0
    missing, changed = [], 0
    for image in parsed.images:
        row = found.get(image.src)
        position = last + image.position
        if row is None:
            row = ProductImage(product=product, src=image.src, alt=image.alt, position=position)
            missing.append(row)
            continue
        wanted: dict[str, Any] = {"position": position} if "images" in parsed.provided else {}
        if "alt" in parsed.provided:
            wanted["alt"] = image.alt
        changed += apply_changes(row, wanted)
    made = ProductImage.objects.bulk_create(missing)
    by_src = {row.src: row for row in [*found.values(), *made]}
    return Images(by_src=by_src, created=len(made), changed=changed)
