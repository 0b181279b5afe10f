"""What tests of marketplaces' channels share: a tenant, eBay's stand-in, our routes over real HTTP, and browsers."""

import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from sqlalchemy import text
from starlette.applications import Starlette

from integrations.ebay.app import EbayApp
from integrations.ebay.marketplace import EbayMarketplace
from integrations.ebay.notifications.door import EbayNotices
from integrations.http import HttpClient
from models.channels.access import ChannelAccess, access_of_channel
from models.channels.channel import Channel, ChannelKind, channels_by_ids
from models.tenants.membership import Role
from resolvers.node_id import decode_id
from sandbox.ebay.config import EbayConfig
from sandbox.ebay.control import shop_of
from sandbox.ebay.sellers import Seller
from sandbox.ebay.server import EbayServer, run_ebay
from sandbox.ebay.sign_in.grants import revoke
from services.oauth import challenge_of
from services.toolbox import Toolbox
from tests.doors.in_process import Answer, Door
from tests.worlds.ads import EntityWorld, entity_world
from tests.worlds.connections import VERIFIER, Browser, serving_on
from web.oauth import oauth_routes
from web.webhooks.marketplaces import marketplace_webhook_routes

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
VERIFICATION_TOKEN = "verification-canary-0123456789-0123456789"
CLIENT_SECRET = "ebay-secret-canary-0123456789"
SHOWN = """
  channel { id kind name status issue reason externalId accountName abilities disconnectedAt frozenAt
    settings { market syncEveryMinutes endElsewhereOnSale includedTaxRate } }
  userErrors { code field message }
"""
CONNECT = f"mutation ($input: ConnectChannelInput!) {{ connectChannel(input: $input) {{ authorizationUrl {SHOWN} }} }}"
COMPLETE = f"""mutation ($code: String!, $verifier: String!) {{
  completeOAuth(code: $code, codeVerifier: $verifier) {{ {SHOWN} }} }}"""
LOG = "{ auditLog { nodes { action } } }"


@dataclass
class SellingWorld:
    """A tenant with eBay's stand-in behind it; the clocks of both stand until the test moves them."""

    tools: Toolbox
    ebay: EbayServer
    team: EntityWorld
    http: aiohttp.ClientSession
    role: Role = Role.ADMIN

    async def ask(self, query: str, **given: Any) -> Answer:
        return await Door(self.tools, self.team.as_role(self.role)).ask(query, **given)

    def seller(self, market: str = "EBAY_DE") -> Seller:
        return shop_of(self.ebay.sandbox, market).seller

    def withdraw(self, market: str = "EBAY_DE") -> None:
        """The seller takes all consents back, at eBay."""
        revoke(self.ebay.sandbox, self.seller(market).user_id)

    async def begun(self, **given: Any) -> Any:
        wish = {"kind": "EBAY", "returnUrl": "/done", "codeChallenge": challenge_of(VERIFIER), **given}
        return (await self.ask(CONNECT, input=wish)).data["connectChannel"]

    async def came_back(self, url: str, market: str = "EBAY_DE", answer: str = "agree") -> dict[str, str]:
        """A browser goes through the dialog as this seller: the query of the address that the app is told."""
        browser = Browser(self.http)
        dialog = (await browser.get(url)).location
        address = await self.click(dialog, market, answer)
        return (await browser.get(address)).query

    async def click(self, dialog: str, market: str = "EBAY_DE", answer: str = "agree") -> str:
        async with self.http.get(dialog) as page:
            ticket = re.findall(r'name="ticket" value="([^"]+)"', await page.text())[0]
        form = {"ticket": ticket, "answer": answer, "seller": self.seller(market).user_id}
        async with self.http.post(dialog.partition("?")[0], data=form, allow_redirects=False) as chosen:
            return chosen.headers["Location"]

    async def completed(self, code: str) -> Any:
        return (await self.ask(COMPLETE, code=code, verifier=VERIFIER)).data["completeOAuth"]

    async def connected(self, by: str = "EBAY_DE", **given: Any) -> Any:
        """The whole way of one seller, who is registered in this market."""
        begun = await self.begun(**given)
        assert begun["userErrors"] == []
        return await self.completed((await self.came_back(begun["authorizationUrl"], by))["code"])

    async def stored(self, channel_id: str) -> tuple[Channel, ChannelAccess | None]:
        found = decode_id(channel_id, "Channel")
        assert found is not None
        async with self.tools.db.read(self.team.viewer) as session:
            [channel] = await channels_by_ids(session, [found])
            return channel, await access_of_channel(session, found)

    async def change(self, statement: str, **given: Any) -> None:
        async with self.tools.db.write(self.team.viewer) as session:
            found = text(f"{statement} where tenant_id = :tenant")
            await (await session.connection()).execute(found, {"tenant": self.team.tenant_id, **given})

    async def noted(self) -> list[str]:
        """What the audit log tells, oldest first."""
        answer = await Door(self.tools, self.team.viewer).ask(LOG)
        return [each["action"] for each in reversed(answer.data["auditLog"]["nodes"])]


@dataclass
class SellingBase:
    """The servers, shared by the tests of a module."""

    tools: Toolbox
    ebay: EbayServer
    http: aiohttp.ClientSession
    now: list[datetime] = field(default_factory=lambda: [NOON])

    async def world(self) -> SellingWorld:
        self.ebay.sandbox.faults.clear()
        self.now[:] = [NOON]
        self.ebay.sandbox.clock.set(NOON)
        return SellingWorld(self.tools, self.ebay, await entity_world(self.tools.db), self.http)

    def move(self, **by: float) -> None:
        self.now[:] = [self.now[0] + timedelta(**by)]
        self.ebay.sandbox.clock.set(self.now[0])


@asynccontextmanager
async def selling_base(tools: Toolbox) -> AsyncIterator[SellingBase]:
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = EbayConfig(
            "ebay-client",
            CLIENT_SECRET,
            admin_token="t",
            accept_url=f"{url}/auth/ebay/callback",
            decline_url=f"{url}/auth/ebay/declined",
        )
        ebay = await stack.enter_async_context(run_ebay(config))
        http = HttpClient(sleep=_no_sleep)
        stack.push_async_callback(http.close)
        base = SellingBase(tools, ebay, await stack.enter_async_context(aiohttp.ClientSession()))
        hosts = (ebay.url, ebay.url, ebay.url, ebay.graphql_url)
        app = EbayApp("ebay-client", CLIENT_SECRET, config.ru_name, *hosts, verification_token=VERIFICATION_TOKEN)
        marketplace = EbayMarketplace(app, http, lambda: base.now[0])
        base.tools = replace(
            tools,
            clock=lambda: base.now[0],
            addresses=replace(tools.addresses, public_url=url),
            vendors=replace(
                tools.vendors,
                selling={ChannelKind.EBAY: marketplace},
                notices={ChannelKind.EBAY: EbayNotices(marketplace)},
            ),
        )
        await stack.enter_async_context(
            serving_on(Starlette(routes=[*oauth_routes(base.tools), *marketplace_webhook_routes(base.tools)]), listener)
        )
        yield base


async def _no_sleep(_seconds: float) -> None:
    return


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
