"""The code of one payment: when it was made, how long it lives, what it is called.

The bank knows a code by its MD5 only, and learns of it when somebody pays it. So the code must be
the same however often it is made for a payment, and its end belongs to its name: `<md5>.<end>`, the
end in seconds since 1970.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings

from apps.payments.errors import ProviderRefused
from apps.payments.gateways.amounts import AmountNotRepresentable
from apps.payments.gateways.bakong.amounts import AMOUNTS
from apps.payments.gateways.bakong.khqr import (
    Merchant,
    NotEncodable,
    Sale,
    digest,
    dynamic_code,
)
from apps.payments.gateways.base import IntentRequest

# A banking app may have begun just before the end, and the bank may be slow to tell.
GRACE = timedelta(minutes=5)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BILL_NUMBER_LENGTH = 25


@dataclass(frozen=True, kw_only=True)
class Name:
    """What a code is called; `expires_at` is when no app takes it any more."""

    md5: str
    expires_at: datetime

    def __str__(self) -> str:
        return f"{self.md5}.{(self.expires_at - _EPOCH) // timedelta(seconds=1)}"

    def is_over(self, now: datetime) -> bool:
        """Whether nobody can have paid it of whom we have not heard."""
        return now > self.expires_at + GRACE


def name_of(reference: str) -> Name:
    """Raises ValueError."""
    md5, _, seconds = reference.partition(".")
    return Name(md5=md5, expires_at=_EPOCH + timedelta(seconds=int(seconds)))


def code_of(request: IntentRequest, merchant: Merchant, now: datetime) -> tuple[str, Name]:
    """The code to pay a request with, and its name. Raises ProviderRefused."""
    made_at, expires_at = _life(request.created_at or now, now)
    try:
        sale = Sale(
            amount=AMOUNTS.to_provider(request.amount, request.currency),
            currency=request.currency,
            created=_milliseconds(made_at),
            expires=_milliseconds(expires_at),
            bill_number=request.payment.partition("_")[2][-_BILL_NUMBER_LENGTH:],
        )
        code = dynamic_code(merchant, sale)
    except AmountNotRepresentable as error:
        raise ProviderRefused(str(error), reason="amount_not_representable") from None
    except NotEncodable as error:
        raise ProviderRefused(f"This makes no code: {error}.", reason="not_encodable") from None
    return code, Name(md5=digest(code), expires_at=expires_at)


def _life(created_at: datetime, now: datetime) -> tuple[datetime, datetime]:
    """When it begins and ends: whoever asks at about the same time gets the same code, and has
    BAKONG_CODE_MINUTES to pay it, or up to twice as long."""
    life = timedelta(minutes=settings.BAKONG_CODE_MINUTES)
    # To the second: the end is part of the name.
    begin = created_at.replace(microsecond=0)
    begin += max(now - begin, timedelta(0)) // life * life
    return begin, begin + 2 * life


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)
