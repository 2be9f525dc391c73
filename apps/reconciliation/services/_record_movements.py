from collections.abc import Sequence
from functools import partial
from uuid import UUID

from django.db import transaction

from apps.payments.gateways.base import ProviderMovement as Told
from apps.reconciliation import balance
from apps.reconciliation.dto import FeeChange
from apps.reconciliation.models import ProviderMovement
from apps.shared import metrics
from apps.shared.db import owns_transaction

_MAY_BE_LEARNED = (
    "payment_reference",
    "payment_id",
    "payout_id",
    "amount",
    "currency",
    "fee",
    "tax",
)


@owns_transaction
def record_movements(
    *, provider: str, told: Sequence[Told], payout_id: int | None = None
) -> list[FeeChange]:
    """Keep some of what a provider tells of the shop's balance, each once, with the payments that
    they belong to, and with the payout that consists of them.

    What was not known before is filled in. A fee that is told otherwise than before stays as it is
    and is returned: it is taken in with the report that tells of it.
    """
    references = [one.reference for one in told]
    ours = ProviderMovement.objects.filter(provider=provider, reference__in=references)
    known = set(ours.values_list("reference", flat=True))
    payments = balance.payment_ids(
        provider=provider, references={one.payment_reference for one in told} - {""}
    )
    fresh = [
        _made(provider, one, payments, payout_id) for one in told if one.reference not in known
    ]
    # Another run may keep the same ones at this moment.
    ProviderMovement.objects.bulk_create(fresh, ignore_conflicts=True)
    _count(fresh)
    kept = {one.reference: one for one in ours.select_for_update().order_by("pk")}
    return _filled_in(kept, told, payments, payout_id)


def _made(
    provider: str, one: Told, payments: dict[str, UUID], payout_id: int | None
) -> ProviderMovement:
    return ProviderMovement(
        provider=provider,
        reference=one.reference,
        kind=one.kind.value,
        payment_reference=one.payment_reference,
        payment_id=payments.get(one.payment_reference),
        amount=one.amount,
        currency=one.currency,
        fee=one.fee,
        tax=one.tax,
        moved_at=one.at,
        payout_id=payout_id,
    )


def _filled_in(
    kept: dict[str, ProviderMovement],
    told: Sequence[Told],
    payments: dict[str, UUID],
    payout_id: int | None,
) -> list[FeeChange]:
    changes, touched = [], []
    for one in told:
        row = kept[one.reference]
        before = _learned(row)
        row.payment_reference = row.payment_reference or one.payment_reference
        row.payment_id = row.payment_id or payments.get(row.payment_reference)
        row.payout_id = payout_id or row.payout_id
        if change := _take_fee(row, one):
            changes.append(change)
        if _learned(row) != before:
            touched.append(row)
    if touched:
        ProviderMovement.objects.bulk_update(touched, _MAY_BE_LEARNED)
    return changes


def _learned(row: ProviderMovement) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in _MAY_BE_LEARNED)


def _take_fee(row: ProviderMovement, one: Told) -> FeeChange | None:
    """A settlement may be the first to tell a fee, and the first to tell what came of an amount in
    a foreign currency."""
    if one.fee is None:
        return None
    if row.fee is None or row.currency != one.currency:
        row.amount, row.currency, row.fee, row.tax = one.amount, one.currency, one.fee, one.tax
    if row.fee == one.fee:
        row.tax = one.tax
        return None
    return FeeChange(
        reference=row.reference,
        payment_id=row.payment_id,
        currency=row.currency,
        was=row.fee,
        fee=one.fee,
        tax=one.tax,
    )


def _count(fresh: Sequence[ProviderMovement]) -> None:
    for one in fresh:
        if one.fee and one.fee > 0:
            counted = metrics.PROVIDER_FEES.labels(one.provider, one.currency)
            transaction.on_commit(partial(counted.inc, one.fee))
