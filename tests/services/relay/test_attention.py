"""Extensions that are not there: jobs say so after five minutes, channels after fifteen, and neither once one comes."""

import pytest

from models.channel_jobs.job import ChannelJobKind, ChannelJobStatus
from models.channels.channel import ChannelIssue, ChannelStatus
from services.channel_jobs.of_channels import tend_channel_jobs
from services.channel_jobs.requests import JobWish
from services.relay.attention import AWAY_AFTER, MISSING_AFTER, tell_of_missing_agents
from services.relay.lapsing import lapse_leases
from services.relay.leases import LEASE_S
from tests.worlds.relay import PAGE, WHO, RelayWorld

S = ChannelJobStatus
OTHER = JobWish(ChannelJobKind.SYNC_LISTINGS)


async def told(world: RelayWorld) -> None:
    """What the chores do, which find other tests' jobs, too."""
    await tell_of_missing_agents(world.tools)
    await tend_channel_jobs(world.tools.db, world.tools.clock)


async def test_after_five_minutes_jobs_say_what_they_wait_for_and_a_claim_ends_that(world: RelayWorld) -> None:
    job, other = await world.wanted(), await world.wanted([PAGE], wish=OTHER)
    world.clock.move(seconds=AWAY_AFTER.total_seconds() - 1)
    await told(world)
    assert (await world.row(job)).version == job.version
    world.clock.move(seconds=2)
    await told(world)
    row = await world.row(job)
    assert (row.status, row.resumes_at) == (S.WAITING, None)
    assert "Open the browser" in str(row.wait_reason)
    assert (await world.seen_channel()).status is ChannelStatus.CONNECTED
    await told(world)
    assert (await world.row(job)).version == row.version
    assert (await world.leased()).kind is job.kind
    row = await world.row(other)
    assert (row.status, row.wait_reason) == (S.QUEUED, None)


async def test_after_fifteen_minutes_the_channel_needs_somebody_and_a_claim_ends_that(world: RelayWorld) -> None:
    job = await world.wanted()
    world.clock.move(seconds=MISSING_AFTER.total_seconds() + 1)
    await told(world)
    channel = await world.seen_channel()
    assert (channel.status, channel.issue) == (ChannelStatus.ATTENTION, ChannelIssue.AGENT_MISSING)
    assert "open the browser" in str(channel.reason)
    waiting = await world.run(await world.asked(OTHER))
    assert (waiting.status, waiting.wait_reason) == (S.WAITING, channel.reason)
    await told(world)
    assert (await world.seen_channel()).version == channel.version
    assert (await world.leased()).kind is job.kind
    channel = await world.seen_channel()
    assert (channel.status, channel.issue, channel.reason) == (ChannelStatus.CONNECTED, None, None)
    assert (await world.row(waiting)).status is S.QUEUED


async def test_an_extension_that_was_away_without_work_is_missed_only_from_when_there_is_some(
    world: RelayWorld,
) -> None:
    world.clock.move(hours=9)
    job = await world.wanted()
    await told(world)
    assert (await world.row(job)).status is S.QUEUED
    world.clock.move(seconds=AWAY_AFTER.total_seconds() + 1)
    await told(world)
    assert (await world.row(job)).status is S.WAITING
    assert (await world.seen_channel()).status is ChannelStatus.CONNECTED


async def test_one_that_reports_or_asks_is_there(world: RelayWorld) -> None:
    job = await world.wanted([WHO, PAGE])
    waiting = await world.wanted([PAGE], wish=OTHER)
    lease = await world.leased()
    for _ in range(4):
        world.clock.move(seconds=LEASE_S - 1)
        await world.report(lease)
    await told(world)
    assert [(await world.row(each)).status for each in (job, waiting)] == [S.RUNNING, S.QUEUED]


async def test_a_job_that_was_left_and_never_asked_for_again_says_so_too(world: RelayWorld) -> None:
    job = await world.wanted()
    await world.leased()
    world.clock.move(seconds=LEASE_S + 1)
    await lapse_leases(world.tools)
    world.clock.move(seconds=AWAY_AFTER.total_seconds())
    await told(world)
    assert "Open the browser" in str((await world.row(job)).wait_reason)
    assert (await world.leased()).kind is job.kind


@pytest.mark.parametrize(
    "values",
    [
        {"status": ChannelStatus.PENDING},
        {"status": ChannelStatus.ATTENTION, "issue": ChannelIssue.SIGN_IN, "reason": "Sign in."},
    ],
)
async def test_a_channel_that_needs_something_else_keeps_its_words(
    world: RelayWorld, values: dict[str, object]
) -> None:
    await world.wanted()
    await world.set_channel(**values)
    world.clock.move(hours=1)
    await told(world)
    channel = await world.seen_channel()
    assert (channel.status, channel.issue) == (values["status"], values.get("issue"))


async def test_an_extension_that_was_never_seen_is_missed_as_well(world: RelayWorld) -> None:
    job = await world.wanted()
    await world.set_agent(seen_at=None)
    world.clock.move(minutes=6)
    await told(world)
    assert (await world.row(job)).status is S.WAITING
