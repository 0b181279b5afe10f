"""Owns the id_tokens of the sandbox: what they say, who signs them, and each lie about either."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from joserfc import jwt

from sandbox.google.hostility import BENT, Claims, Hostility
from sandbox.google.state import Consent, GoogleSandbox, new_key

_LIFE_S = 3600


def id_token(sandbox: GoogleSandbox, consent: Consent) -> str:
    claims, mode = _claims(sandbox, consent), sandbox.hostility
    if mode is not None and mode in BENT:
        claims = BENT[mode](claims)
    key = sandbox.keys[-1]
    header: dict[str, str] = {"alg": "RS256", "kid": str(key.kid)}
    if mode is Hostility.ALG_NONE:
        return f"{_signed_part(header | {'alg': 'none'}, claims)}."
    if mode is Hostility.HS256_WITH_PUBLIC_KEY:
        return _with_public_key(header | {"alg": "HS256"}, claims, secret=key.as_pem(private=False))
    if mode is Hostility.NO_KID:
        del header["kid"]
    if mode is Hostility.UNKNOWN_KID:
        header["kid"] = "nobody-knows-me"
    if mode is Hostility.FOREIGN_KEY:
        key = new_key()
    return jwt.encode(header, claims, key, algorithms=["RS256"])


def _claims(sandbox: GoogleSandbox, consent: Consent) -> Claims:
    now_s, client_id = sandbox.now_s(), sandbox.config.client_id
    said: Claims = {"iss": sandbox.issuer, "aud": client_id, "azp": client_id, "iat": now_s, "exp": now_s + _LIFE_S}
    if "nonce" in consent.params:
        said["nonce"] = consent.params["nonce"]
    return said | consent.person.claims


def _with_public_key(header: Mapping[str, str], claims: Claims, *, secret: bytes) -> str:
    """The classical confusion: whoever lets a token choose its algorithm takes the public key for a shared secret."""
    text = _signed_part(header, claims)
    return f"{text}.{_encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def _signed_part(header: Mapping[str, str], claims: Claims) -> str:
    return f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(claims).encode())}"


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
