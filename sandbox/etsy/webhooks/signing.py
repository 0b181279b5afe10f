"""Owns how messages are signed: HMAC with SHA-256 over id, moment and raw body, as standardwebhooks has it."""

import hmac
import secrets
from base64 import b64decode, b64encode
from hashlib import sha256

_PREFIX = "whsec_"


def new_secret() -> str:
    return _PREFIX + b64encode(secrets.token_bytes(24)).decode()


def signature(secret: str, message_id: str, at_s: int, body: bytes) -> str:
    """Raises ValueError for a secret that is none: base64 after `whsec_`."""
    key = b64decode(secret.removeprefix(_PREFIX), validate=True)
    signed = f"{message_id}.{at_s}.".encode() + body
    return b64encode(hmac.new(key, signed, sha256).digest()).decode()


def headers(secrets_: list[str], prefix: str, *, message_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """With a signature for each secret, a space between them."""
    signatures = [prefix + signature(secret, message_id, at_s, body) for secret in secrets_]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(signatures),
    }
