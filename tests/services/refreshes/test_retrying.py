"""Repeating refreshes: which may be, and in a race with a new request."""

import asyncio

import pytest

from analytics.periods import AskedDays
from errors import Refused, UserErrorCode
from models.refreshes.job import RefreshStatus, RefreshTrigger
from services.refreshes.cancelling import cancel_refresh_job
from services.refreshes.requests import insert_refresh_job
from services.refreshes.retrying import retry_refresh_job
from tests.worlds.refreshes import RefreshWorld


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


@pytest.mark.one_node(reason="the coordinator does not show the locks of its nodes")
async def test_a_retry_that_races_a_new_request_is_refused(world: RefreshWorld) -> None:
    account = await world.connected()
    job = await world.requested(account)
    await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
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
        retry = asyncio.create_task(
            retry_refresh_job(
                world.tools.db, world.tools.clock, world.tools.vendors.billing, world.viewer, job_id=job.id
            )
        )
        async with asyncio.timeout(10):
            while not (await world.select(waiting))[0][0]:  # noqa: ASYNC110 - what Postgres waits for is no event
                await asyncio.sleep(0.01)
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
