"""Cancelling refreshes: one that is queued, and all of an account."""

import pytest

from errors import Refused, UserErrorCode
from models.refreshes.job import RefreshStatus
from services.refreshes.cancelling import cancel_active_jobs, cancel_refresh_job
from tests.worlds.refreshes import MONTH, NOON, RefreshWorld


async def test_cancelling_a_queued_job_ends_it_and_empties_the_queue(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    cancelled = await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
    assert (cancelled.status, cancelled.finished_at, cancelled.version) == (RefreshStatus.CANCELLED, NOON, 2)
    assert await world.queue_jobs(job) == ["cancelled"]
    with pytest.raises(Refused) as refused:
        await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
    assert refused.value.user_code == UserErrorCode.NOT_CANCELLABLE
    assert (await world.run(job)).status is RefreshStatus.CANCELLED


async def test_cancelling_an_account_ends_all_its_jobs(world: RefreshWorld) -> None:
    account, other = await world.connected(), await world.connected("act_1002")
    jobs = [await world.requested(account), await world.requested(account, MONTH)]
    kept = await world.requested(other)
    async with world.tools.db.write(world.viewer) as session:
        cancelled = await cancel_active_jobs(session, world.viewer, ad_account_id=account.id, clock=world.tools.clock)
    assert {job.id for job in cancelled} == {job.id for job in jobs}
    assert (await world.row(kept)).status is RefreshStatus.QUEUED
