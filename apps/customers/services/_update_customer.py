from uuid import UUID

from apps.customers import selectors
from apps.customers.dto import CustomerDetail
from apps.shared.db import owns_transaction


@owns_transaction
def update_customer(*, customer_id: UUID, name: str) -> CustomerDetail:
    """Change what a customer may change without proving anything."""
    customer = selectors.customer_for_update(customer_id=customer_id)
    customer.name = name
    customer.save(update_fields=["name"])
    return selectors.detail_of(customer)
