from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.customers import selectors
from apps.customers.dto import CustomerDetail
from apps.customers.errors import EmailTaken, PasswordTooWeak
from apps.customers.events import CustomerSignedUp
from apps.customers.models import Customer
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit

_ONE_ACCOUNT_PER_EMAIL = "customer_email_ci"


@owns_transaction
def sign_up(*, email: str, password: str, name: str, now: datetime) -> CustomerDetail:
    """Make an account. The password is hashed whether or not the email is taken.

    Raises PasswordTooWeak, EmailTaken.
    """
    customer = Customer(email=email, name=name)
    _check_password(password, customer)
    customer.password = make_password(password)
    try:
        with transaction.atomic():
            customer.save(force_insert=True)
    except IntegrityError as error:
        if _ONE_ACCOUNT_PER_EMAIL not in str(error):
            raise
        raise EmailTaken from None
    emit(CustomerSignedUp(customer_id=str(customer.pk)), now=now)
    return selectors.detail_of(customer)


def _check_password(password: str, customer: Customer) -> None:
    try:
        validate_password(password, customer)  # type: ignore[arg-type]
    except ValidationError as error:
        found = [
            {"pointer": "/password", "code": str(one.code), "detail": one.messages[0]}
            for one in error.error_list
        ]
        raise PasswordTooWeak(errors=found) from None
