"""Workers, and servers that work, die in the middle of every kind of job with eBay's stand-in: each is done once, and
all that was there is read.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from analytics.clock import utc_now
from models.cases.case import CaseAction, OrderCase
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.channels.channel import Channel
from models.listings.listing import ChannelListing, ListingStatus
from models.orders.order import OrderStatus, SalesOrder
from models.tenants.membership import Role
from sandbox.ebay.app import ORDERS
from sandbox.ebay.control import shop_of
from sandbox.ebay.faults import EbayFaultKind
from sandbox.ebay.sellers import Shop
from sandbox.marketplaces.control import carried_out
from services.cases.acting import CaseWish, act_on_case
from services.channel_jobs.requests import JobWish, request_job
from services.channel_jobs.states import FINISHED
from services.listings.changing import end_listings, update_listing
from services.listings.wishes import OfferWish
from services.orders.acting.asking import (
    CancelReason,
    ParcelWish,
    RefundOfOrder,
    cancel_order,
    refund_order,
    ship_order,
)
from services.toolbox import Toolbox
from tests.doors.http import GraphQLClient
from tests.processes import free_port, is_ready
from tests.worlds.offering import MARKET, SECRET, OfferingWorld, offering_at, policies_of, running_ebay
from tests.worlds.workers import HASTY_SERVER, HASTY_WORKER, Drill, Worker, drill_world, until

pytestmark = pytest.mark.drill

S = ChannelJobStatus
# How long a call takes, and how long at most a worker lives once the stand-in has made the change that is waited for:
# the answer has just come, or is on its way.
CALL_S, LONGEST_S = 0.15, 0.1
KILLED_AFTER = ("fulfillment.ship", "fulfillment.issue_refund", "graphql.approveReturn")
# Nobody changes anything there, so that all of it is read.
QUIET, QUIET_ORDERS, QUIET_CASES = "EBAY_US", 410, 6


@dataclass
class Deaths:
    """`died` are jobs whose worker was killed while it ran them, just after one of these calls or later."""

    drill: Drill
    world: OfferingWorld
    dice: random.Random
    died: set[UUID] = field(default_factory=set)
    killed_after: Sequence[str] = KILLED_AFTER
    program: str = HASTY_WORKER

    @asynccontextmanager
    async def process(self, concurrency: int) -> AsyncIterator[Worker]:
        """A process that runs jobs; a server answers requests besides."""
        port = free_port()
        self.drill.environment["PORT"] = str(port)
        async with self.drill.hasty_worker(concurrency=concurrency, program=self.program) as started:
            if self.program == HASTY_SERVER:
                await until(partial(is_ready, GraphQLClient(f"http://127.0.0.1:{port}")))
            yield started

    async def survived(self, *jobs: ChannelJob) -> list[ChannelJob]:
        """The jobs after they have ended, and after some of their workers have been killed on the way."""
        wanted = [job.id for job in jobs]

        async def rows() -> list[ChannelJob]:
            found = {job.id: job for job in await self.world.jobs()}
            return [found[job_id] for job_id in wanted]

        async def have_ended() -> bool:
            return all(job.status in FINISHED for job in await rows())

        for change in self.killed_after:
            left = {job.id: job.run_id for job in await rows() if job.status not in FINISHED}

            async def half_of_them_run(left: dict[UUID, UUID | None] = left) -> bool:
                now = [job for job in await rows() if job.id in left]
                begun = [job for job in now if job.status in FINISHED or job.run_id not in (None, left[job.id])]
                return 2 * len(begun) >= len(left)

            async with self.process(len(jobs)) as worker:
                await until(half_of_them_run)
                await until(partial(self.was_called, change))
                await asyncio.sleep(self.dice.uniform(0, LONGEST_S))
                await worker.kill()
            self.died |= {job.id for job in await rows() if job.status is S.RUNNING}
        async with self.process(len(jobs)):
            await until(have_ended)
        return await rows()

    async def was_called(self, call: str) -> bool:
        assert self.world.ebay is not None
        return any(entry.call == call for entry in self.world.ebay.sandbox.log)

    def control(self, path: str, seller: str = MARKET, **body: Any) -> Any:
        assert self.world.ebay is not None
        return carried_out(ORDERS, self.world.ebay.sandbox, path, seller=seller, **body)

    def sale(self, seller: str = MARKET) -> str:
        """An order of an hour ago: readings leave the last minutes out."""
        created_s = int(utc_now().timestamp()) - 3600
        return str(self.control("orders", seller, lines=[{"price": "20.00"}], created_s=created_s)["orderId"])

    def shop(self, seller: str) -> Shop:
        assert self.world.ebay is not None
        return shop_of(self.world.ebay.sandbox, seller)

    async def asked(self, kind: ChannelJobKind, channel: Channel) -> ChannelJob:
        viewer = self.world.team.viewer
        async with self.world.tools.db.write(viewer) as session:
            return await request_job(session, viewer, channel, JobWish(kind), now=self.world.tools.clock())

    async def of_channel(self, table: Any, channel: Channel) -> Sequence[Any]:
        query = select(table).where(table.tenant_id == channel.tenant_id, table.channel_id == channel.id)
        async with self.world.tools.db.read(self.world.team.viewer) as session:
            return (await session.exec(query.order_by(col(table.id)))).all()


@pytest.fixture(params=[HASTY_WORKER, HASTY_SERVER])
async def deaths(tools: Toolbox, request: pytest.FixtureRequest) -> AsyncIterator[Deaths]:
    async with drill_world(tools) as drill, running_ebay() as ebay, offering_at(ebay, drill.world.tools) as world:
        drill.environment |= {
            "EBAY_CLIENT_ID": "client-1",
            "EBAY_CLIENT_SECRET": SECRET,
            "EBAY_RUNAME": ebay.sandbox.config.ru_name,
            "EBAY_API_URL": ebay.url,
            "EBAY_APIZ_URL": ebay.url,
            "EBAY_AUTH_URL": ebay.url,
            "EBAY_GRAPHQL_URL": ebay.graphql_url,
        }
        # The workers have the time of day, and so has the stand-in.
        assert world.clock is not None
        world.clock.now = utc_now()
        ebay.sandbox.clock.set(None)
        yield Deaths(drill, world, random.Random(7), program=request.param)


async def test_every_kind_of_job_is_done_once_whoever_dies(deaths: Deaths) -> None:
    world = deaths.world
    listings = await Listings.of(deaths)
    orders = await Orders.of(deaths)
    readings = await Readings.of(deaths)
    world.spoil("*", EbayFaultKind.DELAY, times=None, delay_s=CALL_S)
    jobs = [*await listings.asked(), *await orders.asked(), *await readings.asked()]
    assert len({job.kind for job in jobs}) == len(jobs) == 10
    ended = await deaths.survived(*jobs)
    assert {job.kind: (job.status, job.error_message) for job in ended} == {
        job.kind: (S.SUCCEEDED, None) for job in jobs
    }
    assert len(deaths.died) >= len(jobs) - 3, "some may have been too quick"
    await listings.hold()
    await orders.hold()
    await readings.hold()


@dataclass
class Listings:
    """One product is published, another one's listing changed, and a third one's ended."""

    deaths: Deaths
    changed: ChannelListing
    ended: ChannelListing

    @classmethod
    async def of(cls, deaths: Deaths) -> "Listings":
        world, made = deaths.world, list[ChannelListing]()
        for sku in ("MUG-2", "MUG-3"):
            channel = await world.signed_in()
            await world.team.keep(*policies_of(channel, world.shop))
            await world.published(await world.goods(sku), channels=[channel.id])
            await world.run_all()
            [listing] = await deaths.of_channel(ChannelListing, channel)
            assert listing.status is ListingStatus.LIVE, listing.problems
            made.append(listing)
        return cls(deaths, *made)

    async def asked(self) -> list[ChannelJob]:
        world = self.deaths.world
        db, clock, viewer = world.tools.db, world.tools.clock, world.team.as_role(world.role)
        published = await world.published(await world.goods("MUG-1"))
        wish = OfferWish(price=Decimal("13.50"))
        changed = await update_listing(world.tools, viewer, self.changed.id, wish, idempotency_key=None)
        ended = await end_listings(db, clock, viewer, [self.ended.id], idempotency_key=None)
        return [*published.jobs, *changed, *ended.jobs]

    async def hold(self) -> None:
        world = self.deaths.world
        [published], [changed], [ended] = [world.at_ebay(sku) for sku in ("MUG-1", "MUG-2", "MUG-3")]
        [mine] = await self.deaths.of_channel(ChannelListing, world.channel)
        assert (mine.status, mine.external_id) == (ListingStatus.LIVE, published["listingId"])
        assert ((await world.stored(self.changed)).price, changed["listingId"]) == (
            Decimal("13.50"),
            self.changed.external_id,
        )
        assert (await world.stored(self.ended)).status is ListingStatus.ENDED
        assert ended["listingId"] == self.ended.external_id


@dataclass
class Orders:
    """Of four orders one is sent, one paid back, one cancelled, and one sent back by its buyer; each has a channel."""

    deaths: Deaths
    orders: dict[str, SalesOrder]
    case: OrderCase

    @classmethod
    async def of(cls, deaths: Deaths) -> "Orders":
        ids = {name: deaths.sale() for name in ("sent", "paid back", "cancelled", "returned")}
        found = {}
        for name, order_id in ids.items():
            channel = await deaths.world.signed_in()
            await deaths.world.run(await deaths.asked(ChannelJobKind.SYNC_ORDERS, channel))
            found[name] = next(
                each for each in await deaths.of_channel(SalesOrder, channel) if each.external_id == order_id
            )
        deaths.control("cases", kind="RETURN", order_id=ids["returned"])
        await deaths.world.run(await deaths.asked(ChannelJobKind.SYNC_CASES, channel))
        [case] = await deaths.of_channel(OrderCase, channel)
        return cls(deaths, found, case)

    async def asked(self) -> list[ChannelJob]:
        world = self.deaths.world
        db, clock, viewer = world.tools.db, world.tools.clock, world.team.as_role(Role.ADMIN)
        sent, paid, cancelled = (self.orders[name].id for name in ("sent", "paid back", "cancelled"))
        parcel, back = ParcelWish("DHL", "JD014600"), RefundOfOrder("Broken", amount=Decimal("7.50"))
        reason, answer = CancelReason.OUT_OF_STOCK, CaseWish(self.case.id, CaseAction.ACCEPT)
        return [
            *await ship_order(db, clock, viewer, sent, parcel, idempotency_key="ship"),
            *await refund_order(db, clock, viewer, paid, back, idempotency_key="refund"),
            *await cancel_order(db, clock, viewer, cancelled, reason, idempotency_key="cancel"),
            *await act_on_case(db, clock, viewer, answer, idempotency_key="case"),
        ]

    async def hold(self) -> None:
        shelf, world = self.deaths.shop(MARKET).orders, self.deaths.world
        ids = {name: order.external_id for name, order in self.orders.items()}
        assert [each["shipmentTrackingNumber"] for each in shelf.shipments[ids["sent"]]] == ["JD014600"]
        assert [each.order_id for each in shelf.open_refunds if each.order_id == ids["paid back"]] == [ids["paid back"]]
        assert len(shelf.made[ids["cancelled"]]["cancelStatus"]["cancelRequests"]) == 1
        stored = {name: await world.stored(order) for name, order in self.orders.items()}
        assert stored["sent"].status is OrderStatus.SHIPPED
        assert stored["cancelled"].status is OrderStatus.CANCELLED
        assert self.deaths.shop(MARKET).cases[self.case.external_id].state == "RETURN_APPROVED"
        assert (await world.stored(self.case)).status == "AWAITING_BUYER"


@dataclass
class Readings:
    """A seller's orders and cases are read by a channel each, and the listings of the one who changes them."""

    deaths: Deaths
    channels: dict[ChannelJobKind, Channel]
    cases: set[str]

    @classmethod
    async def of(cls, deaths: Deaths) -> "Readings":
        sold = [deaths.sale(QUIET) for _ in range(QUIET_ORDERS)]
        opened = {
            str(deaths.control("cases", QUIET, kind="RETURN", order_id=order_id)["caseId"])
            for order_id in sold[:QUIET_CASES]
        }
        read = {
            ChannelJobKind.SYNC_ORDERS: QUIET,
            ChannelJobKind.SYNC_CASES: QUIET,
            ChannelJobKind.SYNC_LISTINGS: MARKET,
        }
        return cls(deaths, {kind: await deaths.world.signed_in(seller) for kind, seller in read.items()}, opened)

    async def asked(self) -> list[ChannelJob]:
        return [await self.deaths.asked(kind, channel) for kind, channel in self.channels.items()]

    async def hold(self) -> None:
        rows = {
            kind: [each.external_id for each in await self.deaths.of_channel(table, self.channels[kind])]
            for kind, table in (
                (ChannelJobKind.SYNC_ORDERS, SalesOrder),
                (ChannelJobKind.SYNC_CASES, OrderCase),
                (ChannelJobKind.SYNC_LISTINGS, ChannelListing),
            )
        }
        assert sorted(rows[ChannelJobKind.SYNC_ORDERS]) == sorted(self.deaths.shop(QUIET).orders.made)
        assert sorted(rows[ChannelJobKind.SYNC_CASES]) == sorted(self.cases)
        there = set(self.deaths.shop(MARKET).listings)
        found = rows[ChannelJobKind.SYNC_LISTINGS]
        assert len(found) == len(set(found)) > 0
        assert set(found) <= there
