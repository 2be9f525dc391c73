import logging
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from django.db import DatabaseError, InterfaceError

from apps.payments import selectors as payment_selectors
from apps.payments import services as payments
from apps.payments.errors import PaymentNotFound, ProviderRefused
from apps.payments.gateways.base import ProviderMoney, ProviderState
from apps.reconciliation import balance, selectors
from apps.reconciliation.comparison import compare, only_ours
from apps.reconciliation.dto import BalanceNews, Comparison, Difference
from apps.reconciliation.services._hand_over import hand_over
from apps.reconciliation.services._store_report import store_report
from apps.reconciliation.services._take_in_balance import take_in_balance
from apps.reconciliation.states import DifferenceKind
from apps.shared import metrics
from apps.shared.db import outside_transaction
from apps.shared.ids import parse_public_id
from apps.shared.schema import current_schema

logger = logging.getLogger(__name__)
# What happened around midnight by one clock may lie on the other side of it by another.
OVERLAP = timedelta(hours=1)
_DAY = timedelta(days=1)


@outside_transaction
def reconcile_day(*, provider: str, on: date, now: datetime, mends: bool = True) -> Comparison:
    """Compare a day (UTC) at a provider with our payments, refunds and books (FIN-005).

    The report is stored in place of an earlier one of that day. With `mends`, each difference that
    only needs the provider's word to be taken is handed to the service that takes it; it is found,
    and told, all the same: the next run finds it no more.

    Raises NoPaymentProvider, ProviderUnavailable, ProviderRefused: nothing is stored then.
    """
    since = datetime.combine(on, time.min, UTC)
    until = since + _DAY
    if mends:
        _take_in_disputes(provider, since, until, now)
    around = payments.list_provider_money(
        provider=provider, since=since - OVERLAP, until=until + OVERLAP
    )
    money = _of_day(around, since, until)
    known = selectors.known_of_day(provider=provider, money=money, since=since, until=until)
    compared = compare(money, known)
    found = [_with_payment(one, provider, money) for one in compared.differences]
    found += [one for one in only_ours(around, known).differences if not _is_there(one)]
    if mends:
        found = [replace(one, outcome=hand_over(difference=one, now=now)) for one in found]
    news, of_balance = _balance(provider, on, now)
    if mends:
        of_balance = [_taken_in(one) for one in of_balance]
    figures = balance.with_balance(compared.figures, provider=provider, on=on)
    whole = Comparison(figures=figures, differences=(*found, *of_balance))
    store_report(
        provider=provider, on=on, compared=whole, now=now, news=news if mends else BalanceNews()
    )
    _tell(provider, on, whole)
    return whole


def _take_in_disputes(provider: str, since: datetime, until: datetime, now: datetime) -> None:
    """Those that no webhook told of; what is lost of them leaves the books. That they cannot be
    read hides nothing of the rest."""
    try:
        changed = payments.sync_disputes(provider=provider, since=since, until=until, now=now)
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:
        extra = {"provider": provider}
        logger.warning("reconciliation.disputes_not_told", extra=extra, exc_info=error)
    else:
        if changed:
            logger.error(
                "reconciliation.disputes_found", extra={"provider": provider, "changed": changed}
            )


def _balance(provider: str, on: date, now: datetime) -> tuple[BalanceNews, list[Difference]]:
    """Fees and payouts. That they cannot be read hides nothing of what was taken and given back: a
    key may open charges and not the balance."""
    try:
        news = take_in_balance(provider=provider, on=on, now=now)
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:
        logger.warning("reconciliation.fees_not_told", extra={"provider": provider}, exc_info=error)
        reason = getattr(error, "details", {}).get("reason") or type(error).__name__
        return BalanceNews(), [
            Difference(
                kind=DifferenceKind.FEES_NOT_TOLD, reference="", currency="", outcome=reason[:60]
            )
        ]
    return news, balance.balance_differences(news, provider=provider, on=on)


def _taken_in(difference: Difference) -> Difference:
    is_news = difference.kind in (DifferenceKind.FEE_CHANGED, DifferenceKind.PAYOUT_FAILED)
    return replace(difference, outcome="taken_in") if is_news else difference


def _of_day(around: ProviderMoney, since: datetime, until: datetime) -> ProviderMoney:
    return ProviderMoney(
        captures=tuple(one for one in around.captures if since <= one.at < until),
        refunds=tuple(one for one in around.refunds if one.at and since <= one.at < until),
    )


def _with_payment(difference: Difference, provider: str, money: ProviderMoney) -> Difference:
    """Of a refund that we do not know, the payment, if we know that."""
    if difference.kind == DifferenceKind.PAYMENT_UNKNOWN:
        return _with_ours(difference, provider, money)
    if difference.kind != DifferenceKind.REFUND_UNKNOWN:
        return difference
    references = [
        one.payment_reference for one in money.refunds if one.reference == difference.reference
    ]
    for intent in payment_selectors.intents_of_references(provider=provider, references=references):
        return replace(difference, payment_id=intent.pk, order_id=intent.order_id)
    return difference


def _with_ours(difference: Difference, provider: str, money: ProviderMoney) -> Difference:
    """Of money that was taken in our name, the payment whose reference we lost."""
    for one in money.captures:
        is_it = difference.reference in (one.payment_reference, one.reference)
        if not is_it or one.metadata.get("tenant") != current_schema():
            continue
        payment_id = parse_public_id("pay", one.metadata.get("payment", ""))
        if payment_id is None:
            continue
        try:
            ours = payment_selectors.intent_by_id(intent_id=payment_id)
        except PaymentNotFound:
            continue
        if ours.provider == provider and not ours.provider_reference:
            return replace(difference, payment_id=ours.pk, order_id=ours.order_id)
    return difference


def _is_there(difference: Difference) -> bool:
    """Ask for what was not listed: a webhook that came late put it on another day here."""
    if difference.payment_id is None:
        return False
    try:
        if difference.kind == DifferenceKind.PAYMENT_MISSING:
            fact = payments.fetch_provider_intent(intent_id=difference.payment_id)
            is_taken = fact.state is ProviderState.SUCCEEDED
            return is_taken and fact.amount_received == difference.local_amount
        known = payments.fetch_provider_refunds(payment_id=difference.payment_id)
    except ProviderRefused:
        return False  # the provider knows of no such payment
    return any(one.reference == difference.reference for one in known)


def _tell(provider: str, on: date, compared: Comparison) -> None:
    for one in compared.differences:
        metrics.RECONCILIATION_DIFFERENCES.labels(str(one.kind)).inc()
    log = logger.error if compared.differences else logger.info
    log(
        "reconciliation.done",
        extra={
            "provider": provider,
            "day": on.isoformat(),
            "differences": len(compared.differences),
        },
    )
