"""Owns the ways in which the sandbox's Google can lie, as one table; each is a token or an answer to be refused."""

from collections.abc import Callable, Mapping
from enum import StrEnum

Claims = dict[str, object]
SOMEBODY_ELSE = "another-client.apps.googleusercontent.example"
_DAY_S = 86_400


class Hostility(StrEnum):
    """What is wrong from now on. Those in `BENT` bend the claims, the others are done where a token is signed or the
    dialog answers.
    """

    WRONG_ISS = "wrong_iss"
    ISS_WITH_SLASH = "iss_with_slash"
    WRONG_AUD = "wrong_aud"
    AUD_TRICK = "aud_trick"
    SHARED_AUD = "shared_aud"
    WRONG_AZP = "wrong_azp"
    WRONG_NONCE = "wrong_nonce"
    NO_NONCE = "no_nonce"
    EXPIRED = "expired"
    NO_EXP = "no_exp"
    EXP_AS_TEXT = "exp_as_text"
    ISSUED_TOMORROW = "issued_tomorrow"
    NO_SUB = "no_sub"
    SUB_AS_NUMBER = "sub_as_number"
    ALG_NONE = "alg_none"
    HS256_WITH_PUBLIC_KEY = "hs256_with_public_key"
    FOREIGN_KEY = "foreign_key"
    UNKNOWN_KID = "unknown_kid"
    NO_KID = "no_kid"
    NO_TOKEN = "no_token"  # noqa: S105 - the name of a lie
    WRONG_ISS_PARAMETER = "wrong_iss_parameter"
    NO_ISS_PARAMETER = "no_iss_parameter"
    SCRIPT_IN_ERROR = "script_in_error"


def _without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def _later(claims: Claims, seconds: int) -> Claims:
    return {name: int(str(claims[name])) + seconds for name in ("iat", "exp")}


BENT: Mapping[Hostility, Callable[[Claims], Claims]] = {
    Hostility.WRONG_ISS: lambda claims: claims | {"iss": "https://accounts.google.example"},
    Hostility.ISS_WITH_SLASH: lambda claims: claims | {"iss": f"{claims['iss']}/"},
    Hostility.WRONG_AUD: lambda claims: claims | {"aud": SOMEBODY_ELSE},
    Hostility.AUD_TRICK: lambda claims: claims | {"aud": SOMEBODY_ELSE, "azp": claims["aud"]},
    Hostility.SHARED_AUD: lambda claims: claims | {"aud": [claims["aud"], SOMEBODY_ELSE]},
    Hostility.WRONG_AZP: lambda claims: claims | {"azp": SOMEBODY_ELSE},
    Hostility.WRONG_NONCE: lambda claims: claims | {"nonce": "0" * 64},
    Hostility.NO_NONCE: _without("nonce"),
    Hostility.EXPIRED: lambda claims: claims | _later(claims, -_DAY_S),
    Hostility.NO_EXP: _without("exp"),
    Hostility.EXP_AS_TEXT: lambda claims: claims | {"exp": str(claims["exp"])},
    Hostility.ISSUED_TOMORROW: lambda claims: claims | _later(claims, _DAY_S),
    Hostility.NO_SUB: _without("sub"),
    Hostility.SUB_AS_NUMBER: lambda claims: claims | {"sub": int(str(claims["sub"]))},
}
