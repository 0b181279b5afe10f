"""Etsy's tokens: the address of its dialog, the mint for a code or a refresh token; stores nothing.

Each renewal hands out a new pair and ends the one before. Etsy documents no call that ends a consent.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri

from integrations.errors import InvalidResponse, Rejected
from integrations.etsy.app import SETTINGS, VENDOR, EtsyApp
from integrations.etsy.faults import outcome_of
from integrations.http import HttpClient, Reply, Request
from integrations.selling.minting import CLIENT_FAULTS, minted_tokens, refusal_of, renewal_refusal
from integrations.selling.records import SellerTokens
from integrations.selling.replies import answer_in, body_of
from integrations.selling.values import Fields

_ACCESS_LIFE_S = 3_600
# Etsy does not tell it with the token.
_REFRESH_LIFE_S = 90 * 24 * 3600
# Sent for a refresh token that is over, was renewed before, or was withdrawn: a new password ends all of a seller's.
_CONSENT_OVER = ("invalid_grant",)
# OAuth's own words; others, such as those about the key, mean here what they mean everywhere at Etsy.
_WORDS = ("invalid_grant", "invalid_request", "invalid_client", "unauthorized_client", "invalid_scope")


def authorization_url(app: EtsyApp, *, state: str, code_verifier: str) -> str:
    """The address of the dialog, with the challenge that only the verifier answers."""
    challenge = urlsafe_b64encode(sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()
    url = prepare_grant_uri(
        app.connect_url,
        client_id=app.keystring,
        response_type="code",
        redirect_uri=app.redirect_uri,
        scope=" ".join(app.scopes),
        state=state,
        code_challenge=challenge,
        code_challenge_method="S256",
    )
    return str(url)


async def tokens_for_code(app: EtsyApp, http: HttpClient, *, code: str, code_verifier: str) -> SellerTokens:
    """Both tokens; raises Rejected for a code that is used, late or not ours."""
    form = {
        "grant_type": "authorization_code",
        "client_id": app.keystring,
        "redirect_uri": app.redirect_uri,
        "code": code,
        "code_verifier": code_verifier,
    }
    # A call whose answer was lost has used the code up: repeating it cannot succeed.
    tokens = _pair(await _mint(app, http, form, is_idempotent=False))
    return replace(tokens, scopes=app.scopes)


async def renewed_tokens(app: EtsyApp, http: HttpClient, refresh: str) -> SellerTokens:
    """A new pair, after which only that one works; raises AccessRevoked when the consent has ended.

    A call without an answer is repeated: where Etsy had not made the pair yet, the old token still works.
    """
    form = {"grant_type": "refresh_token", "client_id": app.keystring, "refresh_token": refresh}
    try:
        minted = await _mint(app, http, form, is_idempotent=True)
    except Rejected as error:
        raise renewal_refusal(error, VENDOR, _CONSENT_OVER) from None
    return _pair(minted)


def _pair(minted: Fields) -> SellerTokens:
    tokens = minted_tokens(minted, VENDOR, lasting_s=_ACCESS_LIFE_S)
    if tokens.refresh is None:
        raise InvalidResponse("Etsy sent no refresh token.")
    return replace(tokens, refresh_ends_in_s=tokens.refresh_ends_in_s or _REFRESH_LIFE_S)


async def _mint(app: EtsyApp, http: HttpClient, form: Mapping[str, str], *, is_idempotent: bool) -> Fields:
    headers = {"Accept": "application/json"}
    request = Request(VENDOR, "POST", app.token_url, form=form, headers=headers, is_idempotent=is_idempotent)
    return await http.call(request, _read)


def _read(reply: Reply) -> Fields:
    if reply.status in CLIENT_FAULTS and Fields.of(body_of(reply)).text("error") in _WORDS:
        raise refusal_of(reply, VENDOR, SETTINGS)
    return answer_in(reply, VENDOR, outcome_of).fields
