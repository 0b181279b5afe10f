"""Checks that an id_token was issued by Google, for our client and for this dialog; does no I/O.

The rules are those of OpenID Connect Core 3.1.3.7, with one algorithm, one issuer and one audience: the token chooses
none of them.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from integrations.google.records import Claims
from integrations.sign_in import VouchedPerson

ALGORITHM = "RS256"
LEEWAY_S = 60
_LONGEST_TOKEN = 16 * 1024
_LONGEST_SUBJECT = 255
_CLAIMS = msgspec.json.Decoder(Claims)


class UntrustedToken(Exception):
    """The id_token proves nobody's identity; the text names the rule that it breaks, and nothing of its content."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the claims of a token of this dialog must be."""

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    now: datetime


def key_id(token: str) -> str:
    """The id of the key that the token names; raises UntrustedToken for a token that is not RS256 or names none."""
    if len(token) > _LONGEST_TOKEN:
        raise UntrustedToken("size")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, RecursionError) as error:
        raise UntrustedToken("form") from error
    kid = header.get("kid")
    if header.get("alg") != ALGORITHM or not isinstance(kid, str):
        raise UntrustedToken("header")
    return kid


def person_of(token: str, key: RSAKey, expected: Expected) -> VouchedPerson:
    """The person that the token is about; raises UntrustedToken unless it is signed with `key` and keeps all rules."""
    try:
        payload = jws.deserialize_compact(token.encode(), key, algorithms=[ALGORITHM]).payload
        claims = _CLAIMS.decode(payload)
        _check(claims, expected)
    except (JoseError, ValueError, RecursionError) as error:
        raise UntrustedToken("signature or shape") from error
    return VouchedPerson(
        subject=claims.sub,
        name=claims.name if isinstance(claims.name, str) else None,
        email=claims.email if isinstance(claims.email, str) else None,
        # `is True`, since a provider may send the text "false", which is not empty.
        email_is_verified=claims.email_verified is True,
    )


def _check(claims: Claims, expected: Expected) -> None:
    now_s = expected.now.timestamp()
    rules = {
        "iss": claims.iss == expected.issuer,
        # A token with a second audience is refused, whatever azp says: that other client may use it too.
        "aud": claims.aud in (expected.client_id, [expected.client_id]),
        "azp": claims.azp in (None, expected.client_id),
        "nonce": hmac.compare_digest(claims.nonce.encode(), expected.nonce.encode()),
        "exp": claims.exp > now_s - LEEWAY_S,
        "iat": claims.iat < now_s + LEEWAY_S,
        "sub": 0 < len(claims.sub) <= _LONGEST_SUBJECT and claims.sub.isascii(),
    }
    for name, holds in rules.items():
        if not holds:
            raise UntrustedToken(name)
