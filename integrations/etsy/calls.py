"""A single call to Etsy's Open API: address, keys, body, decoding, errors, pages; must not know what is asked."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

import msgspec
import structlog

from integrations.errors import Misshapen
from integrations.etsy.app import VENDOR, EtsyApp
from integrations.etsy.faults import outcome_of
from integrations.etsy.remaining import CallMeter
from integrations.http import HttpClient, Reply, Request
from integrations.selling.replies import RestAnswer, answer_in
from integrations.selling.values import Fields

_log = structlog.get_logger(__name__)
_JSON_TYPE = "application/json"
PAGE = 100
# Etsy refuses to skip more.
LARGEST_OFFSET = 12_000
# A list that claims more than it shows has no end of its own.
_MOST_EMPTY = 3


@dataclass(frozen=True, slots=True)
class EtsyAsk:
    """One call. `path` begins with a slash. `body` is JSON; `raw` bytes of the type in `raw_type`."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    raw: bytes | None = field(default=None, repr=False)
    raw_type: str = ""
    is_idempotent: bool = True


@dataclass(frozen=True, slots=True)
class ListingPath:
    """Where a listing is: some calls name its shop, others do not."""

    shop_id: str
    listing_id: str

    @property
    def alone(self) -> str:
        return f"/listings/{self.listing_id}"

    @property
    def of_shop(self) -> str:
        return f"/shops/{self.shop_id}/listings/{self.listing_id}"


class EtsyRest:
    """Calls with the key of the app, and with one seller's token unless it is None.

    Raises IntegrationErrors, whose texts have no credential.
    """

    __slots__ = ("app", "http", "meter", "token")

    def __init__(self, app: EtsyApp, http: HttpClient, meter: CallMeter, token: str | None = None) -> None:
        self.app = app
        self.token = token
        self.http = http
        self.meter = meter

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Fields:
        return (await self.call(EtsyAsk("GET", path, query or {}))).fields

    async def rows(self, path: str) -> list[Fields]:
        """Of a list that comes at once; raises Misshapen for what is no list, which is not the same as an empty one."""
        answer = await self.get(path)
        if not isinstance(answer.raw.get("results"), list):
            raise Misshapen("Etsy sent a list without its rows.")
        return answer.parts("results")

    async def call(self, ask: EtsyAsk) -> RestAnswer:
        headers = {"x-api-key": self.app.api_key, "Accept": _JSON_TYPE}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        body = ask.raw
        if ask.body is not None:
            body, headers["Content-Type"] = msgspec.json.encode(ask.body), _JSON_TYPE
        elif ask.raw is not None:
            headers["Content-Type"] = ask.raw_type
        url = self.app.api_url.rstrip("/") + ask.path
        request = Request(
            VENDOR, ask.method, url, ask.query, body=body, headers=headers, is_idempotent=ask.is_idempotent
        )
        return await self.http.call(request, self._read)

    def _read(self, reply: Reply) -> RestAnswer:
        self.meter.note(reply.headers)
        return answer_in(reply, VENDOR, outcome_of)

    async def pages(self, path: str, query: Mapping[str, str] | None = None) -> AsyncGenerator[Fields, None]:
        """Every page to Etsy's own end mark, the `count` of each page: how many rows a page has says nothing.

        Ends before it where three pages in a row are empty, or where Etsy skips no more rows: whoever needs to know
        compares what came with the count. Raises Misshapen for a page without a count or results.
        """
        offset, empty = 0, 0
        while offset <= LARGEST_OFFSET:
            page = await self.get(path, {**(query or {}), "limit": str(PAGE), "offset": str(offset)})
            count = page.whole("count")
            if count is None or not isinstance(page.raw.get("results"), list):
                raise Misshapen("Etsy sent a page of a list without its count or its rows.")
            yield page
            offset += PAGE
            empty = 0 if page.raw["results"] else empty + 1
            if offset >= count:
                return
            if empty == _MOST_EMPTY:
                break
        _log.warning("vendor_list_cut", vendor=VENDOR, path=path, offset=offset)
