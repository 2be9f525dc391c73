"""A new shop's roles and its owner."""

from django.contrib.auth.models import Group

from apps.shared.ids import new_id
from apps.shared.outbox.emit import emit
from apps.staff import services
from apps.staff.events import PasswordLinkRequested
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
    else:
        invited = PasswordLinkRequested(
            link_id=new_id().hex, email=shop.owner_email, is_invitation=True
        )
        emit(invited, now=shop.now)
    owner.groups.set(Group.objects.filter(name=Role.OWNER))
