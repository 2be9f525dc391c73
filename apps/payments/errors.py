from apps.shared.errors import (
    Conflict,
    Malformed,
    NotFound,
    PaymentRequired,
    Rejected,
    TooManyRequests,
    Unavailable,
)


class PaymentNotFound(NotFound):
    """There is no such payment, or it is not the caller's."""

    code = "payment_not_found"


class PaymentAlreadyProcessed(Conflict):
    """This order needs no payment any more: it is paid, or closed."""

    code = "payment_already_processed"


class NoPaymentProvider(Rejected):
    """This shop takes no payments: it has no active account at a provider."""

    code = "no_payment_provider"


class UnknownProvider(NotFound):
    """There is no such payment provider."""

    code = "provider_not_found"


class CredentialsRefused(Rejected):
    """These credentials cannot be those of an account at the provider."""

    code = "credentials_refused"


class ProviderNotOffered(Rejected):
    """The shop does not take payments of this currency by this provider."""

    code = "provider_not_offered"


class PaymentUnderWay(Conflict):
    """The order's payment is under way at another provider, which does not give it up."""

    code = "payment_under_way"


class ReturnUrlRefused(Rejected):
    """Shoppers are sent back to the shop's own addresses only, over HTTPS."""

    code = "return_url_refused"


class NothingToPay(Rejected):
    """There is nothing to collect."""

    code = "nothing_to_pay"


class ProviderUnavailable(Unavailable):
    """The payment provider does not answer; the same request may be sent again."""

    code = "provider_unavailable"


# Why a provider is not even asked: it did not answer of late, and others do.
PASSED_OVER = "passed_over"
# Too many calls of this process are under way: that says nothing about the provider.
OUR_OWN_BOUND = "busy"


class ProviderRefused(Rejected):
    """The payment provider did not accept the request."""

    code = "provider_refused"


class NotAuthorized(Conflict):
    """There is nothing to capture: the shopper has not agreed yet, or it was taken already."""

    code = "payment_not_authorized"


class CaptureAmountInvalid(Rejected):
    """An amount to capture is positive."""

    code = "capture_amount_invalid"


class CaptureExceedsAuthorized(Rejected):
    """More was asked for than the shopper has agreed to."""

    code = "capture_exceeds_authorized"


class PartialCaptureUnsupported(Rejected):
    """The payment's provider captures all that was agreed to, or nothing."""

    code = "partial_capture_unsupported"


class CaptureUnderWay(Conflict):
    """A capture of another amount was asked for already, and its outcome is not known yet."""

    code = "capture_under_way"


class PaymentDeclined(PaymentRequired):
    """The payment was declined."""

    code = "payment_declined"


class InvalidSignature(Malformed):
    """The webhook's signature is missing, wrong or too old."""

    code = "invalid_signature"


class UnreadableWebhook(Malformed):
    """The webhook is signed, and cannot be kept: its id, type or depth is beyond all bounds."""

    code = "unreadable_webhook"


class UnknownProviderObject(Exception):
    """A webhook tells of something that we do not know (yet): it is tried again later (PAY-006)."""


class WebhookNotFound(NotFound):
    """There is no such webhook here."""

    code = "webhook_not_found"


class TooManyBadWebhooks(TooManyRequests):
    """Too many webhooks from this address had a signature that is not the provider's."""

    code = "too_many_bad_webhooks"
    retry_after = 60
