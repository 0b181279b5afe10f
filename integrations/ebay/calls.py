"""A single call to eBay's REST APIs: address, token, body, decoding, errors, pages; must not know what is asked."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

import msgspec

from integrations.ebay.app import VENDOR, EbayApp
from integrations.ebay.faults import UNKNOWN_KEY, outcome_of
from integrations.errors import Misshapen, Rejected
from integrations.http import HttpClient, Reply, Request
from integrations.selling.replies import RestAnswer, answer_in
from integrations.selling.values import Fields

JSON_TYPE = "application/json"
# No list of eBay's has more: two years of orders in pages of 200 are some thousands for the largest sellers.
_MOST_PAGES = 20_000


@dataclass(frozen=True, slots=True)
class RestAsk:
    """One call. `path` begins with a slash and has its parts encoded. `body` is JSON, `raw` bytes of another type.

    `is_signed`: eBay wants a digital signature where the seller lives in the EU or the UK.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    raw: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    is_idempotent: bool = True
    is_on_apiz: bool = False
    is_signed: bool = False

    @property
    def api(self) -> str:
        """Such as sell.inventory: the name that eBay counts calls under."""
        return ".".join(self.path.strip("/").split("/")[:2])


class Signing(Protocol):
    """Signs calls with the key of the installation."""

    async def headers(self, method: str, url: str, body: bytes | None) -> Mapping[str, str]: ...

    async def renew(self, signed: Mapping[str, str]) -> bool:
        """Whether there is another key than the one that these headers were signed with."""
        ...


class EbayRest:
    """Calls with one token. Raises IntegrationErrors, whose texts have no credential."""

    __slots__ = ("_http", "_signing", "_token", "app")

    def __init__(self, app: EbayApp, http: HttpClient, token: str, signing: Signing | None = None) -> None:
        self.app = app
        self._http = http
        self._token = token
        self._signing = signing

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Fields:
        return (await self.call(RestAsk("GET", path, query or {}))).fields

    async def call(self, ask: RestAsk) -> RestAnswer:
        host = self.app.apiz_url if ask.is_on_apiz else self.app.api_url
        return await self.call_at(host.rstrip("/") + ask.path, ask)

    async def call_at(self, url: str, ask: RestAsk) -> RestAnswer:
        """The same at a whole address, which GraphQL has."""
        body = ask.raw if ask.body is None else msgspec.json.encode(ask.body)
        headers = {"Authorization": f"Bearer {self._token}", "Accept": JSON_TYPE}
        if ask.body is not None:
            headers["Content-Type"] = JSON_TYPE
        headers |= ask.headers
        if not ask.is_signed or self._signing is None:
            return await self._send(url, ask, body, headers)
        signed = await self._signing.headers(ask.method, url, body)
        try:
            return await self._send(url, ask, body, {**headers, **signed})
        except Rejected as error:
            is_of_key = error.said is not None and error.said.code == UNKNOWN_KEY
            if not is_of_key or not await self._signing.renew(signed):
                raise
        # A call whose signature was refused has done nothing, so that it may be repeated.
        signed = await self._signing.headers(ask.method, url, body)
        return await self._send(url, ask, body, {**headers, **signed})

    async def _send(self, url: str, ask: RestAsk, body: bytes | None, headers: Mapping[str, str]) -> RestAnswer:
        request = Request(
            VENDOR, ask.method, url, ask.query, body=body, headers=headers, is_idempotent=ask.is_idempotent
        )
        return await self._http.call(request, lambda reply: answer_of(reply, ask.api))

    async def pages(self, ask: RestAsk) -> AsyncGenerator[Fields, None]:
        """Every page to eBay's own end mark: `next`. How many rows a page has says nothing, since it leaves some out.

        Raises Misshapen for a list that leads back to a page which was read already.
        """
        query, seen = dict(ask.query), set[str]()
        for _ in range(_MOST_PAGES):
            page = (await self.call(RestAsk(ask.method, ask.path, query, is_on_apiz=ask.is_on_apiz))).fields
            yield page
            following = page.text("next")
            if following is None:
                return
            if following in seen:
                break
            seen.add(following)
            # Only what is asked is taken from it: an address on another host would get our token.
            query = dict(parse_qsl(urlsplit(following).query))
        raise Misshapen("eBay's list has no end.")


def answer_of(reply: Reply, api: str) -> RestAnswer:
    """The decoded answer; raises IntegrationErrors, or TryAgain around one for a failure that may pass."""
    return answer_in(reply, VENDOR, lambda failed: outcome_of(failed, api))
