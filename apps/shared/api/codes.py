"""The error codes that no business rule raises: HTTP, hosts, bodies and outages.

Business refusals are the subclasses of `apps.shared.errors.DomainError`. Together they are the
closed list of docs/errors.md; a test keeps it complete.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from apps.shared.errors import DomainError

PLATFORM_CODES: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "malformed": (400, "The request cannot be understood."),
        "parse_error": (400, "The body is not valid JSON."),
        "invalid_request": (400, "Some fields are not valid; `errors` points at each."),
        "not_authenticated": (401, "This needs credentials, and there are none."),
        "invalid_token": (401, "The bearer token is unknown, expired or revoked."),
        "forbidden": (403, "The caller may not do this."),
        "tenant_suspended": (403, "The shop is suspended."),
        "not_found": (404, "There is nothing at this address."),
        "unknown_host": (404, "No shop answers on this host."),
        "method_not_allowed": (405, "The address exists; the method does not."),
        "body_too_large": (413, "The body is longer than 1 MiB."),
        "unsupported_media_type": (415, "The body is not declared as application/json."),
        "internal_error": (500, "A defect; it has been logged under the request id."),
        "database_unavailable": (503, "The database does not answer."),
        "tenant_migrating": (503, "The shop is being brought to this version."),
    }
)


def error_types() -> Iterator[type[DomainError]]:
    """Every business refusal whose module is imported, once, however deep its class is."""
    seen: set[type[DomainError]] = set()
    found: list[type[DomainError]] = [DomainError]
    while found:
        for kind in found.pop().__subclasses__():
            if kind not in seen:
                seen.add(kind)
                found.append(kind)
                yield kind


def meaning_of(kind: type[DomainError]) -> str:
    """The first line of the refusal's docstring."""
    return (kind.__doc__ or "").strip().splitlines()[0]
