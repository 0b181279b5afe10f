"""Repeating refreshes: which may be, and in a race with a new request."""

import asyncio

import pytest
from sqlalchemy import text

from analytics.periods import AskedDays
from errors import Refused, UserErrorCode
from models.billing.usage_counter import count_use
from models.refreshes.job import RefreshJob, RefreshStatus, RefreshTrigger
from services.billing.plans import FREE, QuotaKind
from services.refreshes.cancelling import cancel_refresh_job
from services.refreshes.requests import insert_refresh_job
from services.refreshes.retrying import retry_refresh_job
from tests.worlds.refreshes import NOON, RefreshWorld


async def test_only_what_a_retry_can_mend_is_repeated(world: RefreshWorld) -> None:
    account = await world.connected()
    queued = await world.requested(account)

    async def refused() -> bool:
        with pytest.raises(Refused) as error:
            await retry_refresh_job(
                world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, job_id=queued.id
            )
        return error.value.user_code == UserErrorCode.NOT_RETRYABLE

    assert await refused()
    await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=queued.id)
    again = await retry_refresh_job(
        world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, job_id=queued.id
    )
    assert (again.status, again.attempt, again.cancel_requested_at) == (RefreshStatus.QUEUED, 2, None)
    assert await world.queue_jobs(again) == ["cancelled", "todo"]
    await world.run(again)
    assert await refused()
    await world.change(
        "update refresh_job set status = 'FAILED', error_code = 'INTERNAL', error_retryable = false"
        " where tenant_id = :tenant"
    )
    assert await refused()
    await world.change("update refresh_job set error_retryable = true where tenant_id = :tenant")
    await world.requested(account)
    assert await refused()


async def retried(world: RefreshWorld, job: RefreshJob) -> RefreshJob:
    tools = world.tools
    return await retry_refresh_job(tools.db, tools.clock, tools.vendors.billing, world.viewer, job_id=job.id)


async def until_somebody_waits(world: RefreshWorld) -> None:
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    async with asyncio.timeout(10):
        while not (await world.select(waiting))[0][0]:  # noqa: ASYNC110 - what Postgres waits for is no event
            await asyncio.sleep(0.01)


@pytest.mark.one_node(reason="the coordinator does not show the locks of its nodes")
async def test_a_retry_that_waits_for_the_plans_counter_holds_no_job_meanwhile(world: RefreshWorld) -> None:
    """A new request locks the counter and then the job: the other way round, each would wait for the other."""
    job = await world.requested(await world.connected())
    await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
    lock = text("select id from refresh_job where tenant_id = :tenant and id = :id for update nowait")
    async with world.tools.db.write(world.viewer) as session:
        await count_use(session, QuotaKind.REFRESHES_PER_DAY.value, day=NOON.date(), limit=None)
        retry = asyncio.create_task(retried(world, job))
        await until_somebody_waits(world)
        bound = {"tenant": job.tenant_id, "id": job.id}
        assert (await (await session.connection()).execute(lock, bound)).scalar_one() == job.id
    assert (await retry).status is RefreshStatus.QUEUED


async def test_what_cannot_be_retried_is_told_though_the_plan_has_nothing_left(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    limit = FREE.limits[QuotaKind.REFRESHES_PER_DAY] or 0
    async with world.tools.db.write(world.viewer) as session:
        for _ in range(limit - 1):
            await count_use(session, QuotaKind.REFRESHES_PER_DAY.value, day=NOON.date(), limit=None)
    for code in (UserErrorCode.NOT_RETRYABLE, UserErrorCode.QUOTA_EXCEEDED):
        with pytest.raises(Refused) as refused:
            await retried(world, job)
        assert refused.value.user_code is code
        if code is UserErrorCode.NOT_RETRYABLE:
            await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)


@pytest.mark.one_node(reason="the coordinator does not show the locks of its nodes")
async def test_a_retry_that_races_a_new_request_is_refused(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account)
    await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
    async with world.tools.db.write(world.viewer) as session:
        asked = AskedDays(job.range_start, job.range_end)
        await insert_refresh_job(
            world.tools.clock,
            world.tools.vendors.billing,
            session,
            world.viewer,
            ad_account=account,
            trigger=RefreshTrigger.MANUAL,
            days=asked,
        )
        retry = asyncio.create_task(retried(world, job))
        await until_somebody_waits(world)
    with pytest.raises(Refused) as refused:
        await retry
    assert refused.value.user_code is UserErrorCode.NOT_RETRYABLE


async def test_what_is_done_to_a_refresh_is_in_the_audit_log(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
    await retry_refresh_job(world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, job_id=job.id)
    entries = await world.select(
        "select action, actor_user_id from audit_log where tenant_id = :tenant and target_id = :id order by id",
        id=job.id,
    )
    assert [entry.action for entry in entries] == ["refresh.requested", "refresh.cancelled", "refresh.retried"]
    assert {entry.actor_user_id for entry in entries} == {world.viewer.user_id}
