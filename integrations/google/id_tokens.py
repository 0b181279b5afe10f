"""Owns whether an id_token is Google's, for us and for this very dialog; pure, so that every lie can be tried on it.

OpenID Connect Core 3.1.3.7 with nothing left to the token's own word: one algorithm, one issuer, one audience.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from integrations.google.records import Claims, GooglePerson

ALGORITHM = "RS256"
LEEWAY_S = 60
_LONGEST_TOKEN = 16 * 1024
_LONGEST_SUBJECT = 255
_CLAIMS = msgspec.json.Decoder(Claims)


class UntrustedToken(Exception):
    """The id_token proves nobody; the text names the rule that it breaks, and nothing of its content."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token of this dialog must say."""

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    now: datetime


def key_id(token: str) -> str:
    """The `kid` that the token asks for; raises UntrustedToken when it is no RS256 token that names one."""
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


def person_of(token: str, key: RSAKey, expected: Expected) -> GooglePerson:
    """Whom a token signed with `key` is about; raises UntrustedToken."""
    try:
        payload = jws.deserialize_compact(token.encode(), key, algorithms=[ALGORITHM]).payload
        claims = _CLAIMS.decode(payload)
        _check(claims, expected)
    except (JoseError, ValueError, RecursionError) as error:
        raise UntrustedToken("signature or shape") from error
    return GooglePerson(
        subject=claims.sub,
        name=claims.name if isinstance(claims.name, str) else None,
        email=claims.email if isinstance(claims.email, str) else None,
        # Nothing but true itself: a provider's "false" is a text that is not empty.
        email_is_verified=claims.email_verified is True,
    )


def _check(claims: Claims, expected: Expected) -> None:
    now_s = expected.now.timestamp()
    rules = {
        "iss": claims.iss == expected.issuer,
        # A token that others may use as well is none for us, whatever azp says.
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
