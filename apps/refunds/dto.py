"""What the refunds app takes and gives. Amounts in minor units, tax contained."""

from dataclasses import dataclass, field
from uuid import UUID

from apps.payments.gateways.base import ProviderRefund
from apps.refunds.states import RefundReason, Restock
from apps.shared.mending import Difference


@dataclass(frozen=True, kw_only=True)
class WantedLine:
    """So many of an order's line, and what becomes of the goods."""

    order_line_id: UUID
    quantity: int
    restock: Restock = Restock.NONE


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be given back: goods by the piece, of the shipping, and any amount besides."""

    lines: tuple[WantedLine, ...] = ()
    shipping_amount: int = 0
    other_amount: int = 0
    reason: RefundReason = RefundReason.REQUESTED_BY_CUSTOMER
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ReportedRefund:
    """What the provider says of a refund. `refund_id` is set when it is one that we asked for."""

    payment_id: UUID
    order_id: UUID
    provider_reference: str
    state: str
    amount: int
    currency: str
    failure_code: str = ""
    refund_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ToSend:
    """An approved refund on its way to the provider; `is_repeated` when it was sent before."""

    payment_id: UUID
    amount: int
    currency: str
    key: str
    is_repeated: bool


@dataclass(frozen=True, kw_only=True)
class RefundDiagnosis:
    """What is wrong with a refund, by the provider's word; no `fact`: it does not know of it."""

    difference: Difference
    fact: ProviderRefund | None = field(default=None, repr=False)
