"""A team with a seller of eBay's stand-in, whose jobs about orders run as a worker runs them."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlmodel import select

from integrations.ebay.app import EbayApp
from integrations.ebay.marketplace import EbayMarketplace
from integrations.http import HttpClient, Patience
from integrations.selling.marketplace import SellerSession
from integrations.selling.records import OrderPage
from jobs.channels import WORKSHOP
from models.channel_jobs.job import ChannelJob, ChannelJobKind
from models.channel_jobs.retry import ChannelRetry
from models.channels.channel import Channel
from models.listings.listing import ChannelListing, ListingStatus
from models.orders.line import OrderLine
from models.orders.order import SalesOrder
from models.orders.refund import OrderRefund
from models.orders.shipment import OrderShipment
from models.products.product import Product, ProductStatus
from resolvers.node_id import decode_id
from sandbox.ebay.app import ORDERS
from sandbox.ebay.config import EbayConfig
from sandbox.ebay.control import shop_of
from sandbox.ebay.faults import EbayFault, EbayFaultKind
from sandbox.ebay.orders.shelf import OrderShelf
from sandbox.ebay.server import EbayServer, run_ebay
from sandbox.ebay.sign_in.grants import full_scopes, grant
from sandbox.marketplaces.control import carried_out
from services.channel_jobs.requests import JobWish
from services.channel_jobs.running import run_channel_job
from services.channel_jobs.work import ChannelRun, Workshop
from services.toolbox import Toolbox
from tests.worlds.ads import NOON
from tests.worlds.channel_jobs import ChannelJobWorld, channel_job_world, seller

SELLER = "EBAY_DE"
PATIENCE = Patience()
SYNC_ORDERS = JobWish(ChannelJobKind.SYNC_ORDERS)


@dataclass
class EbayOrders:
    """The clocks of both sides stand at one instant until the test moves them."""

    jobs: ChannelJobWorld
    server: EbayServer
    http: HttpClient
    channel: Channel
    _after_page: Callable[[], None] = field(default=lambda: None)

    @property
    def workshop(self) -> Workshop:
        return Workshop(WORKSHOP.by_kind, self._opened)

    @property
    def shelf(self) -> OrderShelf:
        return shop_of(self.server.sandbox, SELLER).orders

    def move(self, **time: float) -> None:
        self.jobs.clock.move(**time)
        self.server.sandbox.clock.set(self.jobs.clock.now)

    def control(self, path: str, **body: Any) -> Any:
        """What the control route of this path does, without its HTTP."""
        return carried_out(ORDERS, self.server.sandbox, path, **{"seller": SELLER, **body})

    def sale(self, *lines: Mapping[str, Any], **given: Any) -> str:
        """A buyer buys; the id of the order."""
        return str(self.control("orders", lines=list(lines or ({},)), **given)["orderId"])

    def spoil(self, call: str, kind: EbayFaultKind = EbayFaultKind.ANSWER, **more: Any) -> None:
        self.server.sandbox.faults.add(EbayFault(call, kind, **more))

    def after_each_page(self, act: Callable[[], None]) -> None:
        """What happens once a page was read and stored, before the next one is asked for."""
        self._after_page = act

    def page_was_read(self) -> None:
        self._after_page()

    async def sync(self, **payload: Any) -> ChannelJob:
        return await self.run(await self.asked(JobWish(ChannelJobKind.SYNC_ORDERS, payload=payload)))

    async def asked(self, wish: JobWish = SYNC_ORDERS) -> ChannelJob:
        return await self.jobs.asked(wish, await self.seen())

    async def run(self, job: ChannelJob) -> ChannelJob:
        await run_channel_job(self.jobs.tools, self.workshop, tenant_id=job.tenant_id, job_id=job.id)
        return await self.jobs.row(job)

    async def seen(self) -> Channel:
        async with self.jobs.tools.db.read(self.jobs.team.viewer) as session:
            return await session.get_one(Channel, (self.jobs.team.tenant_id, self.channel.id))

    async def job(self, global_id: str) -> ChannelJob:
        wanted = decode_id(global_id, "ChannelJob")
        [job] = [each for each in await self.rows(ChannelJob) if each.id == wanted]
        return cast(ChannelJob, job)

    async def set_channel(self, **values: Any) -> None:
        async with self.jobs.tools.db.write(self.jobs.team.viewer) as session:
            channel = await session.get_one(Channel, (self.jobs.team.tenant_id, self.channel.id))
            channel.sqlmodel_update(values)

    async def orders(self) -> dict[str, SalesOrder]:
        """By eBay's ids."""
        return {order.external_id: order for order in await self.rows(SalesOrder)}

    async def lines(self) -> list[OrderLine]:
        return await self.rows(OrderLine)

    async def refunds(self) -> list[OrderRefund]:
        return await self.rows(OrderRefund)

    async def shipments(self) -> list[OrderShipment]:
        return await self.rows(OrderShipment)

    async def retries(self) -> list[ChannelRetry]:
        return await self.rows(ChannelRetry)

    async def product(self, sku: str, quantity: int = 10, **given: Any) -> UUID:
        values: dict[str, Any] = {
            "currency": "EUR",
            "price": Decimal(10),
            "status": ProductStatus.PUBLISHED,
            "title": sku,
        }
        values["created_at"] = self.jobs.clock() - timedelta(days=400)
        tenant_id = self.jobs.team.tenant_id
        [made] = await self.jobs.team.keep(Product(tenant_id=tenant_id, sku=sku, quantity=quantity, **values | given))
        return made.id

    async def quantity(self, product_id: UUID) -> tuple[int, str]:
        async with self.jobs.tools.db.read(self.jobs.team.viewer) as session:
            product = await session.get_one(Product, (self.jobs.team.tenant_id, product_id))
        return product.quantity, product.status.value

    async def listing(self, external_id: str, product_id: UUID | None) -> UUID:
        [made] = await self.jobs.team.keep(
            ChannelListing(
                tenant_id=self.jobs.team.tenant_id,
                channel_id=self.channel.id,
                external_id=external_id,
                product_id=product_id,
                status=ListingStatus.LIVE,
                title="Listed",
                currency="EUR",
                price=Decimal(10),
                quantity=1,
            )
        )
        return made.id

    async def rows(self, table: Any) -> list[Any]:
        async with self.jobs.tools.db.read(self.jobs.team.viewer) as session:
            found = await session.exec(select(table).where(table.tenant_id == self.jobs.team.tenant_id))
            return [*found.all()]

    async def _opened(self, run: ChannelRun) -> SellerSession:
        sandbox = self.server.sandbox
        scopes = full_scopes(sandbox.config.scopes)
        _, token = grant(sandbox, shop_of(sandbox, SELLER).seller.user_id, scopes)
        url = self.server.url
        app = EbayApp("client-1", "secret", sandbox.config.ru_name, url, url, url, self.server.graphql_url)
        session = EbayMarketplace(app, self.http, run.tools.clock).session(token, run.channel.market)
        return cast(SellerSession, _Watched(session, self))


class _Watched:
    """A session during whose readings the test does something."""

    def __init__(self, session: Any, world: EbayOrders) -> None:
        self._session, self._world = session, world

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def orders(self, since: datetime, until: datetime) -> AsyncGenerator[OrderPage, None]:
        async for page in self._session.orders(since, until):
            yield page
            self._world.page_was_read()


@asynccontextmanager
async def ebay_orders(tools: Toolbox, patience: Patience = PATIENCE) -> AsyncIterator[EbayOrders]:
    async with run_ebay(EbayConfig("client-1", "secret", "admin", fetches_pictures=False)) as server:
        http = HttpClient(patience, sleep=_no_sleep, dice=lambda: 1.0)
        try:
            server.sandbox.clock.set(NOON)
            jobs = await channel_job_world(tools)
            channel = await seller(jobs.team, market=SELLER, created_at=NOON - timedelta(days=300), external_id="s")
            yield EbayOrders(jobs, server, http, channel)
        finally:
            await http.close()


async def _no_sleep(_seconds: float) -> None:
    return
