"""The certificates that PayPal signs its webhooks with.

The address comes with the webhook, so nothing of it is believed: it must be PayPal's, and what is
found there must be a certificate for PayPal's signing name whose chain ends at a root we trust.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from django.conf import settings

from apps.payments.errors import InvalidSignature, ProviderUnavailable
from apps.payments.gateways.paypal.credentials import LIVE
from apps.payments.gateways.slots import CallSlots

_PATH = "/v1/notifications/certs/"
_HOSTS = ("api.paypal.com", "api-m.paypal.com")
_SANDBOX_HOSTS = ("api.sandbox.paypal.com", "api-m.sandbox.paypal.com")
_NAMES = {"live": ("messageverificationcerts.paypal.com",)}
_SANDBOX_NAMES = (
    "messageverificationcerts.sandbox.paypal.com",
    "messageverificationcerts.paypal.com",
)
_LONGEST_BYTES = 65_536
_slots = CallSlots("paypal-certificates", settings.PAYPAL_CALLS_AT_ONCE)


def signing_key(url: str, *, environment: str, at: datetime) -> RSAPublicKey:
    """The public key behind a certificate's address, if all is as it must be `at` that time.

    Raises InvalidSignature; ProviderUnavailable when the certificate cannot be fetched.
    """
    if not _is_paypals(url, environment):
        raise InvalidSignature
    chain = _chain_at(url)
    leaf = _verified(chain, _NAMES.get(environment, _SANDBOX_NAMES), at)
    key = leaf.public_key()
    if not isinstance(key, RSAPublicKey):
        raise InvalidSignature
    return key


def _is_paypals(url: str, environment: str) -> bool:
    own: str = settings.PAYPAL_API_BASE
    if own:
        return url.startswith(own + _PATH)
    hosts = _HOSTS if environment == LIVE else _SANDBOX_HOSTS
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_plain = url == f"https://{parts.netloc}{parts.path}"
    return is_plain and parts.netloc in hosts and parts.path.startswith(_PATH)


@lru_cache(maxsize=32)
def _chain_at(url: str) -> tuple[x509.Certificate, ...]:
    """What is served at a certificate's address never changes. Errors are not remembered."""
    try:
        with (
            _slots.slot(),
            requests.get(
                url, timeout=settings.PAYPAL_TIMEOUT_SECONDS, allow_redirects=False, stream=True
            ) as answer,
        ):
            if answer.status_code >= 500 or answer.status_code == 429:
                raise ProviderUnavailable(reason="no_certificate")
            if answer.status_code != 200:
                raise InvalidSignature  # made up: there is no such certificate
            pem = answer.raw.read(_LONGEST_BYTES, decode_content=True)
        return tuple(x509.load_pem_x509_certificates(pem))
    except requests.RequestException as error:
        raise ProviderUnavailable(reason="no_answer") from error
    except ValueError:
        raise InvalidSignature from None


def _verified(
    chain: tuple[x509.Certificate, ...], names: Collection[str], at: datetime
) -> x509.Certificate:
    leaf, *others = chain
    for name in names:
        policy = PolicyBuilder().store(_roots()).time(at.astimezone(UTC))
        try:
            policy.build_server_verifier(x509.DNSName(name)).verify(leaf, others)
        except VerificationError:
            continue
        return leaf
    raise InvalidSignature


def _roots() -> Store:
    """Those of PAYPAL_ROOTS_FILE; else those that everybody trusts."""
    file = Path(settings.PAYPAL_ROOTS_FILE or certifi.where())
    return _store(str(file), file.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _store(file: str, changed: int) -> Store:
    return Store(x509.load_pem_x509_certificates(Path(file).read_bytes()))
