"""Leases that end without a word."""

from datetime import timedelta

import pytest

from models.channel_jobs.job import ChannelJob, ChannelJobErrorCode, ChannelJobStatus
from models.relay.step import RelayStepState
from services.channel_jobs.states import MOST_TRIES, UNSAFE
from services.relay.lapsing import lapse_leases
from services.relay.leases import CALL_TIMEOUT_S, LEASE_S
from services.relay.reporting import Reported, ReportedState
from tests.worlds.channel_jobs import cancel
from tests.worlds.relay import MAKE, PAGE, SEND, WHO, RelayWorld

S, R = ChannelJobStatus, ReportedState
REFUSED = Reported(accepted=False)


async def lapsed(world: RelayWorld, job: ChannelJob) -> ChannelJob:
    """The job after its lease, which the chore has taken back."""
    # Its run has ended long ago.
    await world.change("update procrastinate_jobs set status = 'succeeded' where queueing_lock = :id", id=str(job.id))
    world.clock.move(seconds=LEASE_S + 1)
    await lapse_leases(world.tools)
    return await world.row(job)


async def test_before_anything_that_matters_was_begun_the_job_is_handed_out_again_each_time_later(
    world: RelayWorld,
) -> None:
    job = await world.wanted([WHO, PAGE])
    pauses = []
    for _ in range(MOST_TRIES - 1):
        lease = await world.leased()
        await world.report(lease, R.STARTED)
        row = await lapsed(world, job)
        assert (row.status, row.run_id, row.resumes_at is not None) == (S.WAITING, None, True)
        assert "goes on by itself" in str(row.wait_reason)
        rest = (row.resumes_at or world.clock()) - world.clock()
        pauses.append(rest.total_seconds())
        assert {step.state for step in await world.steps(job)} == {RelayStepState.WANTED}
        found = await world.claim()
        assert (found.lease, found.retry_after_s) == (None, rest.total_seconds())
        assert await world.report(lease, R.STARTED) == REFUSED
        world.clock.now += rest
    assert pauses == [2, 4, 8, 16, 32]
    await world.leased()
    row = await lapsed(world, job)
    assert (row.status, row.error_code, row.error_retryable) == (
        S.FAILED,
        ChannelJobErrorCode.CHANNEL_UNAVAILABLE,
        True,
    )
    assert await world.steps(job) == []


async def test_what_was_done_before_is_not_done_again(world: RelayWorld) -> None:
    job = await world.wanted([WHO, PAGE])
    lease = await world.leased()
    await world.report(lease)
    await lapsed(world, job)
    # It is told that its report had arrived, and that there is no time left.
    assert await world.report(lease) == Reported(accepted=True, expires_in=0)
    assert await world.report(lease, index=1) == REFUSED
    world.clock.move(seconds=2)
    assert [step.operation for step in (await world.leased()).steps] == [PAGE.operation]


@pytest.mark.parametrize("wish", [MAKE, SEND])
async def test_a_step_that_was_begun_is_looked_up_when_it_can_be_seen_and_not_before(
    world: RelayWorld, wish: object
) -> None:
    assert wish in (MAKE, SEND)
    job = await world.wanted([MAKE if wish is MAKE else SEND], [PAGE])
    lease = await world.leased()
    world.clock.move(seconds=50)
    await world.report(lease, R.STARTED)
    ends_at = world.clock() + timedelta(seconds=LEASE_S)
    row = await lapsed(world, job)
    seen_at = ends_at + timedelta(seconds=CALL_TIMEOUT_S + world.tools.relay.listing_delay_s)
    assert (row.status, row.resumes_at, UNSAFE in row.memo) == (S.UNCERTAIN, seen_at, True)
    assert [step.state for step in await world.steps(job)] == [RelayStepState.UNKNOWN]
    assert await world.due(job) == seen_at
    # Whatever it says now comes too late.
    for state in R:
        assert await world.report(lease, state) == REFUSED
    world.clock.now = seen_at
    row = await world.rerun(job)
    assert (row.status, UNSAFE in row.memo) == (S.QUEUED, True)
    assert [step.operation for step in (await world.leased()).steps] == [PAGE.operation]


async def test_a_job_that_was_to_be_cancelled_ends_with_its_lease(world: RelayWorld) -> None:
    job = await world.wanted()
    await world.leased()
    await cancel(world, job)
    assert (await lapsed(world, job)).status is S.CANCELLED


async def test_a_lease_that_is_over_is_taken_back_by_the_next_claim_too(world: RelayWorld) -> None:
    job = await world.wanted()
    await world.leased()
    world.clock.move(seconds=LEASE_S)
    assert (await world.claim()).retry_after_s == 2
    assert (await world.row(job)).status is S.WAITING


async def test_a_living_lease_is_left_alone(world: RelayWorld) -> None:
    job = await world.wanted()
    await world.leased()
    world.clock.move(seconds=LEASE_S - 1)
    await lapse_leases(world.tools)
    assert (await world.row(job)).status is S.RUNNING
