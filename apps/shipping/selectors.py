"""Reading shipping methods."""

from uuid import UUID

from django.db import connection

from apps.shared.fast_sql import fetch_all
from apps.shared.schema import current_schema
from apps.shipping.errors import ShippingMethodNotFound
from apps.shipping.models import ShippingMethod

_FIELDS = [field.attname for field in ShippingMethod._meta.concrete_fields]
_ACTIVE = f"""
    SELECT {", ".join(_FIELDS)} FROM {{schema}}.shipping_shippingmethod
    WHERE is_active ORDER BY position, id
"""  # noqa: S608 - the model's own column names


def active_methods() -> list[ShippingMethod]:
    """What a shopper may choose from, in the shop's order."""
    statement = _ACTIVE.format(schema=connection.ops.quote_name(current_schema()))
    return [ShippingMethod.from_db("default", _FIELDS, row) for row in fetch_all(statement, ())]


def active_method(*, method_id: UUID) -> ShippingMethod:
    """Raises ShippingMethodNotFound."""
    try:
        return ShippingMethod.objects.get(pk=method_id, is_active=True)
    except ShippingMethod.DoesNotExist:
        raise ShippingMethodNotFound from None
