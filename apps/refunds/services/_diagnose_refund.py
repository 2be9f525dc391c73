from uuid import UUID

from apps.payments import services as payments
from apps.payments.gateways.base import ProviderRefund, ProviderRefundState
from apps.refunds import selectors
from apps.refunds.dto import RefundDiagnosis
from apps.refunds.models import Refund
from apps.refunds.states import RefundFlag, RefundSource, RefundStatus
from apps.shared.audit.record import Target
from apps.shared.db import outside_transaction
from apps.shared.ids import public_id
from apps.shared.mending import Difference, NotMendable
from apps.shared.schema import current_schema

_BECOMES = {
    ProviderRefundState.SUCCEEDED: RefundStatus.SUCCEEDED,
    ProviderRefundState.FAILED: RefundStatus.FAILED,
    ProviderRefundState.PENDING: RefundStatus.PROCESSING,
}


@outside_transaction
def diagnose_refund(*, refund_id: UUID) -> RefundDiagnosis | None:
    """How an approved or sent refund differs from what the provider says of it.

    The provider is only asked, never told: nothing is written here or there. None: it has ended, or
    the provider still works on it.

    Raises NotMendable, RefundNotFound, PaymentNotFound, NoPaymentProvider, ProviderUnavailable,
    ProviderRefused.
    """
    refund = selectors.refund_by_id(refund_id=refund_id)
    if refund.status not in (RefundStatus.APPROVED, RefundStatus.PROCESSING):
        return None
    facts = payments.fetch_provider_refunds(payment_id=refund.payment_id)
    fact = next((one for one in facts if _is_it(one, refund)), None)
    if fact is not None:
        change = _change(refund, fact)
        return _diagnosis(refund, change, fact) if change else None
    if refund.source == RefundSource.PROVIDER:
        raise NotMendable("it was made at the provider, which does not know of it any more")
    return _diagnosis(refund, {"at_provider": "sent again under its key"}, None)


def _is_it(fact: ProviderRefund, refund: Refund) -> bool:
    if refund.provider_reference:
        return fact.reference == refund.provider_reference
    ours = {"tenant": current_schema(), "refund": refund.public_id}
    return ours.items() <= dict(fact.metadata).items()


def _change(refund: Refund, fact: ProviderRefund) -> dict[str, str]:
    target = _BECOMES[fact.state]
    is_same = (fact.amount, fact.currency) == (refund.amount, refund.currency)
    if target == RefundStatus.SUCCEEDED and not is_same:
        known = refund.flag == RefundFlag.AMOUNT_MISMATCH
        return {} if known else {"flag": str(RefundFlag.AMOUNT_MISMATCH)}
    return {} if target == refund.status else {"status": str(target)}


def _diagnosis(
    refund: Refund, change: dict[str, str], fact: ProviderRefund | None
) -> RefundDiagnosis:
    before = {
        "status": refund.status,
        "flag": refund.flag,
        "at_provider": fact.state.value if fact else "unknown",
    }
    difference = Difference(
        target=Target("refund", refund.public_id),
        label=f"{refund.amount} {refund.currency} of {public_id('ord', refund.order_id)}",
        before=before,
        after={**before, **change},
        why=f"the provider knows it as {fact.reference}" if fact else "the provider has none of it",
    )
    return RefundDiagnosis(difference=difference, fact=fact)
