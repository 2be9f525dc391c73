from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password

from apps.customers import selectors
from apps.customers.dto import Login
from apps.customers.errors import InvalidCredentials
from apps.customers.models import Customer, CustomerToken
from apps.customers.tokens import LIFETIME, digest_of, new_token
from apps.shared.db import owns_transaction


@owns_transaction
def log_in(*, email: str, password: str, now: datetime) -> Login:
    """Give out a bearer token for 30 days, and drop the account's expired ones.

    A password is hashed in every case, so that the time taken does not tell whether there is an
    account with this email (A3). Raises InvalidCredentials.
    """
    customer = selectors.customer_by_email(email=email)
    if not _may_enter(customer, password) or customer is None:
        raise InvalidCredentials
    token, expires_at = new_token(), now + LIFETIME
    CustomerToken.objects.filter(customer=customer, expires_at__lte=now).delete()
    CustomerToken.objects.create(
        customer=customer, digest=digest_of(token), created_at=now, expires_at=expires_at
    )
    return Login(token=token, expires_at=expires_at, customer=selectors.detail_of(customer))


def _may_enter(customer: Customer | None, password: str) -> bool:
    if customer is None:
        make_password(password)
        return False
    return check_password(password, customer.password) and customer.is_active
