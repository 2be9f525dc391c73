from ._lock_financial_order import lock_financial_order
from ._record_payment import record_payment

__all__ = ["lock_financial_order", "record_payment"]
