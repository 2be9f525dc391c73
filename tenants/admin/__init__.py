"""Shops and the hosts they answer on, for the platform's people."""

from django.contrib import admin

from tenants.admin.domains import DomainAdmin
from tenants.admin.fleet import ShopMigrationAdmin
from tenants.admin.keys import PlatformKeyAdmin
from tenants.admin.shops import TenantAdmin
from tenants.models import Domain, PlatformKey, ShopMigration, Tenant


def register(site: admin.AdminSite) -> None:
    """Put the pages of this app on the platform's admin."""
    site.register(Tenant, TenantAdmin)
    site.register(Domain, DomainAdmin)
    site.register(PlatformKey, PlatformKeyAdmin)
    site.register(ShopMigration, ShopMigrationAdmin)
