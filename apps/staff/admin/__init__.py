"""The people behind an admin: a shop's staff in its schema, the platform's in `public`."""

from django.contrib import admin

from apps.staff.admin.platform_users import PlatformUserAdmin
from apps.staff.admin.shop_users import ShopUserAdmin
from apps.staff.models import User


def register(site: admin.AdminSite) -> None:
    """Put the staff of a shop on its admin."""
    site.register(User, ShopUserAdmin)


def register_on_platform(site: admin.AdminSite) -> None:
    """Put the platform's own people on its admin."""
    site.register(User, PlatformUserAdmin)
