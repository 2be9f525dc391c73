"""Everything that can happen to a tenant."""

from tenants.services._create_tenant import create_tenant
from tenants.services._fail_provisioning import fail_provisioning
from tenants.services._prepare_platform import prepare_platform
from tenants.services._provision_tenant import provision_tenant
from tenants.services._request_tenant import request_tenant
from tenants.services._resume_provisioning import resume_provisioning

__all__ = [
    "create_tenant",
    "fail_provisioning",
    "prepare_platform",
    "provision_tenant",
    "request_tenant",
    "resume_provisioning",
]
