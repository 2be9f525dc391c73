"""Everything that can happen to a tenant."""

from tenants.services._create_tenant import create_tenant
from tenants.services._prepare_platform import prepare_platform

__all__ = ["create_tenant", "prepare_platform"]
