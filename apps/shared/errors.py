"""Kinds of business failure. What HTTP makes of them is said in apps.shared.api only."""


class DomainError(Exception):
    """A refusal with a stable `code`; `details` are primitives that the caller may show."""

    code = "domain_error"
    retry_after: int | None = None  # seconds, when the same request may succeed later

    def __init__(self, message: str = "", **details: object) -> None:
        super().__init__(message or self._title())
        self.details = details

    def _title(self) -> str:
        doc = (type(self).__doc__ or "").strip()
        return doc.splitlines()[0] if doc else self.code


class NotFound(DomainError):
    """No such object, or not one that this caller may know of."""

    code = "not_found"


class Conflict(DomainError):
    """The object's state does not allow it."""

    code = "conflict"


class PreconditionFailed(DomainError):
    """The object is not the one that the caller has seen."""

    code = "precondition_failed"


class Rejected(DomainError):
    """The request is well-formed, and asks for something that cannot be."""

    code = "rejected"


class Forbidden(DomainError):
    """The caller may not do this."""

    code = "forbidden"


class Unauthenticated(DomainError):
    """The credentials are missing or wrong."""

    code = "unauthenticated"


class PaymentRequired(DomainError):
    """A limit or a card stands in the way; paying opens it."""

    code = "payment_required"


class Unavailable(DomainError):
    """Something that we depend on does not answer; the same request may work later."""

    code = "unavailable"
    retry_after = 2


class TooManyRequests(DomainError):
    """The caller has asked too often; the same request may work later."""

    code = "too_many_requests"
    retry_after = 60


class Malformed(DomainError):
    """The request cannot be understood."""

    code = "malformed"
