"""Everything that can happen to a tenant, and to the keys by which the platform is asked."""

from tenants.services._archive_tenant import archive_tenant
from tenants.services._back_up_tenant import back_up_tenant
from tenants.services._cancel_deletion import cancel_deletion
from tenants.services._create_platform_key import create_platform_key
from tenants.services._create_tenant import create_tenant
from tenants.services._delete_due_tenants import delete_due_tenants
from tenants.services._delete_tenant import delete_tenant
from tenants.services._fail_provisioning import fail_provisioning
from tenants.services._migrate_fleet import Canaries, FleetRun, migrate_fleet
from tenants.services._prepare_platform import prepare_platform
from tenants.services._provision_tenant import provision_tenant
from tenants.services._rename_tenant import rename_tenant
from tenants.services._request_tenant import request_tenant
from tenants.services._restore_tenant import RestoredTenant, restore_tenant
from tenants.services._resume_provisioning import resume_provisioning
from tenants.services._resume_tenant import resume_tenant
from tenants.services._retry_migration import retry_migration
from tenants.services._revoke_platform_key import revoke_platform_key
from tenants.services._schedule_deletion import schedule_deletion
from tenants.services._suspend_tenant import suspend_tenant
from tenants.services._use_platform_key import use_platform_key

__all__ = [
    "Canaries",
    "FleetRun",
    "RestoredTenant",
    "archive_tenant",
    "back_up_tenant",
    "cancel_deletion",
    "create_platform_key",
    "create_tenant",
    "delete_due_tenants",
    "delete_tenant",
    "fail_provisioning",
    "migrate_fleet",
    "prepare_platform",
    "provision_tenant",
    "rename_tenant",
    "request_tenant",
    "restore_tenant",
    "resume_provisioning",
    "resume_tenant",
    "retry_migration",
    "revoke_platform_key",
    "schedule_deletion",
    "suspend_tenant",
    "use_platform_key",
]
