from functools import partial

from django.db import transaction

from apps.payments.gateways.base import ProviderPayout
from apps.reconciliation.dto import KnownPayout
from apps.reconciliation.models import Payout
from apps.reconciliation.states import PayoutStatus
from apps.shared import metrics
from apps.shared.db import owns_transaction


@owns_transaction
def record_payout(*, provider: str, told: ProviderPayout) -> KnownPayout:
    """Keep a payout as the provider tells it, once.

    That it failed is not taken in here but returned: it is, with the report that tells of it.
    """
    kept, is_new = Payout.objects.select_for_update().get_or_create(
        provider=provider,
        reference=told.reference,
        defaults={
            "amount": told.amount,
            "currency": told.currency,
            "made_at": told.at,
            "is_itemized": told.is_itemized,
        },
    )
    status = PayoutStatus(told.state.value)
    has_failed = status == PayoutStatus.FAILED != kept.status
    if status != kept.status and not has_failed:
        kept.move_to(status)
    if is_new and told.amount > 0:
        counted = metrics.PROVIDER_PAYOUTS.labels(provider, told.currency)
        transaction.on_commit(partial(counted.inc, told.amount))
    return KnownPayout(id=kept.pk, is_read=kept.read_at is not None, has_failed=has_failed)
