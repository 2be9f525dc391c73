"""The certificates with which webhooks are signed: a root of the simulator's own, and one below it.

PayPal signs with a key whose certificate it serves under ``PAYPAL-CERT-URL``; the chain ends at a
root that everybody knows. Here the root is the simulator's, made anew for each data folder.
"""

import base64
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# As in the certificates that PayPal uses.
SUBJECT = "messageverificationcerts.paypal.com"
_LIFE = timedelta(days=365)
_SKEW = timedelta(days=1)
_making = threading.Lock()


class Certificates:
    """Made on first use and kept in ``folder``: webhooks of before a restart stay verifiable."""

    def __init__(self, folder: Path) -> None:
        self._key_file = folder / "paypal-webhooks.key"
        self._chain_file = folder / "paypal-webhooks.pem"
        self._root_file = folder / "paypal-root.pem"
        self._key: rsa.RSAPrivateKey | None = None

    def chain(self) -> bytes:
        """The signing certificate and its root, as PEM."""
        self._signing_key()
        return self._chain_file.read_bytes()

    def root(self) -> bytes:
        self._signing_key()
        return self._root_file.read_bytes()

    def sign(self, message: bytes) -> str:
        """Base64 of an RSA signature with SHA-256, PKCS #1 v1.5."""
        signature = self._signing_key().sign(message, padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(signature).decode()

    def _signing_key(self) -> rsa.RSAPrivateKey:
        with _making:
            if self._key is None:
                if not self._key_file.exists():
                    self._make()
                loaded = serialization.load_pem_private_key(self._key_file.read_bytes(), None)
                assert isinstance(loaded, rsa.RSAPrivateKey)
                self._key = loaded
            return self._key

    def _make(self) -> None:
        root_key, key = _new_key(), _new_key()
        root = _certificate("Simulator Root", root_key, None)
        leaf = _certificate(SUBJECT, key, (root, root_key))
        pem = serialization.Encoding.PEM
        self._root_file.write_bytes(root.public_bytes(pem))
        self._chain_file.write_bytes(leaf.public_bytes(pem) + root.public_bytes(pem))
        self._key_file.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _certificate(
    name: str,
    key: rsa.RSAPrivateKey,
    issuer: tuple[x509.Certificate, rsa.RSAPrivateKey] | None,
) -> x509.Certificate:
    """A root when there is no ``issuer``, else a server's certificate."""
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = issuer[1] if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + _LIFE)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
        .add_extension(_usage(is_root=issuer is None), critical=True)
    )
    if issuer:
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(names, critical=False).add_extension(purposes, False)
    return builder.sign(signer, hashes.SHA256())


def _usage(*, is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_root,
        content_commitment=False,
        key_encipherment=not is_root,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )
