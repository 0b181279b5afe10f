"""eBay's stand-in without faults at the start of each test, and a marketplace on it that does not sleep."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest_asyncio

from integrations.ebay.app import EbayApp
from integrations.ebay.marketplace import EbayMarketplace
from integrations.ebay.session import EbaySession
from integrations.http import HttpClient
from sandbox.ebay.app import ORDERS
from sandbox.ebay.config import EbayConfig
from sandbox.ebay.control import shop_of
from sandbox.ebay.faults import EbayFault, EbayFaultKind
from sandbox.ebay.sellers import Shop
from sandbox.ebay.server import EbayServer, run_ebay
from sandbox.ebay.sign_in.grants import full_scopes, grant
from sandbox.marketplaces.control import carried_out

SECRET = "app-secret-canary-0123456789"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(slots=True)
class EbayWorld:
    """`now` is the clock of the marketplace, `pauses` are those before repeated calls."""

    server: EbayServer
    marketplace: EbayMarketplace
    http: HttpClient
    now: list[datetime]
    pauses: list[float] = field(default_factory=list)

    def shop(self, seller: str = "EBAY_DE") -> Shop:
        return shop_of(self.server.sandbox, seller)

    def tokens(self, seller: str = "EBAY_DE", scopes: tuple[str, ...] | None = None) -> tuple[str, str]:
        """The refresh token of a new consent, and its access token; `scopes` in short, None are all."""
        sandbox = self.server.sandbox
        asked = sandbox.config.scopes if scopes is None else scopes
        return grant(sandbox, self.shop(seller).seller.user_id, full_scopes(asked))

    def session(self, seller: str = "EBAY_DE", scopes: tuple[str, ...] | None = None) -> EbaySession:
        return self.marketplace.session(self.tokens(seller, scopes)[1], seller)

    def spoil(self, call: str, kind: EbayFaultKind = EbayFaultKind.ANSWER, **more: object) -> None:
        self.server.sandbox.faults.add(EbayFault(call, kind, **more))  # type: ignore[arg-type]  # a fault's own fields

    def control(self, path: str, body: Mapping[str, object]) -> object:
        """What the control route of this path does, without its HTTP."""
        return carried_out(ORDERS, self.server.sandbox, path, **body)

    def calls(self) -> list[str]:
        """The names of all calls so far."""
        return [entry.call for entry in self.server.sandbox.log]


def app_at(server: EbayServer) -> EbayApp:
    runame = server.sandbox.config.ru_name
    return EbayApp("client-1", SECRET, runame, server.url, server.url, server.url, server.graphql_url)


@pytest_asyncio.fixture
async def ebay() -> AsyncIterator[EbayWorld]:
    pauses: list[float] = []
    now = [NOW]

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    http = HttpClient(sleep=sleep, dice=lambda: 1.0)
    config = EbayConfig("client-1", SECRET, "admin", fetches_pictures=False)
    try:
        async with run_ebay(config) as server:
            server.sandbox.clock.set(NOW)
            yield EbayWorld(server, EbayMarketplace(app_at(server), http, lambda: now[0]), http, now, pauses)
    finally:
        await http.close()
