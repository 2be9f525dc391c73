"""What is compared, and what comes of it: plain values. Amounts in minor units."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from apps.reconciliation.states import DifferenceKind


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
    refunded = debits + orphans given back."""

    provider_captured: int = 0
    provider_refunded: int = 0
    local_captured: int = 0
    local_refunded: int = 0
    credits: int = 0
    debits: int = 0
    orphans_captured: int = 0
    orphans_refunded: int = 0


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Sums by currency, and where we differ."""

    figures: Mapping[str, Figures]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, kw_only=True)
class DayReport:
    """A stored report, for readers."""

    provider: str
    on: date
    run_at: datetime
    figures: Mapping[str, Mapping[str, int]]
    differences: tuple[Difference, ...]
