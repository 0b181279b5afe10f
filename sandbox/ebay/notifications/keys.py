"""Owns how messages are signed: ECDSA with SHA-1 over the raw body, beside the id of the key; must not send them."""

import secrets
from base64 import b64encode

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from sandbox.ebay.notifications.records import NoticeKey

ALGORITHM, DIGEST = "ECDSA", "SHA1"


def made_key() -> NoticeKey:
    private = generate_private_key(SECP256R1())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    raw = secrets.token_hex(16)
    kid = "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))
    return NoticeKey(kid, secret.decode(), public.decode().replace("\n", ""))


def signature_header(body: bytes, key: NoticeKey, *, kid: str | None = None) -> str:
    """X-EBAY-SIGNATURE. `kid` names another key than the one that signs, which only a forger does."""
    private = load_pem_private_key(key.private_key.encode(), None)
    if not isinstance(private, EllipticCurvePrivateKey):
        raise TypeError("messages are signed on an elliptic curve")
    # eBay signs with SHA-1, and so clients have to take it.
    signature = private.sign(body, ECDSA(SHA1()))  # noqa: S303
    said = {
        "alg": "ecdsa",
        "kid": kid or key.kid,
        "signature": b64encode(signature).decode(),
        "digest": DIGEST,
    }
    return b64encode(msgspec.json.encode(said)).decode()
