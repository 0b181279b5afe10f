"""Workers that die in the middle of jobs with eBay's stand-in: one listing afterwards, changed and ended as asked."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest

from analytics.clock import utc_now
from models.channel_jobs.job import ChannelJob, ChannelJobStatus
from models.channels.access import access_of_channel
from models.listings.listing import ListingStatus
from sandbox.ebay.faults import EbayFaultKind
from services.channel_jobs.states import FINISHED
from services.listings.changing import end_listings, update_listing
from services.listings.wishes import OfferWish
from services.toolbox import Toolbox
from tests.worlds.offering import SECRET, OfferingWorld, offering_at, running_ebay
from tests.worlds.workers import Drill, drill_world, until

pytestmark = pytest.mark.drill

KILLS_OF_A_JOB, CALL_S, LONGEST_S = 2, 0.2, 1.5


@dataclass
class Deaths:
    drill: Drill
    world: OfferingWorld
    dice: random.Random

    async def survived(self, job: ChannelJob) -> ChannelJob:
        """The job after it has ended, and after some of its workers have been killed on the way."""

        async def has_begun() -> bool:
            return (await self.world.job(job.id)).status not in (ChannelJobStatus.QUEUED, ChannelJobStatus.WAITING)

        async def has_ended() -> bool:
            return (await self.world.job(job.id)).status in FINISHED

        for _ in range(KILLS_OF_A_JOB):
            async with self.drill.hasty_worker() as worker:
                await until(has_begun)
                await asyncio.sleep(self.dice.uniform(0, LONGEST_S))
                await worker.kill()
        async with self.drill.hasty_worker():
            await until(has_ended)
        return await self.world.job(job.id)


@pytest.fixture
async def deaths(tools: Toolbox) -> AsyncIterator[Deaths]:
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
        # The workers have the time of day; the stand-in's stands, so that the tokens that it gave are good.
        assert world.clock is not None
        world.clock.now = utc_now()
        async with drill.world.tools.db.write(world.team.viewer) as session:
            access = await access_of_channel(session, world.channel.id)
            assert access is not None
            access.access_ends_at = utc_now() + timedelta(hours=2)
            session.add(access)
        world.spoil("*", EbayFaultKind.DELAY, times=None, delay_s=CALL_S)
        yield Deaths(drill, world, random.Random(7))


async def test_a_listing_is_published_changed_and_ended_once_whoever_dies(deaths: Deaths) -> None:
    world, viewer = deaths.world, deaths.world.team.as_role(deaths.world.role)
    db, clock = world.tools.db, world.tools.clock
    made = await world.published(await world.goods())
    published = await deaths.survived(made.jobs[0])
    assert (published.status, published.error_message) == (ChannelJobStatus.SUCCEEDED, None)
    [remote] = world.at_ebay("MUG-1")
    [listing] = await world.listings()
    assert (listing.status, listing.external_id) == (ListingStatus.LIVE, remote["listingId"])

    [job] = await update_listing(db, clock, viewer, listing.id, OfferWish(price=Decimal("13.50")), idempotency_key=None)
    assert (await deaths.survived(job)).status is ChannelJobStatus.SUCCEEDED
    [listing] = await world.listings()
    assert (listing.price, len(world.at_ebay("MUG-1"))) == (Decimal("13.50"), 1)

    ended = await end_listings(db, clock, viewer, [listing.id], idempotency_key=None)
    assert (await deaths.survived(ended.jobs[0])).status is ChannelJobStatus.SUCCEEDED
    [listing] = await world.listings()
    assert (listing.status, len(world.at_ebay("MUG-1"))) == (ListingStatus.ENDED, 1)
