"""The shop's accounts at providers."""

from apps.payments.errors import NoPaymentProvider
from apps.payments.models import PaymentAccount
from apps.shared.fast_rows import Lookup

_ACCOUNT = Lookup(PaymentAccount, "provider = %s")


def first_provider() -> str:
    """The provider that the shop prefers. Raises NoPaymentProvider."""
    found = PaymentAccount.objects.filter(is_active=True).values_list("provider", flat=True)
    for provider in found:
        return str(provider)
    raise NoPaymentProvider


def offered_accounts() -> list[PaymentAccount]:
    """The accounts that shoppers are offered, the preferred one first; secrets are not read."""
    return list(PaymentAccount.objects.filter(is_active=True).defer("secrets"))


def account_of(*, provider: str) -> PaymentAccount:
    """The shop's account at a provider, offered to shoppers or not. Raises NoPaymentProvider."""
    account = _ACCOUNT.first(provider)
    if account is None:
        raise NoPaymentProvider
    return account


def connected_providers() -> list[str]:
    """The providers that the shop has an account at, the preferred one first; those too that are
    not offered any more, whose money still moves."""
    return [str(one) for one in PaymentAccount.objects.values_list("provider", flat=True)]
