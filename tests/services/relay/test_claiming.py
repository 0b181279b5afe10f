"""Claims of work by the browser extension: which job it gets, which steps of it, and when it asks again."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from embedded.postgres import DatabaseUrls
from errors import Refused, UserErrorCode
from integrations.vinted.relay import RelayOperation, StepWish
from models.channel_jobs.job import ChannelJobKind, ChannelJobStatus
from models.channels.channel import ChannelIssue, ChannelStatus
from models.listener import Hub
from models.relay.step import RelayStepState
from services.channel_jobs.of_channels import end_jobs
from services.channel_jobs.requests import JobWish
from services.relay.claiming import IDLE_S, OUTDATED_S, SOON_S, claim
from services.relay.leases import CALL_TIMEOUT_S, CREATE_PAUSE_S, HEARTBEAT_S, LEASE_S, MOST_STEPS
from services.relay.reporting import ReportedState
from tests.worlds.relay import MAKE, PAGE, WHO, RelayWorld

S = ChannelJobStatus
OTHER = JobWish(ChannelJobKind.SYNC_LISTINGS)
CHECK = JobWish(ChannelJobKind.CHECK)


def photo(number: int) -> StepWish:
    return StepWish(RelayOperation.UPLOAD_PHOTO, {"url": f"/files/{number}"}, f"photo-{number}")


async def test_the_oldest_job_is_handed_out_as_a_lease(world: RelayWorld) -> None:
    job = await world.wanted([WHO, PAGE])
    await world.wanted([PAGE], wish=OTHER)
    lease = await world.leased()
    assert (lease.kind, lease.attempt, lease.expires_in) == (job.kind, 1, LEASE_S)
    assert (lease.heartbeat_seconds, lease.call_timeout_seconds) == (HEARTBEAT_S, CALL_TIMEOUT_S)
    assert lease.spacing_ms == world.tools.relay.spacing_ms
    assert [(step.index, step.operation, step.arguments, step.is_unsafe) for step in lease.steps] == [
        (0, RelayOperation.WHOAMI, {}, False),
        (1, RelayOperation.LIST_ITEMS, {"page": 1}, False),
    ]
    job, agent = await world.row(job), await world.agent()
    assert (job.status, job.run_id, job.started_at) == (S.RUNNING, lease.id, world.clock())
    assert (agent.lease_id, agent.lease_job_id) == (lease.id, job.id)
    assert agent.lease_ends_at == world.clock() + timedelta(seconds=LEASE_S)


async def test_there_is_one_lease_at_a_time(world: RelayWorld) -> None:
    await world.wanted()
    await world.wanted([PAGE], wish=OTHER)
    await world.leased()
    world.clock.move(seconds=20.5)
    again = await world.claim()
    assert (again.lease, again.retry_after_s) == (None, LEASE_S - 20)


async def test_of_claims_at_the_same_moment_one_gets_the_lease(world: RelayWorld) -> None:
    await world.wanted()
    await world.wanted([PAGE], wish=OTHER)
    found = await asyncio.gather(*(world.claim() for _ in range(5)))
    assert sum(each.lease is not None for each in found) == 1


async def test_without_work_it_is_told_to_ask_later_and_sooner_while_a_worker_is_at_a_job(world: RelayWorld) -> None:
    assert (await world.claim()).retry_after_s == IDLE_S
    job = await world.asked()
    assert (await world.claim()).retry_after_s == SOON_S
    job = await world.rerun(job)
    lease = await world.leased()
    await world.report(lease)
    assert (await world.claim()).retry_after_s == SOON_S
    assert (await world.rerun(job)).status is S.SUCCEEDED
    assert (await world.claim()).retry_after_s == IDLE_S


async def test_a_lease_has_few_steps_and_one_that_must_not_be_done_twice_is_alone(world: RelayWorld) -> None:
    job = await world.wanted([*(photo(number) for number in range(MOST_STEPS + 2)), MAKE, PAGE])
    sizes = []
    for _ in range(4):
        lease = await world.leased()
        sizes.append((len(lease.steps), lease.steps[0].operation))
        for step in lease.steps:
            if step.is_unsafe:
                await world.report(lease, ReportedState.STARTED)
            await world.report(lease, index=step.index)
    assert sizes == [
        (MOST_STEPS, RelayOperation.UPLOAD_PHOTO),
        (2, RelayOperation.UPLOAD_PHOTO),
        (1, RelayOperation.CREATE_ITEM),
        (1, RelayOperation.LIST_ITEMS),
    ]
    assert (await world.queue(job))[-1] == "todo"
    assert (await world.rerun(job)).status is S.SUCCEEDED


async def test_between_two_new_items_lies_a_pause_in_which_other_jobs_are_done(world: RelayWorld) -> None:
    await world.wanted([MAKE])
    lease = await world.leased()
    await world.report(lease, ReportedState.STARTED)
    await world.report(lease)
    second = await world.wanted([MAKE], wish=OTHER)
    found = await world.claim()
    assert (found.lease, found.retry_after_s) == (None, SOON_S)
    third = await world.wanted([PAGE], wish=CHECK)
    assert (await world.leased()).kind is third.kind
    await world.report((await world.agent()).lease_id or third.id)
    world.clock.move(seconds=CREATE_PAUSE_S - 1)
    assert (await world.claim()).lease is None
    world.clock.move(seconds=1)
    assert (await world.leased()).kind is second.kind


async def test_while_it_is_not_known_whether_a_step_was_done_only_its_job_and_a_check_are_handed_out(
    world: RelayWorld,
) -> None:
    doubtful = await world.wanted([MAKE], [PAGE])
    lease = await world.leased()
    await world.report(lease, ReportedState.STARTED)
    await world.report(lease, ReportedState.FAILED)
    await world.wanted([PAGE], wish=OTHER)
    assert (await world.claim()).lease is None
    await world.wanted([WHO], wish=CHECK)
    assert (await world.leased()).kind is ChannelJobKind.CHECK
    await world.report((await world.agent()).lease_id or lease.id)
    world.clock.move(minutes=5)
    await world.set_agent(seen_at=world.clock())
    world.plan = ([MAKE], [PAGE])
    assert (await world.rerun(doubtful)).status is S.QUEUED
    assert (await world.leased()).kind is doubtful.kind


async def test_what_may_not_run_is_settled_and_the_next_one_is_handed_out(world: RelayWorld) -> None:
    old = await world.wanted([PAGE])
    world.clock.move(hours=23)
    new = await world.wanted([PAGE], wish=OTHER)
    world.clock.move(hours=2)
    assert (await world.leased()).kind is new.kind
    assert (await world.row(old)).status is S.FAILED


async def test_a_channel_that_needs_somebody_gets_no_work_but_its_check(world: RelayWorld) -> None:
    job = await world.wanted()
    await world.set_channel(status=ChannelStatus.ATTENTION, issue=ChannelIssue.SIGN_IN, reason="Sign in at Vinted.")
    assert (await world.claim()).lease is None
    assert ((await world.row(job)).status, (await world.row(job)).wait_reason) == (S.WAITING, "Sign in at Vinted.")
    await world.wanted(wish=CHECK)
    assert (await world.leased()).kind is ChannelJobKind.CHECK


async def test_a_disconnected_channel_has_no_work(world: RelayWorld) -> None:
    job = await world.wanted()
    async with world.tools.db.write(world.team.viewer) as session:
        await end_jobs(session, world.channel.id, now=world.clock())
    await world.disconnect()
    assert (await world.claim()).lease is None
    assert (await world.row(job)).status is S.CANCELLED


async def test_a_lease_of_a_job_that_was_ended_holds_nothing_up(world: RelayWorld) -> None:
    await world.wanted()
    lease = await world.leased()
    async with world.tools.db.write(world.team.viewer) as session:
        await end_jobs(session, world.channel.id, now=world.clock())
    other = await world.wanted([PAGE], wish=OTHER)
    assert not (await world.report(lease)).accepted
    assert (await world.leased()).kind is other.kind


async def test_a_channel_of_another_team_is_not_reached(world: RelayWorld) -> None:
    await world.wanted()
    stranger = replace(world.extension, tenant_id=world.channel.id)
    assert (await claim(world.tools, stranger, version="1.0.0", protocol=1)).lease is None


async def test_an_outdated_extension_is_told_and_a_newer_one_ends_that(world: RelayWorld) -> None:
    job = await world.wanted()
    for version, protocol in (("0.9.9", 1), ("1.0.0", 2)):
        found = await world.claim(version, protocol)
        assert (found.lease, found.retry_after_s) == (None, OUTDATED_S)
        assert found.problem is not None
        assert found.problem.user_code is UserErrorCode.AGENT_OUTDATED
    channel = await world.seen_channel()
    assert (channel.status, channel.issue) == (ChannelStatus.ATTENTION, ChannelIssue.AGENT_OUTDATED)
    assert "update" in str(channel.reason)
    assert (await world.claim("1.0.1")).retry_after_s == 0
    channel = await world.seen_channel()
    assert (channel.status, channel.issue, channel.reason) == (ChannelStatus.CONNECTED, None, None)
    assert (await world.row(job)).status is S.RUNNING


@pytest.mark.parametrize("version", ["", "x", "1.0.0.0.0", "-1", "9" * 400])
async def test_what_is_no_version_is_refused(world: RelayWorld, version: str) -> None:
    with pytest.raises(Refused) as refused:
        await world.claim(version)
    assert refused.value.user_code is UserErrorCode.INVALID


async def test_an_outdated_extension_changes_nothing_about_a_channel_that_needs_something_else(
    world: RelayWorld,
) -> None:
    await world.set_channel(status=ChannelStatus.ATTENTION, issue=ChannelIssue.SIGN_IN, reason="Sign in.")
    await world.claim("0.1")
    assert (await world.seen_channel()).issue is ChannelIssue.SIGN_IN
    await world.claim()
    assert (await world.seen_channel()).issue is ChannelIssue.SIGN_IN


async def test_handed_out_steps_are_those_of_the_lease(world: RelayWorld) -> None:
    job = await world.wanted([WHO, MAKE])
    lease = await world.leased()
    assert [(step.key, step.state, step.lease_id, step.place) for step in await world.steps(job)] == [
        ("who", RelayStepState.WANTED, lease.id, 0),
        ("create-1", RelayStepState.WANTED, None, None),
    ]


async def test_the_bell_is_rung_when_steps_wait(world: RelayWorld, postgres: DatabaseUrls) -> None:
    hub = Hub(postgres.listen)
    await hub.start()
    try:
        async with hub.watch_relay(world.channel.id) as watch:
            await watch.changed()
            await world.wanted()
            assert await asyncio.wait_for(watch.changed(), 10) == {world.channel.id}
    finally:
        await hub.stop()
