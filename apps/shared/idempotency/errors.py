from apps.shared.errors import Conflict, Malformed


class IdempotencyKeyRequired(Malformed):
    """This request needs an Idempotency-Key header."""

    code = "idempotency_key_required"


class IdempotencyKeyInvalid(Malformed):
    """An Idempotency-Key has 1 to 255 printable ASCII characters."""

    code = "idempotency_key_invalid"


class IdempotencyKeyReused(Conflict):
    """This Idempotency-Key was used with another request: another body, or another query."""

    code = "idempotency_key_reused"


class IdempotencyInFlight(Conflict):
    """A request with this Idempotency-Key is still running."""

    code = "idempotency_in_flight"
    retry_after = 1
