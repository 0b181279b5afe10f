"""Owns the shapes of what an OpenID provider sends; must not check or fetch anything."""

import msgspec


class Discovery(msgspec.Struct, frozen=True):
    """What we need of `/.well-known/openid-configuration`."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    # RFC 9207: whether every answer of the dialog names the issuer.
    authorization_response_iss_parameter_supported: bool = False


class KeyList(msgspec.Struct, frozen=True):
    keys: list[dict[str, object]]


class Issued(msgspec.Struct, frozen=True):
    """The token endpoint's answer; the access token is of no use to us."""

    id_token: str


class OAuthFault(msgspec.Struct, frozen=True):
    error: str


class Claims(msgspec.Struct, frozen=True):
    """Of an id_token whose signature is right; times are Unix seconds. Other claims are ignored."""

    iss: str
    aud: str | list[str]
    sub: str
    exp: int | float
    iat: int | float
    nonce: str
    azp: str | None = None
    name: object = None
    email: object = None
    email_verified: object = None


class GooglePerson(msgspec.Struct, frozen=True):
    """Whom Google vouches for. `subject` never changes; `email` is None unless it is a text."""

    subject: str
    name: str | None
    email: str | None
    email_is_verified: bool
