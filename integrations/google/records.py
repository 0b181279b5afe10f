"""The shapes of an OpenID provider's answers; checks and fetches nothing."""

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
    """The claims of an id_token that are used; times are Unix seconds."""

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
