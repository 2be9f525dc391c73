"""A new shop's roles and its owner."""

from django.contrib.auth.models import Group

from apps.staff import services
from apps.staff.models import User
from apps.staff.roles import Role
from tenants.provisioning import NewShop, seeds_new_shops


@seeds_new_shops
def seed_owner(shop: NewShop) -> None:
    """Someone who may do everything in this shop, and nothing outside it: no superuser."""
    services.sync_roles()
    owner = User.objects.create_user(shop.owner_email, None, is_staff=True)
    if shop.owner_password:
        owner.password = shop.owner_password
        owner.save(update_fields=["password"])
    owner.groups.set(Group.objects.filter(name=Role.OWNER))
