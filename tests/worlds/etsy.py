"""A team with a shop at Etsy's stand-in: our routes and files over real HTTP, the dialog, jobs run as a worker does."""

import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image
from sqlmodel import select
from starlette.applications import Starlette

from integrations.etsy.app import EtsyApp
from integrations.etsy.marketplace import EtsyMarketplace
from integrations.etsy.notices import EtsyNotices
from integrations.http import HttpClient
from integrations.storage.local import LocalStorage
from models.acting import TenantScope
from models.channels.access import ChannelAccess, access_of_channel
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.ids import new_id
from models.products.attribute import AttributeKind
from models.products.image import ProductImage
from models.products.product import Product
from resolvers.node_id import decode_id
from sandbox.etsy.app import ORDERS
from sandbox.etsy.config import EtsyConfig
from sandbox.etsy.control import shop_of
from sandbox.etsy.faults import EtsyFault
from sandbox.etsy.server import EtsyServer, run_etsy
from sandbox.etsy.shops import EtsyShop
from sandbox.marketplaces.control import carried_out
from services.oauth import challenge_of
from services.toolbox import Toolbox
from tests.worlds.ads import entity_world
from tests.worlds.channel_jobs import MovingClock, forget_limits
from tests.worlds.channels import COMPLETE, CONNECT
from tests.worlds.connections import VERIFIER, Browser, serving_on
from tests.worlds.offering import OfferingWorld
from web.files import file_routes
from web.oauth import oauth_routes
from web.webhooks.marketplaces import marketplace_webhook_routes

SHOP = "DE"
_KEYSTRING, _CALLBACK = "etsy-keystring", "/auth/etsy/callback"
SHARED_SECRET = "etsy-secret-canary"
WEBHOOK_SECRET = "whsec_ZXRzeS13ZWJob29rLXNlY3JldC1jYW5hcnkh"
MAPPED: Mapping[AttributeKind, str] = {
    AttributeKind.CATEGORY: "1064",
    AttributeKind.CONDITION: "i_did.made_to_order",
}


@dataclass
class EtsyWorld(OfferingWorld):
    """The clocks of both sides stand at noon until the test moves them; the queue is run by hand."""

    base: "EtsyBase | None" = None

    @property
    def server(self) -> EtsyServer:
        assert self.base is not None
        return self.base.server

    @property
    def at_etsy(self) -> EtsyShop:
        return shop_of(self.server.sandbox, SHOP)

    def move(self, **time: float) -> None:
        assert self.base is not None
        self.base.clock.move(**time)
        self.server.sandbox.clock.set(self.base.clock.now)

    def control(self, path: str, **body: Any) -> Any:
        """What the control route of this path does, without its HTTP."""
        return carried_out(ORDERS, self.server.sandbox, path, **{"shop": SHOP, **body})

    def sale(self, *lines: Mapping[str, Any], **given: Any) -> str:
        """A buyer buys; the id of the receipt."""
        found = self.control("sell", lines=list(lines or ({"price": "10.00"},)), **given)
        return str(found["receipt_id"])

    def disturb(self, fault: EtsyFault) -> None:
        self.server.sandbox.faults.add(fault)

    async def begun(self, **given: Any) -> Any:
        wish = {"kind": "ETSY", "returnUrl": "/done", "codeChallenge": challenge_of(VERIFIER), **given}
        return (await self.ask(CONNECT, input=wish)).data["connectChannel"]

    async def came_back(self, url: str, shop: str = SHOP, answer: str = "agree") -> dict[str, str]:
        """A browser goes through the dialog as this shop's seller: the query of the address that the app is told."""
        assert self.base is not None
        browser, http = Browser(self.base.http), self.base.http
        dialog = (await browser.get(url)).location
        async with http.get(dialog) as page:
            ticket = re.findall(r'name="ticket" value="([^"]+)"', await page.text())[0]
        user_id = str(shop_of(self.server.sandbox, shop).seller.user_id)
        form = {"ticket": ticket, "answer": answer, "seller": user_id}
        async with http.post(dialog.partition("?")[0], data=form, allow_redirects=False) as chosen:
            address = chosen.headers["Location"]
        return (await browser.get(address)).query

    async def completed(self, code: str) -> Any:
        return (await self.ask(COMPLETE, code=code, verifier=VERIFIER)).data["completeOAuth"]

    async def connected(self, shop: str = SHOP, **given: Any) -> Any:
        """The whole way of one seller. The channel of the default shop becomes that of this world."""
        begun = await self.begun(**given)
        assert begun["userErrors"] == []
        done = await self.completed((await self.came_back(begun["authorizationUrl"], shop))["code"])
        if done["channel"] is not None and shop == SHOP:
            self.channel = await self.seen(done["channel"]["id"])
        return done

    async def seen(self, global_id: str) -> Channel:
        async with self.tools.db.read(self.team.viewer) as session:
            return await session.get_one(Channel, (self.team.tenant_id, decode_id(global_id, "Channel")))

    async def access(self) -> ChannelAccess:
        async with self.tools.db.read(self.team.viewer) as session:
            found = await access_of_channel(session, self.channel.id)
        assert found is not None
        return found

    async def rows(self, table: Any) -> list[Any]:
        async with self.tools.db.read(TenantScope(self.team.tenant_id)) as session:
            return [*await session.exec(select(table).where(table.tenant_id == self.team.tenant_id))]

    async def goods(self, sku: str = "MUG-1", *, without: tuple[AttributeKind, ...] = (), **given: Any) -> Product:
        """A product with a picture that is really there, and values that are mapped for Etsy."""
        assert self.base is not None
        product = await self.product(sku, **{"price": Decimal("12.50"), **given})
        for kind, term in MAPPED.items():
            if kind not in without:
                await self.value(product, kind, [{"channel_kind": "ETSY", "market": None, "external_id": term}])
        image_id = new_id()
        key = f"{self.team.tenant_id}/products/{product.id}/{image_id.hex}{image_id.hex}.jpg"
        path = self.base.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture())
        await self.team.keep(
            ProductImage(
                tenant_id=self.team.tenant_id,
                id=image_id,
                product_id=product.id,
                position=1,
                sha256=image_id.hex * 2,
                object_key=key,
                width=640,
                height=480,
                bytes=path.stat().st_size,
            )
        )
        return product


@dataclass
class EtsyBase:
    """The servers, shared by the tests of a module."""

    tools: Toolbox
    server: EtsyServer
    http: aiohttp.ClientSession
    folder: Path
    clock: MovingClock = field(default_factory=MovingClock)

    async def world(self) -> EtsyWorld:
        """A team of its own; the shops of the stand-in are as they were at first."""
        sandbox = self.server.sandbox
        self.clock.now = MovingClock().now
        sandbox.clock.set(self.clock.now)
        sandbox.faults.clear()
        for shop in sandbox.book.shops.values():
            shop.listings.clear()
            shop.fees.clear()
            shop.receipts = type(shop.receipts)()
        sandbox.day.clear()
        sandbox.second.clear()
        sandbox.per_second, sandbox.per_day = sandbox.config.per_second, sandbox.config.per_day
        await forget_limits(self.tools.db)
        team = await entity_world(self.tools.db)
        return EtsyWorld(self.tools, team, _NONE_YET, clock=self.clock, base=self)


def picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (640, 480), (200, 100, 50)).save(file, "JPEG")
    return file.getvalue()


@asynccontextmanager
async def etsy_base(tools: Toolbox, folder: Path, link_key: bytes = b"key of these links") -> AsyncIterator[EtsyBase]:
    """Files lie in `folder`, and links to them are signed with `link_key`."""
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = await stack.enter_async_context(run_etsy(_config(url)))
        http = HttpClient(sleep=_no_sleep)
        stack.push_async_callback(http.close)
        base = EtsyBase(tools, server, await stack.enter_async_context(aiohttp.ClientSession()), folder)
        marketplace = EtsyMarketplace(_app(server, url), http, base.clock)
        files = LocalStorage(folder, f"{url}/files", [link_key], base.clock)
        base.tools = replace(
            tools,
            clock=base.clock,
            files=files,
            addresses=replace(tools.addresses, public_url=url),
            vendors=replace(
                tools.vendors,
                selling={ChannelKind.ETSY: marketplace},
                notices={ChannelKind.ETSY: EtsyNotices(marketplace)},
            ),
        )
        routes = [
            *oauth_routes(base.tools),
            *marketplace_webhook_routes(base.tools),
            *file_routes(files.opened),
        ]
        await stack.enter_async_context(serving_on(Starlette(routes=routes), listener))
        yield base


def etsy_settings(base: EtsyBase) -> dict[str, str]:
    """By which another process reaches the stand-in, and files by our routes."""
    url = base.server.url
    return {
        "PUBLIC_URL": base.tools.addresses.public_url,
        "ETSY_KEYSTRING": _KEYSTRING,
        "ETSY_SHARED_SECRET": SHARED_SECRET,
        "ETSY_API_URL": base.server.api_url,
        "ETSY_TOKEN_URL": f"{url}/v3/public/oauth/token",
        "ETSY_CONNECT_URL": f"{url}/oauth/connect",
    }


def _config(url: str) -> EtsyConfig:
    """Of a stand-in for the installation at `url`."""
    return EtsyConfig(
        _KEYSTRING,
        SHARED_SECRET,
        "admin",
        redirect_uris=(url + _CALLBACK,),
        webhook_url=f"{url}/webhooks/etsy",
        webhook_secrets=(WEBHOOK_SECRET,),
    )


def _app(server: EtsyServer, url: str) -> EtsyApp:
    token_url, connect_url = f"{server.url}/v3/public/oauth/token", f"{server.url}/oauth/connect"
    hosts = (server.api_url, token_url, connect_url)
    return EtsyApp(_KEYSTRING, SHARED_SECRET, url + _CALLBACK, *hosts, webhook_secrets=(WEBHOOK_SECRET,))


# Until a seller is connected.
_NONE_YET = Channel(tenant_id=new_id(), kind=ChannelKind.ETSY, name="none", status=ChannelStatus.DISCONNECTED)


async def _no_sleep(_seconds: float) -> None:
    return
