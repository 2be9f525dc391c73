from apps.shared.errors import Conflict, NotFound, Rejected


class TenantExists(Conflict):
    """A shop with this name or domain exists already."""

    code = "tenant_exists"


class TenantNotFound(NotFound):
    """There is no such shop."""

    code = "tenant_not_found"


class InvalidTenantName(Rejected):
    """A shop's short name has 2 to 40 of a–z, 0–9 and inner hyphens, and is not reserved."""

    code = "invalid_tenant_name"


class ProvisioningUnfinished(Conflict):
    """The shop is still being made."""

    code = "provisioning_unfinished"
