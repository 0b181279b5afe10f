"""What the tests of publishing share: a seller at eBay's stand-in, whose products have all that a listing needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from integrations.ebay.app import EbayApp
from integrations.ebay.marketplace import EbayMarketplace
from integrations.http import HttpClient
from integrations.selling.records import SellerTokens
from jobs.channels import WORKSHOP
from models.acting import TenantScope
from models.channel_jobs.job import ChannelJob, ChannelJobStatus
from models.channels.access import ChannelAccess
from models.channels.channel import Channel, ChannelKind
from models.channels.policy import ChannelPolicy, PolicyKind
from models.database import WriteSession
from models.ids import new_id
from models.listings.listing import ChannelListing
from models.products.attribute import AttributeKind, OwnAttribute, ProductAttribute
from models.products.image import ProductImage
from models.products.product import Product
from sandbox.ebay.config import EbayConfig
from sandbox.ebay.control import shop_of
from sandbox.ebay.faults import EbayFault, EbayFaultKind
from sandbox.ebay.sellers import Shop
from sandbox.ebay.server import EbayServer, run_ebay
from sandbox.ebay.sign_in.grants import full_scopes, grant
from services.channel_access import seal
from services.channel_jobs.running import run_channel_job
from services.listings.publishing import Publication, PublishWish, publish_products
from services.listings.wishes import OfferWish
from services.toolbox import Toolbox
from tests.worlds.ad_links import JOBS
from tests.worlds.channel_jobs import MovingClock, forget_limits
from tests.worlds.listings import ListingWorld, listing_world

SECRET = "ebay-secret-canary-0123456789"
MARKET = "EBAY_DE"
MAPPED: tuple[tuple[AttributeKind, str], ...] = (
    (AttributeKind.CATEGORY, "20696"),
    (AttributeKind.CONDITION, "NEW"),
    (AttributeKind.MATERIAL, "Glas"),
)


@dataclass
class OfferingWorld(ListingWorld):
    """`clock` stands until it is moved; the queue is run by hand."""

    ebay: EbayServer | None = None
    clock: MovingClock | None = None

    @property
    def shop(self) -> Shop:
        assert self.ebay is not None
        return shop_of(self.ebay.sandbox, MARKET)

    def spoil(self, call: str, kind: EbayFaultKind = EbayFaultKind.ANSWER, **more: Any) -> None:
        assert self.ebay is not None
        self.ebay.sandbox.faults.add(EbayFault(call, kind, **more))

    def heal(self) -> None:
        assert self.ebay is not None
        self.ebay.sandbox.faults.clear()

    def at_ebay(self, sku: str) -> list[dict[str, Any]]:
        """The listings that the stand-in has of the SKU, ended ones too."""
        return [dict(each) for each in self.shop.listings.values() if each["sku"] == sku]

    async def signed_in(self, seller: str = MARKET) -> Channel:
        """Another channel of the team, whose access is that of a seller of the stand-in."""
        channel = await self.another_channel(market=seller)
        async with self.tools.db.write(TenantScope(self.team.tenant_id)) as session:
            _sign_in(session, self, channel.id, seller)
        return channel

    async def goods(self, sku: str = "MUG-1", *, without: tuple[AttributeKind, ...] = (), **given: Any) -> Product:
        """A product with a picture and values that are mapped for eBay."""
        product = await self.product(sku, **{"price": Decimal("12.50"), **given})
        for kind, term in MAPPED:
            if kind not in without:
                await self.value(product, kind, [{"channel_kind": "EBAY", "market": None, "external_id": term}])
        await self.team.keep(
            ProductImage(
                tenant_id=self.team.tenant_id,
                id=new_id(),
                product_id=product.id,
                position=1,
                sha256=f"{sku}".encode().hex().ljust(64, "0")[:64],
                object_key=f"{self.team.tenant_id}/products/{product.id}/picture.jpg",
                width=800,
                height=600,
                bytes=1000,
            )
        )
        return product

    async def value(self, product: Product, kind: AttributeKind, mappings: list[dict[str, Any]]) -> None:
        label = f"{kind.value.lower()} of {product.sku}"
        key = f"{kind.value.lower()}-{product.id.hex[-12:]}"
        [value] = await self.team.keep(
            OwnAttribute(tenant_id=self.team.tenant_id, kind=kind, key=key, label=label, mappings=mappings)
        )
        await self.team.keep(
            ProductAttribute(tenant_id=self.team.tenant_id, product_id=product.id, attribute_id=value.id)
        )

    async def published(self, *products: Product, key: str | None = None, **given: Any) -> Publication:
        """Asks for the jobs; they are not run."""
        trial = given.pop("is_trial", False)
        market = given.pop("market", None)
        channels = given.pop("channels", [self.channel.id])
        wish = PublishWish([each.id for each in products], channels, market, OfferWish(**given))
        viewer = self.team.as_role(self.role)
        return await publish_products(self.tools, viewer, wish, idempotency_key=key, is_trial=trial)

    async def run(self, job: ChannelJob) -> ChannelJob:
        """What a worker does."""
        await run_channel_job(self.tools, WORKSHOP, tenant_id=job.tenant_id, job_id=job.id)
        return await self.job(job.id)

    async def run_all(self) -> list[ChannelJob]:
        """Runs what is queued, the oldest first, until nothing is."""
        done: list[ChannelJob] = []
        while waiting := [each for each in await self.jobs() if each.status is ChannelJobStatus.QUEUED]:
            done.append(await self.run(waiting[0]))
        return done

    async def jobs(self) -> list[ChannelJob]:
        query = select(ChannelJob).where(ChannelJob.tenant_id == self.team.tenant_id)
        async with self.tools.db.read(self.team.viewer) as session:
            return list((await session.exec(query.order_by(col(ChannelJob.id)))).all())

    async def job(self, job_id: UUID) -> ChannelJob:
        return next(each for each in await self.jobs() if each.id == job_id)

    async def listings(self) -> list[ChannelListing]:
        query = select(ChannelListing).where(ChannelListing.tenant_id == self.team.tenant_id)
        async with self.tools.db.read(self.team.viewer) as session:
            return list((await session.exec(query.order_by(col(ChannelListing.id)))).all())

    async def searches(self) -> int:
        """How often a search for links of ads was asked for that has not begun."""
        values = {"lock": f"ad_links:{self.team.tenant_id}"}
        async with self.tools.db.write(self.team.viewer) as session:
            found = await (await session.connection()).execute(text(JOBS), values)
            return len(found.scalars().all())

    async def noted(self) -> list[str]:
        """The actions in the audit log, oldest first."""
        query = text("select action from audit_log where tenant_id = :tenant order by at, id")
        async with self.tools.db.read(self.team.viewer) as session:
            found = await (await session.connection()).execute(query, {"tenant": self.team.tenant_id})
            return list(found.scalars())

    async def stored(self, row: Any) -> Any:
        async with self.tools.db.read(self.team.viewer) as session:
            return await session.get(type(row), (self.team.tenant_id, row.id))

    async def stored_product(self, listing: ChannelListing) -> Product:
        async with self.tools.db.read(self.team.viewer) as session:
            return await session.get_one(Product, (self.team.tenant_id, listing.product_id))

    async def change(self, row: Any, **values: Any) -> None:
        """Past all rules."""
        async with self.tools.db.write(self.team.viewer) as session:
            found = await session.get_one(type(row), (self.team.tenant_id, row.id))
            for name, value in values.items():
                setattr(found, name, value)
            session.add(found)


@asynccontextmanager
async def offering_at(ebay: EbayServer, tools: Toolbox) -> AsyncIterator[OfferingWorld]:
    """The world at a running stand-in, which is cleared of faults and of what was sold there before."""
    clock, http = MovingClock(), HttpClient(sleep=_no_sleep)
    await forget_limits(tools.db)
    ebay.sandbox.faults.clear()
    ebay.sandbox.clock.set(clock.now)
    app = EbayApp("client-1", SECRET, ebay.sandbox.config.ru_name, ebay.url, ebay.url, ebay.url, ebay.graphql_url)
    marketplace = EbayMarketplace(app, http, clock)
    vendors = replace(tools.vendors, selling={ChannelKind.EBAY: marketplace})
    base = await listing_world(replace(tools, clock=clock, vendors=vendors))
    world = OfferingWorld(base.tools, base.team, base.channel, ebay=ebay, clock=clock)
    shop = world.shop
    for kept in (shop.items, shop.offers, shop.listings, shop.old_listings):
        kept.clear()
    berlin = {"merchantLocationKey": "berlin", "name": "B", "merchantLocationStatus": "ENABLED"}
    shop.locations = {"berlin": berlin}
    await world.team.keep(*policies_of(world.channel, shop))
    async with world.tools.db.write(TenantScope(world.team.tenant_id)) as session:
        _sign_in(session, world, world.channel.id, MARKET)
    try:
        yield world
    finally:
        await http.close()


@asynccontextmanager
async def running_ebay() -> AsyncIterator[EbayServer]:
    async with run_ebay(EbayConfig("client-1", SECRET, "admin", fetches_pictures=False)) as server:
        yield server


def policies_of(channel: Channel, shop: Shop) -> list[ChannelPolicy]:
    named = {PolicyKind.SHIPPING: "fulfillment", PolicyKind.PAYMENT: "payment", PolicyKind.RETURN: "return"}
    found = {ours: next(iter(shop.policies[theirs])) for ours, theirs in named.items()} | {
        PolicyKind.LOCATION: "berlin"
    }
    return [
        ChannelPolicy(
            tenant_id=channel.tenant_id,
            channel_id=channel.id,
            kind=kind,
            market="" if kind is PolicyKind.LOCATION else MARKET,
            external_id=external_id,
            name=kind.value,
            is_default=True,
        )
        for kind, external_id in found.items()
    ]


def _sign_in(session: WriteSession, world: OfferingWorld, channel_id: UUID, seller: str) -> None:
    assert world.ebay is not None
    sandbox = world.ebay.sandbox
    scopes = full_scopes(sandbox.config.scopes)
    refresh, access = grant(sandbox, shop_of(sandbox, seller).seller.user_id, scopes)
    row = ChannelAccess(
        tenant_id=world.team.tenant_id, id=channel_id, access_enc="", refresh_enc="", scopes=list(scopes),
        access_ends_at=world.tools.clock(), stored_at=world.tools.clock(),
    )  # fmt: skip
    seconds = int(timedelta(hours=2).total_seconds())
    tokens = SellerTokens(access, seconds, refresh, seconds, tuple(scopes))
    seal(world.tools.cipher, row, tokens, world.tools.clock())
    session.add(row)


async def _no_sleep(_seconds: float) -> None:
    return
