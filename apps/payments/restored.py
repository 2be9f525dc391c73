"""Which accounts a restored shop has at payment providers."""

from apps.payments.models import PaymentAccount
from tenants.restoring import RestoredShop, settles_restored_shops


@settles_restored_shops
def disconnect_copies(shop: RestoredShop) -> None:
    """A copy has none: the shop that it was made of may be alive, and collect, cancel and give back
    the same payments."""
    if shop.is_copy:
        PaymentAccount.objects.all().delete()
