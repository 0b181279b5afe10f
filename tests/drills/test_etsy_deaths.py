"""Workers, and servers that work, die while they publish at Etsy's stand-in and read its orders: each is done once."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from analytics.clock import utc_now
from integrations.storage.local import link_key
from models.channel_jobs.job import ChannelJobKind
from models.channels.policy import PolicyKind
from models.listings.listing import ListingStatus
from models.orders.order import SalesOrder
from models.tenants.membership import Role
from sandbox.etsy.faults import EtsyFault
from sandbox.marketplaces.faults import CallFaultKind
from services.channels.policies import PolicyChoice, choose_defaults
from services.toolbox import Toolbox
from tests.drills.test_channel_deaths import CALL_S, Deaths, S
from tests.worlds.etsy import EtsyWorld, etsy_base, etsy_settings
from tests.worlds.workers import HASTY_SERVER, HASTY_WORKER, drill_world

pytestmark = pytest.mark.drill

# Each costs a call for its fees, so that the reading outlives its worker.
ORDERS = 20
CHANGES = ("listings.create_draft", "listings.upload_image", "listings.update")


class EtsyDeaths(Deaths):
    """The same with Etsy's stand-in."""

    async def was_called(self, call: str) -> bool:
        assert isinstance(self.world, EtsyWorld)
        return any(entry.call == call for entry in self.world.server.sandbox.log)


@pytest.fixture(params=[HASTY_WORKER, HASTY_SERVER])
async def deaths(tools: Toolbox, request: pytest.FixtureRequest) -> AsyncIterator[Deaths]:
    async with drill_world(tools) as drill:
        folder = Path(drill.environment["DATA_DIR"]) / "files"
        key = link_key(drill.environment["JWT_SECRET_KEY"])
        async with etsy_base(drill.world.tools, folder, key) as base:
            world = await base.world()
            # The workers have the time of day, and so has the stand-in.
            base.clock.now = utc_now()
            world.server.sandbox.clock.set(None)
            world.role = Role.ADMIN
            await world.connected()
            await _choose_policies(world)
            drill.environment |= etsy_settings(base)
            yield EtsyDeaths(drill, world, random.Random(7), killed_after=CHANGES, program=request.param)


async def test_publishing_and_reading_are_done_once_whoever_dies(deaths: Deaths) -> None:
    world = deaths.world
    assert isinstance(world, EtsyWorld)
    world.control("receipts/generate", count=ORDERS, step_s=600)
    for receipt in world.at_etsy.receipts.made.values():
        receipt.updated_s -= 3600
    product = await world.goods()
    [publish] = (await world.published(product)).jobs
    read = await deaths.asked(ChannelJobKind.SYNC_ORDERS, world.channel)
    world.disturb(EtsyFault("*", CallFaultKind.DELAY, times=None, delay_s=CALL_S))
    # One after the other: jobs of a channel run one at a time.
    ended = [*await deaths.survived(publish), *await deaths.survived(read)]
    assert [(job.status, job.error_message) for job in ended] == [(S.SUCCEEDED, None)] * 2
    assert deaths.died == {publish.id, read.id}
    [there] = world.at_etsy.listings.values()
    assert (there.state, [fee.kind for fee in world.at_etsy.fees]) == ("active", ["publish"])
    [listing] = await world.listings()
    assert (listing.status, listing.external_id) == (ListingStatus.LIVE, str(there.listing_id))
    stored = [order.external_id for order in await world.rows(SalesOrder)]
    assert sorted(stored) == sorted(str(each) for each in world.at_etsy.receipts.made)


async def _choose_policies(world: EtsyWorld) -> None:
    shop = world.at_etsy
    chosen = {
        PolicyKind.SHIPPING: shop.shipping_profiles,
        PolicyKind.RETURN: shop.return_policies,
        PolicyKind.PROCESSING: shop.readiness_states,
    }
    choices = [PolicyChoice(kind, str(next(iter(ids)))) for kind, ids in chosen.items()]
    async with world.tools.db.write(world.team.viewer) as session:
        await choose_defaults(session, world.channel.id, choices)
