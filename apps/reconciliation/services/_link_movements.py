from collections.abc import Sequence

from apps.reconciliation import balance
from apps.reconciliation.models import ProviderMovement
from apps.shared.db import owns_transaction


@owns_transaction
def link_movements(*, provider: str, movement_ids: Sequence[int]) -> int:
    """Say of which payments these entries of a balance are, as far as we have come to know them
    since. How many."""
    waiting = ProviderMovement.objects.select_for_update().filter(
        pk__in=movement_ids, payment_id=None
    )
    rows = list(waiting.order_by("pk"))
    known = balance.payment_ids(
        provider=provider, references={one.payment_reference for one in rows} - {""}
    )
    found = [one for one in rows if one.payment_reference in known]
    for one in found:
        one.payment_id = known[one.payment_reference]
    ProviderMovement.objects.bulk_update(found, ["payment_id"])
    return len(found)
