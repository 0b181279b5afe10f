"""Asking for a refresh anew after it was cancelled, before its worker has heard of that."""

import asyncio

import pytest

from errors import Refused, UserErrorCode
from models.billing.usage_counter import count_use
from models.refreshes.job import RefreshStatus
from services.billing.plans import FREE, QuotaKind
from services.refreshes.cancelling import cancel_refresh_job
from tests.worlds.refreshes import MONTH, NOON, Interrupted, Killed, RefreshWorld, dying
from tests.worlds.vendors import meta_of


async def test_a_refresh_asked_for_after_a_cancelled_one_does_not_end_with_it(world: RefreshWorld) -> None:
    """Its worker has not heard of it and hangs; afterwards it writes nothing more."""
    account = await world.connected()
    job = await world.requested(account, MONTH)
    reached, goes_on = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        reached.set()
        await goes_on.wait()

    running = asyncio.create_task(world.run(job, Interrupted(meta_of(world.tools), hang, pages=0)))
    await reached.wait()
    await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
    again = [await world.requested(account, MONTH) for _ in range(2)]
    ended = await world.row(job)
    assert (ended.status, ended.finished_at, ended.run_id) == (RefreshStatus.CANCELLED, NOON, None)
    assert (again[0].id != job.id, again[1].id == again[0].id) == (True, True)
    goes_on.set()
    assert await running == ended
    assert await world.stored(account) == {}
    assert await world.queue_jobs(again[0]) == ["todo"]
    assert (await world.run(again[0])).status is RefreshStatus.SUCCEEDED
    assert await world.stored(account) == await world.reported(account, MONTH)


async def test_a_refresh_can_be_asked_for_though_the_worker_of_the_cancelled_one_died(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account)
    with pytest.raises(Killed):
        await world.run(job, dying(world, pages=0))
    await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
    assert (await world.row(job)).status is RefreshStatus.RUNNING
    again = await world.requested(account)
    assert again.id != job.id
    # The queue runs the job of the dead worker once more, for which there is nothing to do.
    assert (await world.run(job)).status is RefreshStatus.CANCELLED
    assert (await world.run(again)).status is RefreshStatus.SUCCEEDED


async def test_where_the_days_refreshes_are_used_up_a_cancelled_one_is_no_answer(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account)
    with pytest.raises(Killed):
        await world.run(job, dying(world, pages=0))
    async with world.tools.db.write(world.viewer) as session:
        for _ in range((FREE.limits[QuotaKind.REFRESHES_PER_DAY] or 0) - 1):
            await count_use(session, QuotaKind.REFRESHES_PER_DAY.value, day=NOON.date(), limit=None)
    assert (await world.requested(account)).id == job.id
    await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
    with pytest.raises(Refused) as refused:
        await world.requested(account)
    assert refused.value.user_code == UserErrorCode.QUOTA_EXCEEDED
