"""The certificate of a room: made for one opening, signed by nobody but itself, gone with it. Any thread."""

import datetime as dt
import secrets
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = dt.timedelta(days=1)
_NEVER_MIND = dt.timedelta(days=365 * 10)
"""Guests look at the certificate's hash and not at its dates: clocks in a room are wrong more often than not."""


@dataclass(frozen=True, slots=True)
class RoomCertificate:
    """A TLS context that shows the certificate, and the SHA-256 of its DER form."""

    context: ssl.SSLContext
    sha256: bytes


def make_certificate(folder: Path, now: dt.datetime) -> RoomCertificate:
    """A fresh key and certificate. On its way into the TLS library the key stands in `folder` for a moment, under a
    password that nobody ever learns."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "migdesk room")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _NEVER_MIND)
        .sign(key, hashes.SHA256())
    )
    password = secrets.token_bytes(32).hex().encode("ascii")
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with tempfile.NamedTemporaryFile(dir=folder, prefix="room.", suffix=".pem", delete=False) as file:
        place = Path(file.name)
        file.write(made.public_bytes(serialization.Encoding.PEM) + secret)
    try:
        context.load_cert_chain(place, password=password)
    finally:
        place.unlink()
    return RoomCertificate(context, made.fingerprint(hashes.SHA256()))
