"""Reading customers."""

from datetime import datetime
from uuid import UUID

from django.db.models import F, Value
from django.db.models.functions import Lower

from apps.customers.dto import CustomerDetail
from apps.customers.models import Customer, CustomerToken


def customer_by_email(*, email: str) -> Customer | None:
    """The account with this email, in whatever case. PostgreSQL folds both sides alike."""
    return Customer.objects.alias(folded=Lower("email")).filter(folded=Lower(Value(email))).first()


def customer_for_update(*, customer_id: UUID) -> Customer:
    """The row, locked; who only refers to it (a new cart, an order) does not wait."""
    return Customer.objects.select_for_update(no_key=True).get(pk=customer_id)


def customer_detail(*, customer_id: UUID) -> CustomerDetail:
    """What a customer may see of the account."""
    return detail_of(Customer.objects.get(pk=customer_id))


def customer_of_token(*, digest: bytes, now: datetime) -> tuple[UUID, str] | None:
    """Id and email behind a live token of an active account. One statement."""
    return (
        CustomerToken.objects.filter(digest=digest, expires_at__gt=now, customer__is_active=True)
        .values_list("customer_id", F("customer__email"))
        .first()
    )


def detail_of(customer: Customer) -> CustomerDetail:
    """The account as others may see it."""
    return CustomerDetail(customer.pk, customer.email, customer.name, customer.created_at)
