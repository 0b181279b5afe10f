"""CHECK over eBay's stand-in: who the access belongs to, policies anew, and the end of ATTENTION."""

from collections.abc import AsyncIterator

import pytest_asyncio

from jobs.channels import WORKSHOP
from models.channel_jobs.job import ChannelJob, ChannelJobStatus
from models.channels.channel import ChannelIssue, ChannelStatus
from resolvers.node_id import decode_id
from services.channel_jobs.running import run_channel_job
from services.toolbox import Toolbox
from tests.worlds.channels import SellingBase, SellingWorld, selling_base

SYNC = """mutation ($id: ID!, $kinds: [ChannelJobKind!]) {
  syncChannel(id: $id, kinds: $kinds) { jobs { id } userErrors { code } } }"""


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[SellingBase]:
    async with selling_base(tools) as made:
        yield made


async def checked(world: SellingWorld, channel_id: str) -> ChannelJob:
    payload = (await world.ask(SYNC, id=channel_id, kinds=["CHECK"])).data["syncChannel"]
    assert payload["userErrors"] == []
    job_id = decode_id(payload["jobs"][0]["id"], "ChannelJob")
    assert job_id is not None
    await run_channel_job(world.tools, WORKSHOP, tenant_id=world.team.tenant_id, job_id=job_id)
    async with world.tools.db.read(world.team.viewer) as session:
        return await session.get_one(ChannelJob, (world.team.tenant_id, job_id))


async def test_a_check_of_a_channel_that_works_finds_so(base: SellingBase) -> None:
    world = await base.world()
    channel_id = (await world.connected())["channel"]["id"]
    assert (await checked(world, channel_id)).status is ChannelJobStatus.SUCCEEDED
    assert (await world.stored(channel_id))[0].status is ChannelStatus.CONNECTED


async def test_what_is_wrong_no_longer_ends_with_a_check(base: SellingBase) -> None:
    world = await base.world()
    channel_id = (await world.connected())["channel"]["id"]
    await world.change("update channel set status = 'ATTENTION', issue = 'FORBIDDEN', reason = 'Barred.'")
    assert (await checked(world, channel_id)).status is ChannelJobStatus.SUCCEEDED
    channel = (await world.stored(channel_id))[0]
    assert (channel.status, channel.issue, channel.reason) == (ChannelStatus.CONNECTED, None, None)


async def test_a_check_without_access_waits_for_somebody(base: SellingBase) -> None:
    world = await base.world()
    channel_id = (await world.connected())["channel"]["id"]
    world.withdraw()
    base.move(hours=3)
    job = await checked(world, channel_id)
    channel = (await world.stored(channel_id))[0]
    assert (job.status, job.wait_reason) == (ChannelJobStatus.WAITING, channel.reason)
    assert (channel.status, channel.issue) == (ChannelStatus.ATTENTION, ChannelIssue.REAUTHORIZE)


async def test_the_access_of_another_seller_is_no_access(base: SellingBase) -> None:
    world = await base.world()
    channel_id = (await world.connected())["channel"]["id"]
    await world.change("update channel set external_id = 'somebody-else'")
    job = await checked(world, channel_id)
    assert job.status is ChannelJobStatus.WAITING
    assert "another seller" in str((await world.stored(channel_id))[0].reason)
