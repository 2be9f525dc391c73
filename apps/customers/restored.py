"""Which logins of customers a restored shop knows."""

from apps.customers.models import CustomerToken
from tenants.restoring import RestoredShop, settles_restored_shops


@settles_restored_shops
def end_logins(shop: RestoredShop) -> None:
    """None: among those of the backup are some that were ended since."""
    CustomerToken.objects.all().delete()
