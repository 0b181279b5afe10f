"""CHECK over eBay's stand-in: who the access belongs to, policies anew, and the end of ATTENTION."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio
from sqlmodel import select

from jobs.channels import WORKSHOP
from models.audit.actor import ActorKind
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.channels.channel import ChannelIssue, ChannelStatus
from resolvers.node_id import decode_id
from services.channel_jobs.daily_checks import tick_checks
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


async def test_a_consent_that_was_withdrawn_is_seen_within_a_day_although_nothing_is_read(base: SellingBase) -> None:
    world = await base.world()
    channel_id = (await world.connected())["channel"]["id"]
    await world.change("update channel set sync_every_minutes = null, next_sync_at = null")
    world.withdraw()
    db, clock = world.tools.db, world.tools.clock
    base.move(hours=23)
    await tick_checks(db, clock)
    assert await jobs_of(world) == []
    base.move(hours=1)
    await tick_checks(db, clock)
    await tick_checks(db, clock)
    [job] = await jobs_of(world)
    assert (job.kind, job.requested_by_kind) == (ChannelJobKind.CHECK, ActorKind.SCHEDULE)
    await run_channel_job(world.tools, WORKSHOP, tenant_id=job.tenant_id, job_id=job.id)
    channel = (await world.stored(channel_id))[0]
    assert (channel.status, channel.issue) == (ChannelStatus.ATTENTION, ChannelIssue.REAUTHORIZE)


async def test_a_check_keeps_its_time_of_day_and_none_is_made_of_who_waits_for_somebody(base: SellingBase) -> None:
    world = await base.world()
    channel_id = (await world.connected())["channel"]["id"]
    first = (await world.stored(channel_id))[0].next_check_at
    assert first == world.tools.clock() + timedelta(days=1)
    for state in ("status = 'ATTENTION'", "status = 'CONNECTED', frozen_at = now()"):
        await world.change(f"update channel set next_check_at = :at, {state}", at=first)
        base.move(days=3, hours=5)
        await tick_checks(world.tools.db, world.tools.clock)
        due = (await world.stored(channel_id))[0].next_check_at
        assert due is not None
        assert (due - first) % timedelta(days=1) == timedelta(0)
        assert timedelta(0) < due - world.tools.clock() <= timedelta(days=1)
    assert await jobs_of(world) == []


async def jobs_of(world: SellingWorld) -> list[ChannelJob]:
    async with world.tools.db.read(world.team.viewer) as session:
        return list((await session.exec(select(ChannelJob).where(ChannelJob.tenant_id == world.team.tenant_id))).all())


async def test_the_access_of_another_seller_is_no_access(base: SellingBase) -> None:
    world = await base.world()
    channel_id = (await world.connected())["channel"]["id"]
    await world.change("update channel set external_id = 'somebody-else'")
    job = await checked(world, channel_id)
    assert job.status is ChannelJobStatus.WAITING
    assert "another seller" in str((await world.stored(channel_id))[0].reason)
