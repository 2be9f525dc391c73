"""What a shop's Bakong account consists of: https://api-bakong.nbc.gov.kh/register."""

from dataclasses import dataclass

from apps.payments.gateways.bakong.khqr import Merchant, NotEncodable
from apps.payments.gateways.credentials import Credentials, secret, shown


@dataclass(frozen=True, kw_only=True)
class BakongCredentials(Credentials):
    """An account at a bank that takes part in Bakong, and a token to ask about its payments."""

    bakong_account: str = shown("Bakong account", help="As in the banking app: name@bank.")
    merchant_name: str = shown("Name on the code", help="Latin letters, 25 at most.")
    merchant_city: str = shown("City on the code", help="Latin letters, 15 at most.")
    merchant_id: str = shown(
        "Merchant ID", help="Of a merchant's account; a person's has none.", is_required=False
    )
    acquiring_bank: str = shown("Bank", help="Needed with a merchant ID.", is_required=False)
    email: str = shown("E-mail", help="The one that the token was asked for with.")
    token: str = secret("Token", help="Lives for 90 days; it is renewed by itself before it ends.")

    def problems(self) -> dict[str, str]:
        """What would not fit into a code is said before there is one."""
        found = super().problems()
        if not found:
            try:
                self.merchant()
            except NotEncodable as problem:
                found["bakong_account"] = f"This makes no code: {problem}."
        return found

    def merchant(self) -> Merchant:
        """Who is paid, for codes. Raises NotEncodable."""
        return Merchant(
            account=self.bakong_account,
            name=self.merchant_name,
            city=self.merchant_city,
            merchant_id=self.merchant_id,
            acquiring_bank=self.acquiring_bank,
        )
