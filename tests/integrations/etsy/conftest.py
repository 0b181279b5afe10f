"""Etsy's stand-in for each test, a place that pictures are read from, and a marketplace on both that does not sleep."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest_asyncio
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integrations.etsy.app import EtsyApp
from integrations.etsy.marketplace import EtsyMarketplace
from integrations.etsy.session import EtsySession
from integrations.http import HttpClient
from sandbox.etsy.app import ORDERS
from sandbox.etsy.config import EtsyConfig
from sandbox.etsy.control import shop_of
from sandbox.etsy.faults import EtsyFault
from sandbox.etsy.server import EtsyServer, run_etsy
from sandbox.etsy.shops import EtsyShop
from sandbox.etsy.sign_in.grants import grant
from sandbox.marketplaces.control import carried_out
from sandbox.marketplaces.faults import CallFaultKind
from sandbox.server import serve

SECRET = "shared-secret-canary-0123456789"
REDIRECT = "https://adgraph.example/auth/etsy/callback"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(slots=True)
class EtsyWorld:
    """`now` is the clock of the marketplace and of Etsy, `pictures` the address of our storage."""

    server: EtsyServer
    marketplace: EtsyMarketplace
    http: HttpClient
    now: list[datetime]
    pictures: str
    pauses: list[float] = field(default_factory=list)

    @property
    def shop(self) -> EtsyShop:
        return shop_of(self.server.sandbox, "DE")

    def tokens(self, shop: str = "DE", scopes: tuple[str, ...] | None = None) -> tuple[str, str]:
        """The refresh token of a new consent, and its access token."""
        sandbox = self.server.sandbox
        asked = list(self.marketplace.scopes if scopes is None else scopes)
        made = grant(sandbox, shop_of(sandbox, shop).seller.user_id, asked)
        return made.refresh_token, made.access_token

    def session(self, shop: str = "DE", scopes: tuple[str, ...] | None = None) -> EtsySession:
        return self.marketplace.session(self.tokens(shop, scopes)[1], None)

    def spoil(self, call: str, kind: CallFaultKind = CallFaultKind.ANSWER, **more: object) -> None:
        self.server.sandbox.faults.add(EtsyFault(call, kind, **more))  # type: ignore[arg-type]  # a fault's own fields

    def mend(self) -> None:
        self.server.sandbox.faults.clear()

    def control(self, path: str, **body: object) -> Any:
        """What the control route of this path does, without its HTTP."""
        return carried_out(ORDERS, self.server.sandbox, path, **{"shop": "DE", **body})

    def calls(self) -> list[str]:
        """The names of all calls so far."""
        return [entry.call for entry in self.server.sandbox.log]

    def at(self, moment: datetime) -> None:
        self.now[0] = moment
        self.server.sandbox.clock.set(moment)


def app_at(server: EtsyServer, secret: str = SECRET) -> EtsyApp:
    return EtsyApp(
        "keystring1",
        secret,
        REDIRECT,
        server.api_url,
        f"{server.url}/v3/public/oauth/token",
        f"{server.url}/oauth/connect",
    )


def jpeg(color: int) -> bytes:
    file = BytesIO()
    Image.new("RGB", (64, 64), (color, 100, 50)).save(file, "JPEG")
    return file.getvalue()


def _picture(request: Request) -> Response:
    name = request.path_params["name"]
    if not name.endswith(".jpg"):
        return Response("<html>", 404 if name == "gone" else 200)
    return Response(jpeg(int(name.removesuffix(".jpg"))), media_type="image/jpeg")


@pytest_asyncio.fixture(scope="module")
async def storage() -> AsyncIterator[str]:
    """Where pictures are: `/20.jpg` is one of that colour, `/gone` is not there, `/page` is none."""
    async with serve(Starlette(routes=[Route("/{name}", _picture)])) as url:
        yield url


@pytest_asyncio.fixture
async def etsy(storage: str) -> AsyncIterator[EtsyWorld]:
    pauses: list[float] = []
    now = [NOW]

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    http = HttpClient(sleep=sleep, dice=lambda: 1.0)
    config = EtsyConfig("keystring1", SECRET, "admin", redirect_uris=(REDIRECT,))
    try:
        async with run_etsy(config) as server:
            server.sandbox.clock.set(NOW)
            marketplace = EtsyMarketplace(app_at(server), http, lambda: now[0])
            yield EtsyWorld(server, marketplace, http, now, storage, pauses)
    finally:
        await http.close()
