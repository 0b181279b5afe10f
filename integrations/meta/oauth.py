"""Meta's dialogs: their addresses, and the exchange of a dialog's code for a token or a person; stores nothing."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

import msgspec
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from integrations.ads.records import TokenInfo
from integrations.errors import AccessRevoked, PermissionMissing, Rejected
from integrations.http import HttpClient
from integrations.meta.graph import Graph, MetaApp
from integrations.meta.tokens import token_info

# Without this permission nothing can be read. The other one, for changing ads, may be declined in the dialog.
REQUIRED_SCOPES: Sequence[str] = ("ads_read",)
WRITE_SCOPE = "ads_management"
SCOPES: Sequence[str] = (*REQUIRED_SCOPES, WRITE_SCOPE)
SIGN_IN_SCOPES: Sequence[str] = ("public_profile", "email")


class _Issued(msgspec.Struct, frozen=True):
    access_token: str


_ISSUED = msgspec.json.Decoder(_Issued, strict=False)


def authorization_url(app: MetaApp, *, state: str, code_verifier: str) -> str:
    """The address of the dialog that connects accounts; `rerequest` makes it ask again for declined permissions."""
    return _dialog(app, SCOPES, state=state, code_verifier=code_verifier, auth_type="rerequest")


def sign_in_url(app: MetaApp, *, state: str, code_verifier: str) -> str:
    """The address of the dialog for signing in, which asks for no permission on ads; the person may hide the e-mail."""
    return _dialog(app, SIGN_IN_SCOPES, state=state, code_verifier=code_verifier)


async def token_for_code(app: MetaApp, http: HttpClient, *, code: str, code_verifier: str) -> str:
    """A token that lasts about 60 days, for the dialog's code, which works once.

    Raises Rejected for a code that is used, late or not ours, Unavailable when Meta does not answer.
    """
    try:
        short_lived = await _exchange(app, http, code, code_verifier)
        return await _long_lived(app, http, short_lived)
    except (AccessRevoked, PermissionMissing) as error:
        # No grant is stored yet, so nobody can be asked to connect it again: the code was refused.
        raise Rejected("Meta did not accept the answer of its dialog.", said=error.said) from None


async def person_for_code(app: MetaApp, http: HttpClient, *, code: str, code_verifier: str) -> TokenInfo:
    """The person who signed in at the dialog that gave this code, which works once; the token is not stored.

    Raises Rejected for a code that is used, late or not ours, Unavailable when Meta does not answer.
    """
    try:
        token = await _exchange(app, http, code, code_verifier)
        info = await token_info(app, http, token, fields="id,name,email")
    except (AccessRevoked, PermissionMissing) as error:
        raise Rejected("Meta did not accept the answer of its dialog.", said=error.said) from None
    if not info.is_usable:
        raise Rejected("Meta's token is not one for this sign-in.")
    return info


async def renewed_token(app: MetaApp, http: HttpClient, token: str) -> str:
    """A new long-lived token for one that has not ended yet; whether it lasts longer is decided by Meta.

    Raises Rejected or AccessRevoked for a token that cannot be renewed, such as that of a system user.
    """
    return await _long_lived(app, http, token)


def _dialog(app: MetaApp, scopes: Sequence[str], *, state: str, code_verifier: str, **more: str) -> str:
    url = prepare_grant_uri(
        f"{app.dialog_url.rstrip('/')}/{app.api_version}/dialog/oauth",
        client_id=app.app_id,
        response_type="code",
        redirect_uri=app.redirect_uri,
        scope=",".join(scopes),
        state=state,
        code_challenge=create_s256_code_challenge(code_verifier),
        code_challenge_method="S256",
        **more,
    )
    return str(url)


async def _exchange(app: MetaApp, http: HttpClient, code: str, code_verifier: str) -> str:
    body = prepare_token_request(
        "authorization_code", redirect_uri=app.redirect_uri, code=code, code_verifier=code_verifier
    )
    # Meta expects id and secret as parameters; OAuth's default is the Basic header.
    client = ClientAuth(app.app_id, app.app_secret, "client_secret_post")
    _, _, body = client.prepare("POST", "", {}, body)
    # A call whose answer was lost has used the code up: repeating it cannot succeed.
    return await _issued(app, http, dict(parse_qsl(body)), is_idempotent=False)


async def _long_lived(app: MetaApp, http: HttpClient, token: str) -> str:
    form = {
        "grant_type": "fb_exchange_token",
        "client_id": app.app_id,
        "client_secret": app.app_secret,
        "fb_exchange_token": token,
    }
    return await _issued(app, http, form, is_idempotent=True)


async def _issued(app: MetaApp, http: HttpClient, form: dict[str, str], *, is_idempotent: bool) -> str:
    graph = Graph(app, http, None)
    return (await graph.post("oauth/access_token", form, _ISSUED, is_idempotent=is_idempotent)).access_token
