"""Reading KHQR codes, as a banking app does."""

import binascii
import hashlib
from dataclasses import dataclass

_CURRENCIES = {"116": "KHR", "840": "USD"}


class Unreadable(ValueError):
    """No app would take this code."""


@dataclass(frozen=True, slots=True)
class Code:
    """What a code says. ``expires``: milliseconds since 1970, 0 for a code without an amount."""

    md5: str
    account: str
    currency: str
    amount: str
    expires: int

    @property
    def name(self) -> str:
        """The code and its end: the bank knows it by its MD5 only."""
        return f"{self.md5}.{self.expires // 1000}"


def read(text: str) -> Code:
    """Raises Unreadable."""
    if text[-8:-4] != "6304" or f"{binascii.crc_hqx(text[:-4].encode(), 0xFFFF):04X}" != text[-4:]:
        raise Unreadable("The CRC is wrong.")
    tags = _tags(text)
    account = tags.get("29") or tags.get("30")
    if not account or tags.get("00") != "01" or tags.get("58") != "KH":
        raise Unreadable("This is no KHQR code.")
    if tags.get("53") not in _CURRENCIES or not tags.get("59") or not tags.get("60"):
        raise Unreadable("Something is missing.")
    if tags.get("01") == "12" and "99" not in tags:
        raise Unreadable("A code with an amount must say when it ends.")
    return Code(
        md5=hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        account=_tags(account)["00"],
        currency=_CURRENCIES[tags["53"]],
        amount=tags.get("54", ""),
        expires=int(_tags(tags["99"])["01"]) if "99" in tags else 0,
    )


def _tags(text: str) -> dict[str, str]:
    found, at = {}, 0
    while at < len(text):
        try:
            end = at + 4 + int(text[at + 2 : at + 4])
        except ValueError:
            raise Unreadable("A length is no number.") from None
        if end > len(text):
            raise Unreadable("A value is cut off.")
        found[text[at : at + 2]] = text[at + 4 : end]
        at = end
    return found
