"""Owns how the tests speak to a sandbox of eBay: as an app with its tokens, and as whoever controls it."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec

from sandbox.ebay.config import EbayConfig
from sandbox.ebay.server import EbayServer
from tests.sandbox.decoding import decoded

CLIENT_ID, CLIENT_SECRET, ADMIN_TOKEN, RU_NAME = "SandboxApp", "SandboxSecret", "admin", "Sandbox-RuName-1"


def ebay_config(**changes: Any) -> EbayConfig:
    given: dict[str, Any] = {
        "accept_url": "http://127.0.0.1:9/accepted?x=1",
        "decline_url": "http://127.0.0.1:9/declined",
        "ru_name": RU_NAME,
        # The tests that are about pictures serve some.
        "fetches_pictures": False,
    }
    return EbayConfig(CLIENT_ID, CLIENT_SECRET, ADMIN_TOKEN, **given | changes)


def basic(client_id: str = CLIENT_ID, secret: str = CLIENT_SECRET) -> str:
    return f"Basic {b64encode(f'{client_id}:{secret}'.encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Got:
    """`body` is decoded JSON, None without one, and the text where it is no JSON."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def error_ids(self) -> list[int]:
        return [error["errorId"] for error in self.body["errors"]]


@dataclass
class EbayClient:
    """`tokens` by seller: minted by control at the first call, with every scope."""

    server: EbayServer
    http: aiohttp.ClientSession
    tokens: dict[str, str] = field(default_factory=dict)

    async def send(self, method: str, path: str, body: object = None, **headers: str) -> Got:
        """Without a token; `body` is JSON, bytes go as they are."""
        data = body if isinstance(body, bytes) or body is None else msgspec.json.encode(body)
        sent = ({"Content-Type": "application/json"} if data is not None else {}) | headers
        url = f"{self.server.url}{path}"
        async with self.http.request(method, url, data=data, headers=sent, allow_redirects=False) as answer:
            return Got(answer.status, await decoded(answer), answer.headers)

    async def call(
        self, method: str, path: str, body: object = None, *, seller: str = "EBAY_DE", **headers: str
    ) -> Got:
        token = self.tokens.get(seller) or await self.token(seller)
        self.tokens[seller] = token
        sent = {"Authorization": f"Bearer {token}", "Content-Language": "de-DE"} | headers
        return await self.send(method, path, body, **sent)

    async def token(self, seller: str, scopes: list[str] | None = None) -> str:
        issued = await self.control("POST", "tokens", {"seller": seller, "scopes": scopes})
        return str(issued["access_token"])

    async def mint(self, authorization: str | None = None, **form: str) -> Got:
        """The token endpoint."""
        headers = {"Authorization": basic() if authorization is None else authorization}
        url = f"{self.server.url}/identity/v1/oauth2/token"
        async with self.http.post(url, data=form, headers=headers) as answer:
            return Got(answer.status, await decoded(answer), answer.headers)

    async def control(self, method: str, path: str, body: object = None) -> Any:
        got = await self.send(method, f"/_sandbox/{path}", body, **{"X-Sandbox-Token": ADMIN_TOKEN})
        assert got.status == 200, got
        return got.body
