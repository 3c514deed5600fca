"""A certificate chain of one day, of the shape that managed load balancers show: RSA-2048 leaf and
intermediate, RSA-4096 root. A full handshake costs a client what it costs in the field.

Each names its key and its issuer's: from Python 3.13 on a client insists (``VERIFY_X509_STRICT``).
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LIFE = timedelta(days=1)


def make(folder: Path, addresses: Sequence[str]) -> tuple[Path, Path]:
    """Write ``ca.pem`` (for clients) and ``server.pem`` (key and chain)."""
    root_key, middle_key, leaf_key = (_key(bits) for bits in (4096, 2048, 2048))
    root_name, middle_name, leaf_name = map(_name, ("bench root", "bench middle", "bench server"))
    root = _authority(root_name, root_name, root_key, signed_with=root_key)
    middle = _authority(middle_name, root_name, middle_key, signed_with=root_key)
    alternatives = [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    leaf = (
        _certificate(leaf_name, middle_name, leaf_key, signed_with=middle_key)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .sign(middle_key, hashes.SHA256())
    )
    ca, chain = folder / "ca.pem", folder / "server.pem"
    ca.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    chain.write_bytes(
        leaf_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + leaf.public_bytes(serialization.Encoding.PEM)
        + middle.public_bytes(serialization.Encoding.PEM)
    )
    return ca, chain


def _key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _authority(subject, issuer, key, *, signed_with) -> x509.Certificate:
    return (
        _certificate(subject, issuer, key, signed_with=signed_with)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(signed_with, hashes.SHA256())
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(subject, issuer, key, *, signed_with) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issuers = x509.AuthorityKeyIdentifier.from_issuer_public_key(signed_with.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _LIFE)
        .not_valid_after(now + _LIFE)
        .add_extension(own, critical=False)
        .add_extension(issuers, critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    rest = dict.fromkeys(
        (
            "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
            "crl_sign", "encipher_only", "decipher_only",
        ),
        False,
    )  # fmt: skip
    return x509.KeyUsage(digital_signature=True, key_cert_sign=signs, **rest)
