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


class NothingToPay(Rejected):
    """There is nothing to collect."""

    code = "nothing_to_pay"


class ProviderUnavailable(Unavailable):
    """The payment provider does not answer; the same request may be sent again."""

    code = "provider_unavailable"


class ProviderRefused(Rejected):
    """The payment provider did not accept the request."""

    code = "provider_refused"


class PaymentDeclined(PaymentRequired):
    """The payment was declined."""

    code = "payment_declined"


class InvalidSignature(Malformed):
    """The webhook's signature is missing, wrong or too old."""

    code = "invalid_signature"


class UnknownProviderObject(Exception):
    """A webhook tells of something that we do not know (yet): it is tried again later (PAY-006)."""


class WebhookNotFound(NotFound):
    """There is no such webhook here."""

    code = "webhook_not_found"


class TooManyBadWebhooks(TooManyRequests):
    """Too many webhooks from this address had a signature that is not the provider's."""

    code = "too_many_bad_webhooks"
    retry_after = 60
