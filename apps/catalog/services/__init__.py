"""Everything that can happen to the catalogue."""

from apps.catalog.errors import OptionsChanged
from apps.catalog.services._upsert_product import upsert_product

__all__ = ["OptionsChanged", "upsert_product"]
