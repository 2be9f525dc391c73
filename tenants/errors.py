from apps.shared.errors import Conflict, Forbidden, NotFound, Rejected, TooManyRequests


class TenantExists(Conflict):
    """A shop with this name or domain exists already."""

    code = "tenant_exists"


class TenantNotFound(NotFound):
    """There is no such shop."""

    code = "tenant_not_found"


class InvalidTenantName(Rejected):
    """A shop's short name has 2 to 40 of a–z, 0–9 and inner hyphens, and is not reserved."""

    code = "invalid_tenant_name"


class DeletionScheduled(Conflict):
    """The shop is about to be deleted; cancel that first."""

    code = "deletion_scheduled"


class NoDeletionScheduled(Conflict):
    """The shop is not about to be deleted."""

    code = "no_deletion_scheduled"


class ScopeMissing(Forbidden):
    """The key may not do this: it lacks the scope."""

    code = "scope_missing"


class TooManyPlatformRequests(TooManyRequests):
    """Too many calls of this key, or too many wrong keys from this address, in a minute."""

    code = "too_many_platform_requests"
    retry_after = 60


class PlatformKeyNotFound(NotFound):
    """There is no such key of the platform."""

    code = "platform_key_not_found"


class ProvisioningUnfinished(Conflict):
    """The shop is still being made."""

    code = "provisioning_unfinished"
