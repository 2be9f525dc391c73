"""The books of an order: locked totals, money moved, documents issued. Never pruned (FIN-006)."""

from datetime import datetime

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from apps.shared.fast_rows import write
from apps.shared.ids import public_id
from apps.shared.models import Identified, currency_field

from .states import FINANCIAL_ORDER, DocumentKind, FinancialOrderStatus, TransactionKind


class FinancialOrder(models.Model):
    """An order's totals, locked when it was made, and what its invoice will say of it.

    A trigger lets it become paid once, with what it is reduced by, and refuses every other change.
    """

    id = models.BigAutoField(primary_key=True)
    order_id = models.UUIDField(unique=True)
    order_number = models.CharField(max_length=12)
    status = models.CharField(
        max_length=10,
        choices=FinancialOrderStatus.choices,
        default=FinancialOrderStatus.LOCKED,
    )
    currency = currency_field()
    subtotal_amount = models.BigIntegerField()
    discount_amount = models.BigIntegerField()
    shipping_amount = models.BigIntegerField()
    tax_amount = models.BigIntegerField()
    total_amount = models.BigIntegerField()
    reduction_amount = models.BigIntegerField(
        default=0, db_default=0, help_text="So much less than the total was charged, tax contained."
    )
    content = models.JSONField(help_text="InvoiceContent of apps.finance.dto.")
    locked_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=FinancialOrderStatus.values),
                name="financial_order_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="paid") | Q(paid_at__isnull=False),
                name="financial_order_paid_has_time",
            ),
            models.CheckConstraint(
                condition=Q(
                    total_amount=F("subtotal_amount")
                    - F("discount_amount")
                    + F("shipping_amount")
                    + F("tax_amount")
                ),
                name="financial_order_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(reduction_amount=0)
                | Q(
                    reduction_amount__gt=0,
                    reduction_amount__lt=F("total_amount"),
                    status="paid",
                ),
                name="financial_order_reduction",
            ),
        ]

    def __str__(self) -> str:
        return f"{public_id('ord', self.order_id)} ({self.status})"

    @property
    def due_amount(self) -> int:
        """What is charged: the total less what it was reduced by."""
        return self.total_amount - self.reduction_amount

    def move_to(
        self, target: FinancialOrderStatus, *, now: datetime, reduction_amount: int = 0
    ) -> None:
        """Take one step. Raises InvalidTransition, before anything is written."""
        FINANCIAL_ORDER.check(self.status, target)
        self.status = target
        self.paid_at = now
        self.reduction_amount = reduction_amount
        write(self, ["status", "paid_at", "reduction_amount"])


class FinancialTransaction(models.Model):
    """Money that moved: one credit per payment, one debit per refund, and one per dispute that was
    lost (FIN-002); what came back of the latter two is a credit of the same source."""

    id = models.BigAutoField(primary_key=True)
    financial_order = models.ForeignKey(
        FinancialOrder, on_delete=models.PROTECT, related_name="transactions"
    )
    kind = models.CharField(max_length=6, choices=TransactionKind.choices)
    amount = models.BigIntegerField()
    currency = currency_field()
    source_id = models.UUIDField(
        help_text="The payment intent (credit) or refund (debit; credit when it was reversed), or a"
        " loss of a dispute (alike)."
    )
    is_dispute = models.BooleanField(
        default=False, db_default=False, help_text="Taken back by the payer's bank, or returned."
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source_id"], name="financial_transaction_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="financial_transaction_amount"),
            models.CheckConstraint(
                condition=Q(kind__in=TransactionKind.values), name="financial_transaction_kind"
            ),
        ]
        indexes = [
            # As that of orders: for what was booked on a day.
            BrinIndex(
                fields=["created_at"],
                name="financial_transaction_by_time",
                pages_per_range=32,
                autosummarize=True,
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"


class DocumentSequence(models.Model):
    """The last number given out, per kind and year. Its row lock makes numbers gapless (FIN-003).

    A trigger lets it count up by one, and nothing else.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12, choices=DocumentKind.choices)
    year = models.PositiveSmallIntegerField()
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "year"], name="document_sequence_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last_number}"


class LostNumbers(models.Model):
    """Numbers that were given out before the shop was lost, of documents that its backup does not
    have: their recipients do. They are not given again, and no gap (FIN-003). Never changed.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12, choices=DocumentKind.choices)
    year = models.PositiveSmallIntegerField()
    first_number = models.PositiveIntegerField()
    last_number = models.PositiveIntegerField()
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "year", "first_number"], name="lost_numbers_once"
            ),
            models.CheckConstraint(
                condition=Q(first_number__gte=1) & Q(last_number__gte=F("first_number")),
                name="lost_numbers_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.first_number} to {self.last_number}"


class Invoice(Identified):
    """An issued invoice: `content` is all that it says, frozen; the PDF is drawn from it (FIN-004).

    Only `document_path` and `document_sha256` are filled in later, once; a trigger refuses every
    other change.
    """

    id_prefix = "inv"

    order_id = models.UUIDField(unique=True)
    order_number = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    number = models.CharField(max_length=30, unique=True)
    currency = currency_field()
    total_amount = models.BigIntegerField()
    content = models.JSONField()
    issued_at = models.DateTimeField()
    document_path = models.CharField(max_length=255, blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["year", "sequence"], name="invoice_sequence_once")
        ]

    def __str__(self) -> str:
        return self.number


class CreditNote(Identified):
    """What takes (a part of) an invoice back, one per refund: as immutable as invoices (FIN-004).

    `content` is a CreditNoteDocument of apps.finance.dto. Only `document_path` and
    `document_sha256` are filled in later, once; a trigger refuses every other change.
    """

    id_prefix = "crn"

    order_id = models.UUIDField(db_index=True)
    refund_id = models.UUIDField(unique=True)
    order_number = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    number = models.CharField(max_length=30, unique=True)
    currency = currency_field()
    total_amount = models.BigIntegerField()
    content = models.JSONField()
    issued_at = models.DateTimeField()
    document_path = models.CharField(max_length=255, blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["year", "sequence"], name="credit_note_sequence_once"),
            models.CheckConstraint(condition=Q(total_amount__gt=0), name="credit_note_amount"),
        ]

    def __str__(self) -> str:
        return self.number
