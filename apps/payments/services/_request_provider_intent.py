from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import OUR_OWN_BOUND, PASSED_OVER, ProviderUnavailable
from apps.payments.gateways import line_to
from apps.payments.gateways.base import IntentRequest, ProviderIntent
from apps.payments.services._keep_capture_by_hand import keep_capture_by_hand
from apps.payments.services._note_provider_failure import note_provider_failure
from apps.payments.services._note_provider_success import note_provider_success
from apps.shared.db import outside_transaction
from apps.shared.ids import public_id
from apps.shared.schema import current_schema


@outside_transaction
def request_provider_intent(
    *, intent_id: UUID, even_passed_over: bool = False, now: datetime
) -> ProviderIntent:
    """Ask the provider to collect what an intent says (PAY-005).

    The key is made from the intent, so that asking again after a timeout, a crash or in a second
    tab finds the payment that the first call made (PAY-004). Whether the provider answers is kept:
    one that does not is passed over for a while, and not asked then unless `even_passed_over`.

    Raises PaymentNotFound, NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    intent = selectors.intent_by_id(intent_id=intent_id)
    account = selectors.account_of(provider=intent.provider)
    if account.passed_over_until is not None and not even_passed_over:
        raise ProviderUnavailable(reason=PASSED_OVER)
    by_hand = account.is_captured_by_hand or intent.is_captured_by_hand
    if by_hand and not intent.is_captured_by_hand:
        keep_capture_by_hand(intent_id=intent_id)
    request = IntentRequest(
        amount=intent.amount,
        currency=intent.currency,
        metadata={
            "tenant": current_schema(),
            "payment": intent.public_id,
            "order": public_id("ord", intent.order_id),
        },
        payment=intent.public_id,
        return_url=intent.return_url,
        created_at=intent.created_at,
        is_captured_by_hand=by_hand,
    )
    line = line_to(account)
    try:
        made = line.create_intent(request, key=f"{intent.public_id}:create")
    except ProviderUnavailable as error:
        if error.details.get("reason") != OUR_OWN_BOUND:
            note_provider_failure(provider=intent.provider, now=now)
        raise
    if account.failures:
        note_provider_success(provider=intent.provider)
    return made
