"""Owns the keys that an app signs with: made once, known by their JWE, ended after three years; must not speak HTTP."""

import secrets
from base64 import b64decode, b64encode, urlsafe_b64encode

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from sandbox.ebay.signing.messages import PublicKey

_LIFE_S = 3 * 365 * 24 * 3600
_HEADER = b'{"zip":"DEF","enc":"A256GCM","tag":"%s","alg":"A256GCMKW","iv":"%s"}'
# Bytes of the other parts of a JWE: wrapped key, vector, ciphertext, tag.
_PART_BYTES = (32, 12, 180, 16)
CIPHERS = ("ED25519", "RSA")


class SigningKey(msgspec.Struct):
    """Seconds since the epoch; `public_key` is base64 of its DER. Of the private key nothing is kept."""

    id: str
    cipher: str
    public_key: str
    jwe: str
    created_s: int
    until_s: int

    def shown(self) -> dict[str, object]:
        return {
            "creationTime": self.created_s,
            "expirationTime": self.until_s,
            "jwe": self.jwe,
            "publicKey": self.public_key,
            "signingKeyCipher": self.cipher,
            "signingKeyId": self.id,
        }


def make_key(cipher: str, now_s: int) -> tuple[SigningKey, str]:
    """The key, and its private half: base64 of PKCS #8, without the lines of PEM."""
    private: Ed25519PrivateKey | RSAPrivateKey
    private = Ed25519PrivateKey.generate() if cipher == "ED25519" else generate_private_key(65537, 2048)
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    secret = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    key = SigningKey(_made_id(), cipher, b64encode(public).decode(), _made_jwe(), now_s, now_s + _LIFE_S)
    return key, b64encode(secret).decode()


def public_key_of(key: SigningKey) -> PublicKey:
    found = load_der_public_key(b64decode(key.public_key))
    if not isinstance(found, Ed25519PublicKey | RSAPublicKey):
        raise TypeError("keys that sign are Ed25519 or RSA")
    return found


def _made_id() -> str:
    raw = secrets.token_hex(16)
    return "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))


def _made_jwe() -> str:
    """It looks like eBay's. What is in one is eBay's affair: clients hand it back as it is, and it is looked up."""
    header = _HEADER % (_urlsafe(16), _urlsafe(12))
    return b".".join((_unpadded(header), *(_urlsafe(count) for count in _PART_BYTES))).decode()


def _urlsafe(count: int) -> bytes:
    return _unpadded(secrets.token_bytes(count))


def _unpadded(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")
