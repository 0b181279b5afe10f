"""Cancelling a job of which the extension has done, or may have done, what must not be done twice."""

from datetime import timedelta

import pytest

from errors import Refused, UserErrorCode
from models.channel_jobs.job import ChannelJob, ChannelJobStatus
from services.channel_jobs.states import DONE, UNSAFE
from services.relay.lapsing import lapse_leases
from services.relay.reporting import ReportedState
from tests.worlds.channel_jobs import cancel
from tests.worlds.relay import PAGE, SEND, RelayWorld

S, R = ChannelJobStatus, ReportedState


async def refuses_to_cancel(world: RelayWorld, job: ChannelJob) -> bool:
    with pytest.raises(Refused) as refused:
        await cancel(world, job)
    return refused.value.user_code is UserErrorCode.NOT_CANCELLABLE


async def in_doubt(world: RelayWorld) -> ChannelJob:
    """A job that looks whether a message was sent, whose answer never came."""
    job = await world.wanted([SEND], [PAGE])
    await world.report(await world.leased(), R.STARTED)
    world.clock.move(minutes=3)
    await lapse_leases(world.tools)
    row = await world.row(job)
    assert (row.status, row.resumes_at) == (S.UNCERTAIN, world.clock() - timedelta(minutes=3) + timedelta(seconds=210))
    world.clock.move(minutes=3)
    return await world.rerun(job)


async def test_what_was_sent_is_told_as_done_though_somebody_cancels_before_a_worker_has_stored_it(
    world: RelayWorld,
) -> None:
    """Said to be cancelled, it would be sent once more by whoever repeats the job."""
    job = await world.wanted([SEND])
    lease = await world.leased()
    await world.report(lease, R.STARTED)
    await world.report(lease)
    assert (await world.row(job)).status is S.QUEUED
    assert await refuses_to_cancel(world, job)
    job = await world.rerun(job)
    assert (job.status, DONE in job.memo, world.deed.stored) == (S.SUCCEEDED, False, 1)


async def test_whoever_cancels_while_it_is_sent_comes_too_late(world: RelayWorld) -> None:
    job = await world.wanted([SEND])
    lease = await world.leased()
    await world.report(lease, R.STARTED)
    assert (await cancel(world, job)).status is S.RUNNING
    assert (await world.report(lease)).accepted
    assert (await world.row(job)).cancel_requested_at is None
    assert ((await world.rerun(job)).status, world.deed.stored) == (S.SUCCEEDED, 1)


async def test_a_step_that_was_refused_can_be_cancelled(world: RelayWorld) -> None:
    job = await world.wanted([SEND])
    lease = await world.leased()
    assert (await cancel(world, job)).status is S.RUNNING
    assert not (await world.report(lease, R.STARTED)).accepted
    assert (await world.row(job)).status is S.CANCELLED


async def test_while_it_is_looked_for_nothing_is_said_to_be_cancelled(world: RelayWorld) -> None:
    job = await in_doubt(world)
    assert (job.status, UNSAFE in job.memo) == (S.QUEUED, True)
    assert await refuses_to_cancel(world, job)
    lease = await world.leased()
    # A running job may turn out not to have sent it, and ends then.
    assert (await cancel(world, job)).status is S.RUNNING
    assert (await world.report(lease, R.STARTED)).accepted
    assert (await world.row(job)).status is S.RUNNING
    await world.report(lease)
    job = await world.rerun(job)
    assert (job.status, world.deed.stored) == (S.SUCCEEDED, 1)


async def test_a_look_up_that_the_extension_leaves_goes_on_though_somebody_cancelled_the_job(
    world: RelayWorld,
) -> None:
    job = await in_doubt(world)
    lease = await world.leased()
    await cancel(world, job)
    await world.report(lease, R.STARTED)
    world.clock.move(minutes=3)
    await lapse_leases(world.tools)
    assert (await world.row(job)).status is S.WAITING
    world.clock.move(minutes=1)
    await world.report(await world.leased())
    assert (await world.rerun(job)).status is S.SUCCEEDED
