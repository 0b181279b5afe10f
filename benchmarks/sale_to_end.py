"""From a sale to the end of the other channels' listings: what a buyer of the last piece may buy a second time.

`python -m benchmarks.sale_to_end [SALES [POLLED]]`: 100 sales at Etsy's stand-in that its messages tell of, and 40 that
only readings find. Each product is offered once there and once by each of two sellers of eBay's; an event is over when
both are gone. Everything runs in this process: stand-ins, webhook, chores and the worker, on the clock of the machine.
"""

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from starlette.applications import Starlette

from analytics.clock import utc_now
from auth.viewer import Viewer
from benchmarks.table import Ratio, Reading, percentile, print_table
from benchmarks.world import new_owner, own_postgres, run, toolbox
from integrations.ebay.app import EbayApp
from integrations.ebay.marketplace import EbayMarketplace
from integrations.etsy.app import EtsyApp
from integrations.etsy.marketplace import EtsyMarketplace
from integrations.etsy.notices import EtsyNotices
from integrations.http import HttpClient
from integrations.selling.records import SellerTokens
from jobs.runner import WorkerOptions, run_inline
from models.channels.access import ChannelAccess
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.ids import new_id
from models.listings.listing import ChannelListing, ListingStatus
from models.products.product import Product, ProductStatus
from sandbox.ebay import app as ebay_app
from sandbox.ebay.config import EbayConfig
from sandbox.ebay.control import shop_of as ebay_shop
from sandbox.ebay.server import EbayServer, run_ebay
from sandbox.ebay.sign_in.grants import full_scopes
from sandbox.ebay.sign_in.grants import grant as ebay_grant
from sandbox.etsy import app as etsy_app
from sandbox.etsy.config import SCOPES, EtsyConfig
from sandbox.etsy.control import shop_of as etsy_shop
from sandbox.etsy.server import EtsyServer, run_etsy
from sandbox.etsy.sign_in.grants import grant as etsy_grant
from sandbox.marketplaces.control import carried_out
from sandbox.server import serve
from services.channel_access import seal
from services.orders.syncing.work import SETTLES_WITHIN
from services.toolbox import Toolbox
from startup.collector import settle_collector
from web.webhooks.marketplaces import marketplace_webhook_routes

SALES, POLLED = 100, 40
SHOP, SELLERS = "DE", ("EBAY_DE", "EBAY_GB")
# How often a channel is read where nobody sets another pause, and the shortest that can be set.
PAUSES_MINUTES = (15, 5)
LOOK_S, PATIENCE_S = 0.002, 60.0
_SECRET = "whsec_YmVuY2htYXJrLWJlbmNobWFyay1iZW5jaG1hcms="
_HOUR = 3600
_LONG_AGO = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Floor:
    """A team that sells at both, with everything running."""

    tools: Toolbox
    viewer: Viewer
    etsy: EtsyServer
    ebay: EbayServer
    at_etsy: Channel
    address: str

    def has_messages(self, *, sent: bool) -> None:
        endpoint = self.address if sent else ""
        carried_out(etsy_app.ORDERS, self.etsy.sandbox, "webhooks", endpoint=endpoint, secrets=[_SECRET])

    def at_the_shop(self, path: str, **body: Any) -> Any:
        return carried_out(etsy_app.ORDERS, self.etsy.sandbox, path, shop=SHOP, **body)

    def is_offered(self, sku: str) -> bool:
        shops = [ebay_shop(self.ebay.sandbox, seller) for seller in SELLERS]
        return any(
            each["sku"] == sku and each["status"] == "PUBLISHED" for shop in shops for each in shop.offers.values()
        )

    async def ended(self, sku: str, since: float) -> float:
        """After how many seconds nothing of the SKU was offered any more."""
        async with asyncio.timeout(PATIENCE_S):
            while self.is_offered(sku):  # noqa: ASYNC110 - nothing of the stand-ins tells
                await asyncio.sleep(LOOK_S)
        return time.perf_counter() - since

    async def told(self, sku: str, listing_id: int) -> float:
        """A sale of which Etsy's message tells."""
        began = time.perf_counter()
        self.at_the_shop("sell", lines=[{"listing_id": listing_id}])
        return await self.ended(sku, began)

    async def polled(self, sku: str, listing_id: int) -> float:
        """A sale of some minutes ago that no message told of, from when its channel is due to be read."""
        ago = int((utc_now() - _LONG_AGO).timestamp())
        self.at_the_shop("sell", lines=[{"listing_id": listing_id}], at_s=ago)
        due = text("update channel set next_sync_at = now() where tenant_id = :tenant_id and id = :id")
        async with self.tools.db.write(self.viewer) as session:
            values = {"tenant_id": self.viewer.tenant_id, "id": self.at_etsy.id}
            await (await session.connection()).execute(due, values)
        return await self.ended(sku, time.perf_counter())


@asynccontextmanager
async def floor(plain: Toolbox) -> AsyncIterator[Floor]:
    async with (
        run_etsy(EtsyConfig("key", "secret", "admin")) as etsy,
        run_ebay(EbayConfig("client", "secret", "admin")) as ebay,
    ):
        http = HttpClient()
        app = EtsyApp("key", "secret", "http://127.0.0.1", etsy.api_url, f"{etsy.url}/v3/public/oauth/token", etsy.url)
        at_etsy = EtsyMarketplace(replace(app, webhook_secrets=(_SECRET,)), http, utc_now)
        seller = EbayApp("client", "secret", "name", ebay.url, ebay.url, ebay.url, ebay.graphql_url)
        vendors = replace(
            plain.vendors,
            selling={ChannelKind.ETSY: at_etsy, ChannelKind.EBAY: EbayMarketplace(seller, http, utc_now)},
            notices={ChannelKind.ETSY: EtsyNotices(at_etsy)},
        )
        tools = replace(plain, vendors=vendors)
        async with serve(Starlette(routes=marketplace_webhook_routes(tools)), port=0) as url:
            viewer = await new_owner(tools)
            shop = await _connected(tools, viewer, etsy, SHOP)
            try:
                yield Floor(tools, viewer, etsy, ebay, shop, f"{url}/webhooks/etsy")
            finally:
                await http.close()


async def _connected(tools: Toolbox, viewer: Viewer, server: EtsyServer | EbayServer, name: str) -> Channel:
    assert viewer.tenant_id is not None
    if isinstance(server, EtsyServer):
        shop = etsy_shop(server.sandbox, name)
        grant = etsy_grant(server.sandbox, shop.seller.user_id, list(SCOPES))
        kind, seller_id = ChannelKind.ETSY, str(shop.shop_id)
        tokens = SellerTokens(grant.access_token, _HOUR, grant.refresh_token, _HOUR * 24, SCOPES)
    else:
        scopes = full_scopes(server.sandbox.config.scopes)
        kind, seller_id = ChannelKind.EBAY, ebay_shop(server.sandbox, name).seller.user_id
        refresh, access = ebay_grant(server.sandbox, seller_id, scopes)
        tokens = SellerTokens(access, _HOUR, refresh, _HOUR * 24, tuple(scopes))
    channel = Channel(
        tenant_id=viewer.tenant_id,
        id=new_id(),
        kind=kind,
        name=name,
        status=ChannelStatus.CONNECTED,
        external_id=seller_id,
        market=name if kind is ChannelKind.EBAY else None,
        sync_every_minutes=PAUSES_MINUTES[0] if kind is ChannelKind.ETSY else None,
        created_at=utc_now() - timedelta(days=1),
    )
    access_row = ChannelAccess(
        tenant_id=viewer.tenant_id, id=channel.id, access_enc="", refresh_enc="", access_ends_at=utc_now()
    )
    seal(tools.cipher, access_row, tokens, utc_now())
    async with tools.db.write(viewer) as session:
        session.add(channel)
        await session.flush()
        session.add(access_row)
    return channel


async def stocked(at: Floor, count: int) -> list[tuple[str, int]]:
    """SKUs of single pieces, and their listings at Etsy; each is offered by both sellers of eBay's, too."""
    made = at.at_the_shop("listings/ready", count=count, sku="ONE", quantity=1)["listings"]
    offered = [(at.at_etsy, [(f"ONE-{n + 1}", each["listing_id"], None) for n, each in enumerate(made)])]
    for name in SELLERS:
        channel = await _connected(at.tools, at.viewer, at.ebay, name)
        order = {"seller": name, "count": count, "sku_prefix": "ONE-", "quantity": 1}
        ready = carried_out(ebay_app.ORDERS, at.ebay.sandbox, "listings/ready", **order)["listings"]
        offered.append((channel, [(each["sku"], each["listingId"], each["offerId"]) for each in ready]))
    products = {f"ONE-{n + 1}": _product(at, f"ONE-{n + 1}") for n in range(count)}
    async with at.tools.db.write(at.viewer) as session:
        session.add_all(products.values())
        await session.flush()
        for channel, listings in offered:
            for sku, listing_id, offer_id in listings:
                session.add(_listing(channel, products[sku], str(listing_id), offer_id))
    return [(sku, int(listing_id)) for sku, listing_id, _ in offered[0][1]]


def _product(at: Floor, sku: str) -> Product:
    assert at.viewer.tenant_id is not None
    return Product(
        tenant_id=at.viewer.tenant_id,
        id=new_id(),
        sku=sku,
        title="One of a kind",
        currency="EUR",
        price=Decimal("19.90"),
        status=ProductStatus.PUBLISHED,
        created_at=utc_now() - timedelta(days=1),
    )


def _listing(channel: Channel, product: Product, listing_id: str, offer_id: str | None) -> ChannelListing:
    return ChannelListing(
        tenant_id=channel.tenant_id,
        id=new_id(),
        channel_id=channel.id,
        product_id=product.id,
        external_id=listing_id,
        offer_id=offer_id,
        sku=product.sku,
        market=channel.market,
        status=ListingStatus.LIVE,
        title=product.title,
        currency=product.currency,
        price=product.price,
        quantity=1,
    )


def waited(polled: list[float], pause_minutes: int, dice: random.Random) -> list[float]:
    """From the sale, at any moment: until it is old enough to be read, until the channel is due after that, and on."""
    settles_s, pause_s = SETTLES_WITHIN.total_seconds(), pause_minutes * 60
    return [settles_s + dice.uniform(0, pause_s) + each for each in polled for _ in range(100)]


async def main(sales: int, polled: int) -> None:
    with own_postgres() as place:
        async with toolbox(place, clock=utc_now) as plain, floor(plain) as at:
            goods = await stocked(at, sales + polled)
            settle_collector()
            async with run_inline(at.tools, WorkerOptions(place.urls.listen)):
                # The first reading, which goes back 90 days, is none of it.
                await at.polled(*goods.pop())
                at.has_messages(sent=True)
                told = [await at.told(*each) for each in goods[:sales]]
                at.has_messages(sent=False)
                found = [await at.polled(*each) for each in goods[sales:]]
    dice = random.Random(1)
    readings = [Reading("told by a message", "s", told), Reading("from when the channel is due to be read", "s", found)]
    readings += [
        Reading(f"found by reading every {pause} minutes, computed", "s", waited(found, pause, dice))
        for pause in PAUSES_MINUTES
    ]
    compared = [Ratio(f"{each.name}, 99 of 100", percentile(each.values, 0.99), "s", None) for each in readings]
    print_table(f"from a sale to the end of two other listings, {sales} and {len(found)} sales", readings, compared)


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    run(main(given[0] if given else SALES, given[1] if given[1:] else POLLED))
