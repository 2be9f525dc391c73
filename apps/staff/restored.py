"""Who may still be logged in to a restored shop."""

from django.contrib.sessions.models import Session

from tenants.restoring import RestoredShop, settles_restored_shops


@settles_restored_shops
def end_sessions(shop: RestoredShop) -> None:
    """Nobody: among those of the backup are some that were ended since."""
    Session.objects.all().delete()
