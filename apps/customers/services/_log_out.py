from apps.customers.models import CustomerToken
from apps.shared.db import owns_transaction


@owns_transaction
def log_out(*, digest: bytes) -> None:
    """Revoke one token; those of other devices stay."""
    CustomerToken.objects.filter(digest=digest).delete()
