from collections.abc import Collection
from datetime import datetime, timedelta

from apps.payments.errors import NoPaymentProvider, ProviderNotOffered
from apps.payments.gateways.offers import offers
from apps.payments.models import PaymentAccount
from apps.shared.db import joins_transaction

# Who is the first to try a provider again does so alone for this long.
_TRIAL = timedelta(seconds=15)


@joins_transaction
def choose_provider(
    *,
    currency: str,
    wanted: str = "",
    present: str = "",
    failed: Collection[str] = (),
    now: datetime,
) -> str:
    """The provider of a new payment: the shopper's choice, else the first that answers.

    One that does not answer is passed over, one of the `failed` (by this very request) too; when
    its time is up, one shopper tries it while the others still pass it over. When none answers,
    `present` is kept, or else the first is tried.

    Raises ProviderNotOffered, NoPaymentProvider.
    """
    fitting = offers(currency=currency, now=now)
    if wanted:
        if wanted not in [one.provider for one in fitting]:
            raise ProviderNotOffered(provider=wanted)
        return wanted
    usual = sorted(fitting, key=lambda one: one.provider != present)
    for offer in usual:
        if not offer.is_available or offer.provider in failed:
            continue
        if not offer.is_on_trial or _begins_trial(offer.provider, now):
            return offer.provider
    if not usual:
        raise NoPaymentProvider
    return usual[0].provider


def _begins_trial(provider: str, now: datetime) -> bool:
    waiting = PaymentAccount.objects.filter(provider=provider, passed_over_until__lte=now)
    return waiting.update(passed_over_until=now + _TRIAL) == 1
