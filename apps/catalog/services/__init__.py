"""Everything that can happen to the catalogue."""

from apps.catalog.errors import OptionsChanged
from apps.catalog.services._set_product_status import set_product_status
from apps.catalog.services._upsert_product import upsert_product

__all__ = ["OptionsChanged", "set_product_status", "upsert_product"]
