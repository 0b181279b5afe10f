"""eBay's tokens: the address of its dialog, the mint for a code, a refresh token or the app itself; stores nothing.

eBay documents no call that ends a consent: the seller withdraws it in the settings of the account.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri

from analytics.clock import Clock
from integrations.cached_answer import CachedAnswer
from integrations.ebay.app import APP_SCOPE, VENDOR, EbayApp
from integrations.ebay.calls import answer_of
from integrations.errors import InvalidResponse, Rejected
from integrations.http import HttpClient, Reply, Request
from integrations.selling.minting import CLIENT_FAULTS, minted_tokens, refusal_of, renewal_refusal
from integrations.selling.records import SellerTokens
from integrations.selling.values import Fields

_MINT = "/identity/v1/oauth2/token"
_API = "identity.v1"
# A token is not used in its last minutes: the call that it is for takes a while.
_MARGIN = timedelta(minutes=5)
_ACCESS_LIFE_S = 7_200
# With these a refresh token is refused that is over, withdrawn, or lacks what is asked for.
_CONSENT_OVER = ("invalid_grant", "invalid_scope")


def authorization_url(app: EbayApp, *, state: str) -> str:
    """The address of the dialog. eBay documents no code challenge."""
    url = prepare_grant_uri(
        f"{app.auth_url.rstrip('/')}/oauth2/authorize",
        client_id=app.client_id,
        response_type="code",
        redirect_uri=app.runame,
        scope=" ".join(app.scopes),
        state=state,
    )
    return str(url)


async def tokens_for_code(app: EbayApp, http: HttpClient, code: str) -> SellerTokens:
    """Both tokens; raises Rejected for a code that is used, late or not ours."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": app.runame}
    # A call whose answer was lost has used the code up: repeating it cannot succeed.
    minted = await _mint(app, http, form, is_idempotent=False)
    tokens = minted_tokens(minted, VENDOR, lasting_s=_ACCESS_LIFE_S, scopes=app.scopes)
    if tokens.refresh is None:
        raise InvalidResponse("eBay sent no refresh token.")
    return tokens


async def renewed_tokens(app: EbayApp, http: HttpClient, refresh: str) -> SellerTokens:
    """A new access token; raises AccessRevoked when the consent has ended."""
    try:
        minted = await _mint(app, http, {"grant_type": "refresh_token", "refresh_token": refresh}, is_idempotent=True)
    except Rejected as error:
        raise renewal_refusal(error, VENDOR, _CONSENT_OVER) from None
    return minted_tokens(minted, VENDOR, lasting_s=_ACCESS_LIFE_S)


@dataclass(frozen=True, slots=True)
class _AppToken:
    value: str = field(repr=False)
    ends_at: datetime


class AppTokens:
    """The token of the app itself, for what belongs to no seller; one mint however many ask for it."""

    def __init__(self, app: EbayApp, http: HttpClient, clock: Clock) -> None:
        self._app, self._http, self._clock = app, http, clock
        self._cached = CachedAnswer(self._fetch, clock)

    async def value(self) -> str:
        token = await self._cached.value(at_most=timedelta(seconds=_ACCESS_LIFE_S))
        if token.ends_at - _MARGIN <= self._clock():
            token = await self._cached.value(at_most=timedelta(0))
        return token.value

    async def _fetch(self) -> _AppToken:
        form = {"grant_type": "client_credentials", "scope": APP_SCOPE}
        minted = await _mint(self._app, self._http, form, is_idempotent=True)
        tokens = minted_tokens(minted, VENDOR, lasting_s=_ACCESS_LIFE_S)
        return _AppToken(tokens.access, self._clock() + timedelta(seconds=tokens.access_ends_in_s))


async def _mint(app: EbayApp, http: HttpClient, form: Mapping[str, str], *, is_idempotent: bool) -> Fields:
    basic = b64encode(f"{app.client_id}:{app.client_secret}".encode()).decode()
    request = Request(
        VENDOR,
        "POST",
        app.api_url.rstrip("/") + _MINT,
        form=form,
        headers={"Authorization": f"Basic {basic}", "Accept": "application/json"},
        is_idempotent=is_idempotent,
    )
    return await http.call(request, _read)


def _read(reply: Reply) -> Fields:
    if reply.status in CLIENT_FAULTS:
        raise refusal_of(reply, VENDOR, "EBAY_CLIENT_ID")
    return answer_of(reply, _API).fields
