"""Access tokens: short-lived JWTs that name a person and a session; roles are never read from them."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import GuestProtocol, OctKey
from joserfc.jwt import Claims, JWTClaimsRegistry

from analytics.clock import Clock
from auth.credential_words import EXPIRED, INVALID
from auth.verified_tokens import VerifiedTokens
from errors import Unauthenticated

LIFETIME = timedelta(minutes=10)
MAX_LENGTH = 2048
MIN_SECRET_BYTES = 32
AUDIENCE = "adgraph-api"
_ALGORITHMS = ["HS256"]
_TYPE = "at+jwt"
_CLOCK_SKEW_S = 30


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """The claims of a verified token; `version` must still be the user's token version."""

    user_id: UUID
    session_id: UUID
    tenant_id: UUID | None
    version: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccessToken:
    text: str
    expires_at: datetime


class AccessTokenSigner:
    """Signs with the current secret; verifies with the current or the previous one, whichever the `kid` names."""

    def __init__(self, current: str, *, previous: str | None = None, issuer: str, clock: Clock) -> None:
        """Raises ValueError for a secret under 32 bytes or one that is given twice."""
        secrets = [current] if previous is None else [current, previous]
        if any(len(secret.encode()) < MIN_SECRET_BYTES for secret in secrets):
            raise ValueError(f"JWT secrets have at least {MIN_SECRET_BYTES} bytes.")
        self._keys = {secret_id(secret): OctKey.import_key(secret) for secret in secrets}
        if len(self._keys) != len(secrets):
            raise ValueError("The previous JWT secret equals the current one.")
        self._current = secret_id(current)
        self._issuer = issuer
        self._clock = clock
        self._verified: VerifiedTokens[AccessClaims] = VerifiedTokens()

    def issue(self, *, user_id: UUID, session_id: UUID, tenant_id: UUID | None, version: int) -> AccessToken:
        now = self._clock().replace(microsecond=0)
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "sid": str(session_id),
            "tid": str(tenant_id) if tenant_id else None,
            "ver": version,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
            "jti": uuid4().hex,
        }
        header = {"alg": _ALGORITHMS[0], "typ": _TYPE, "kid": self._current}
        text = jwt.encode(header, claims, self._keys[self._current], algorithms=_ALGORITHMS)
        return AccessToken(text, now + LIFETIME)

    def verify(self, text: str) -> AccessClaims:
        """The claims of a valid token; raises Unauthenticated, with one text for every cause except expiry."""
        if len(text) > MAX_LENGTH:
            raise Unauthenticated(INVALID)
        key = self._verified.key_of(text)
        claims = self._verified.find(key)
        if claims is None:
            claims = self._proven(text)
            self._verified.add(key, claims)
        elif claims.expires_at <= self._clock():
            self._verified.drop(key)
            raise Unauthenticated(EXPIRED)
        return claims

    def _proven(self, text: str) -> AccessClaims:
        """The claims of a token whose signature and claims are right at this moment."""
        try:
            token = jwt.decode(text, self._key_of, algorithms=_ALGORITHMS)
            if token.header.get("typ") != _TYPE:
                raise Unauthenticated(INVALID)
            # Decoding checks the signature only; the claims are a separate step.
            self._rules().validate(token.claims)
            return _read(token.claims)
        # The signature of an expired token is ours, so saying that it has expired helps nobody who guesses.
        except ExpiredTokenError as error:
            raise Unauthenticated(EXPIRED) from error
        # RecursionError comes from a header of thousands of brackets, which is parsed before the signature is checked.
        except (JoseError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            raise Unauthenticated(INVALID) from error

    def _key_of(self, token: GuestProtocol) -> OctKey:
        # The key is chosen here, since joserfc's key set, if it has one key, also accepts a token without a `kid`.
        key = self._keys.get(str(token.headers().get("kid")))
        if key is None:
            raise InvalidKeyIdError
        return key

    def _rules(self) -> JWTClaimsRegistry:
        return _Rules(
            now=int(self._clock().timestamp()),
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": AUDIENCE},
            sub={"essential": True},
            sid={"essential": True},
            ver={"essential": True, "allow_blank": True},
            iat={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
        )


class _Rules(JWTClaimsRegistry):
    """The usual checks, except that `iat` may lie a little ahead: the issuing replica's clock may be ahead of ours."""

    def validate_iat(self, value: object) -> None:
        JWTClaimsRegistry(now=self.now, leeway=_CLOCK_SKEW_S).validate_iat(value)


def secret_id(secret: str) -> str:
    """The `kid` of a secret: the beginning of its hash, which does not reveal the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


def _read(claims: Claims) -> AccessClaims:
    tenant_id, version = claims.get("tid"), claims["ver"]
    if type(version) is not int:
        raise TypeError("The token version is a whole number.")
    return AccessClaims(
        user_id=UUID(claims["sub"]),
        session_id=UUID(claims["sid"]),
        tenant_id=None if tenant_id is None else UUID(tenant_id),
        version=version,
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )
