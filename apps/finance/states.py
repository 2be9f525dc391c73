from django.db import models

from apps.shared.states import StateMachine


class FinancialOrderStatus(models.TextChoices):
    LOCKED = "locked"
    PAID = "paid"


FINANCIAL_ORDER = StateMachine(
    name="financial_order",
    initial=FinancialOrderStatus.LOCKED,
    transitions={
        FinancialOrderStatus.LOCKED: frozenset({FinancialOrderStatus.PAID}),
        FinancialOrderStatus.PAID: frozenset(),
    },
)


class TransactionKind(models.TextChoices):
    CREDIT = "credit"
    DEBIT = "debit"


class DocumentKind(models.TextChoices):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
