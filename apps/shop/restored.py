"""What a restored shop knows of itself."""

from apps.shop.models import ShopSettings
from tenants.restoring import RestoredShop, settles_restored_shops


@settles_restored_shops
def note_restore(shop: RestoredShop) -> None:
    """Of which moment it is, and that buyers may know already what it is about to tell them."""
    ShopSettings.objects.update(
        backup_taken_at=shop.taken_at, restored_at=shop.restored_at, withholds_messages=True
    )
