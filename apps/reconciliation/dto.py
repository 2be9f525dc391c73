"""What is compared, and what comes of it: plain values. Amounts in minor units."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from apps.reconciliation.states import DifferenceKind, MovementKind


@dataclass(frozen=True, kw_only=True)
class KnownPayment:
    """A payment of ours; `booked` is what the books credit for it, None when they do not."""

    id: UUID
    order_id: UUID
    reference: str
    amount: int
    currency: str
    is_taken: bool
    is_orphan: bool = False
    is_resolved: bool = False
    booked: int | None = None
    capture_reference: str = ""

    @property
    def references(self) -> set[str]:
        """The names by which a provider may list it."""
        return {self.reference, self.capture_reference} - {""}


@dataclass(frozen=True, kw_only=True)
class KnownRefund:
    """A refund of ours; `booked` is what the books debit for it, None when they do not."""

    id: UUID
    payment_id: UUID
    order_id: UUID
    reference: str
    amount: int
    currency: str
    is_done: bool
    is_orphan: bool = False
    booked: int | None = None


@dataclass(frozen=True, kw_only=True)
class Known:
    """What we know of a day: everything that the provider named, by its references, and what we
    took as done on that day."""

    payments: Mapping[str, KnownPayment] = field(default_factory=dict)
    refunds: Mapping[str, KnownRefund] = field(default_factory=dict)
    payments_of_day: tuple[KnownPayment, ...] = ()
    refunds_of_day: tuple[KnownRefund, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing on which we do not agree. `outcome` is what handing it over gave, if it was."""

    kind: DifferenceKind
    reference: str
    currency: str
    provider_amount: int | None = None
    local_amount: int | None = None
    payment_id: UUID | None = None
    refund_id: UUID | None = None
    order_id: UUID | None = None
    outcome: str = ""


@dataclass(kw_only=True)
class Figures:
    """Sums of one currency. In agreement: captured = credits + orphans, and
    refunded = debits + orphans given back.

    `fees` were kept by the provider for captures, `refund_fees` for refunds (negative when it gave
    some back), `fee_tax` is the part of both that is tax: in the balance's currency. `paid_out` was
    sent to the bank; `paid_out_known` is what is known of that by payments and corrections.
    """

    provider_captured: int = 0
    provider_refunded: int = 0
    local_captured: int = 0
    local_refunded: int = 0
    credits: int = 0
    debits: int = 0
    orphans_captured: int = 0
    orphans_refunded: int = 0
    fees: int = 0
    refund_fees: int = 0
    fee_tax: int = 0
    paid_out: int = 0
    paid_out_known: int = 0


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Sums by currency, and where we differ."""

    figures: Mapping[str, Figures]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, kw_only=True)
class FeeChange:
    """A fee that is told otherwise than before: `was` is what is kept of it."""

    reference: str
    payment_id: UUID | None
    currency: str
    was: int
    fee: int
    tax: int


@dataclass(frozen=True, kw_only=True)
class KnownPayout:
    """A payout as it is kept; `has_failed`: the provider says so, and it was not known."""

    id: int
    is_read: bool
    has_failed: bool


@dataclass(frozen=True, kw_only=True)
class BalanceNews:
    """What changed about fees and payouts since they were last told: taken in with the report."""

    fees: tuple[FeeChange, ...] = ()
    failed_payouts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BalanceLine:
    """An entry of a balance with its fee and its payout; amounts of the balance's currency."""

    kind: MovementKind
    reference: str
    payment_id: UUID | None
    amount: int
    currency: str
    fee: int | None
    tax: int
    payout: str
    payout_id: int | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class DayReport:
    """A stored report, for readers."""

    provider: str
    on: date
    run_at: datetime
    figures: Mapping[str, Mapping[str, int]]
    differences: tuple[Difference, ...]
