from uuid import UUID

from apps.customers import selectors
from apps.customers.models import CustomerToken
from apps.shared.db import owns_transaction


@owns_transaction
def disable_customer(*, customer_id: UUID) -> None:
    """Shut an account at once: its tokens stop, and nobody signs in any more (A5)."""
    customer = selectors.customer_for_update(customer_id=customer_id)
    customer.is_active = False
    customer.save(update_fields=["is_active"])
    CustomerToken.objects.filter(customer=customer).delete()
