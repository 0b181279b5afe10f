"""Parts that come by themselves: each set that was ever read is renewed once a day, behind the ad-days."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from analytics.enums import Breakdown
from analytics.periods import AskedDays
from models.ads.ad_account import AdAccount
from models.billing.usage_counter import count_use
from models.refreshes.job import RefreshJob, RefreshStatus
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from services.billing.plans import FREE, QuotaKind
from services.refreshes.cancelling import cancel_refresh_job
from services.refreshes.schedules import ScheduleWish, set_refresh_schedule, tick_schedules
from services.toolbox import Toolbox
from tests.sandbox.graph_client import TODAY
from tests.worlds.refreshes import WEEK, RefreshWorld, refresh_world

AGE_GENDER = (Breakdown.AGE, Breakdown.GENDER)
ONE_DAY = AskedDays(TODAY - timedelta(days=9), TODAY - timedelta(days=9))


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield await made.another_tenant()


async def scheduled(world: RefreshWorld, account: AdAccount, *, every_hours: int = 24, days: int = 7) -> AdAccount:
    wish = ScheduleWish(is_enabled=True, every_hours=every_hours, lookback_days=days)
    return await set_refresh_schedule(world.tools.db, world.tools.clock, world.viewer, account.id, wish)


async def tick(world: RefreshWorld, account: AdAccount) -> list[RefreshJob]:
    """The world's clock goes on to the account's next time; the jobs that this queues, in the order of the queue."""
    before = {job.id for job in await jobs_of(world, account)}
    [[due]] = await world.select(
        "select next_refresh_at from ad_account where tenant_id = :tenant and id = :id", id=account.id
    )
    world.moved_by += due - world.tools.clock()
    billing = world.tools.vendors.billing
    queued = await tick_schedules(world.tools.db, world.tools.clock, billing)
    new = [job for job in await jobs_of(world, account) if job.id not in before]
    assert queued >= len(new)
    return new


async def jobs_of(world: RefreshWorld, account: AdAccount) -> list[RefreshJob]:
    rows = await world.select(
        "select queueing_lock from procrastinate_jobs where lock = :lock order by id",
        lock=f"refresh:{account.tenant_id}:{account.id}",
    )
    found = {row[0]: None for row in rows}
    ids = await world.select(
        "select id from refresh_job where tenant_id = :tenant and ad_account_id = :id", id=account.id
    )
    known = {str(row[0]): row[0] for row in ids}
    return [await job_of(world, known[each]) for each in found if each in known]


async def job_of(world: RefreshWorld, job_id: Any) -> RefreshJob:
    async with world.tools.db.read(world.viewer) as session:
        return await session.get_one(RefreshJob, (world.entities.tenant_id, job_id))


async def read_at(world: RefreshWorld, account: AdAccount, breakdown_set: str) -> dict[Any, datetime]:
    rows = await world.select(
        "select day, refreshed_at from breakdown_day"
        " where tenant_id = :tenant and ad_account_id = :id and breakdown_set = :set",
        id=account.id,
        set=breakdown_set,
    )
    return {row[0]: row[1] for row in rows}


async def test_each_set_that_was_read_is_renewed_behind_the_ad_days(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, ONE_DAY, *AGE_GENDER)
    await world.refreshed(account, ONE_DAY, Breakdown.COUNTRY)
    await scheduled(world, account, days=3)
    jobs = await tick(world, account)
    assert [job.breakdowns for job in jobs] == [[], ["COUNTRY"], ["AGE", "GENDER"]]
    assert {(job.trigger, job.range_start, job.range_end) for job in jobs} == {
        ("SCHEDULED", jobs[0].range_start, jobs[0].range_end)
    }
    now = world.tools.clock()
    for job in jobs:
        ended = await world.run(job)
        assert (ended.status, ended.days_done, ended.progress) == (RefreshStatus.SUCCEEDED, 3, 1)
    for name in ("AGE,GENDER", "COUNTRY"):
        found = await read_at(world, account, name)
        assert sorted(day for day, at in found.items() if at == now) == [
            jobs[0].range_start + timedelta(days=offset) for offset in range(3)
        ]


async def test_an_account_whose_parts_nobody_read_has_its_ad_days_renewed_alone(world: RefreshWorld) -> None:
    account, other = await world.connected(), await world.connected("act_1002")
    await world.refreshed(other, ONE_DAY, Breakdown.AGE)
    await scheduled(world, account)
    assert [job.breakdowns for job in await tick(world, account)] == [[]]


async def test_however_often_an_account_is_refreshed_its_parts_are_renewed_once_a_day(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, ONE_DAY, Breakdown.AGE)
    await scheduled(world, account, every_hours=6)
    asked = []
    for _ in range(12):
        jobs = await tick(world, account)
        for job in jobs:
            await world.run(job)
        asked.append(sum(bool(job.breakdowns) for job in jobs))
    # Three days of four times each; in which of them the day begins depends on the account's own time.
    assert sum(asked) in (3, 4)
    assert max(asked) == 1


async def test_a_set_that_is_under_way_is_not_queued_twice_and_keeps_no_ad_days_waiting(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, ONE_DAY, Breakdown.AGE)
    await scheduled(world, account)
    _, parts = await tick(world, account)
    await world.change("update refresh_job set status = 'SUCCEEDED' where tenant_id = :tenant and breakdowns = '{}'")
    # A day later the parts still wait for the platform.
    await world.change(
        "update refresh_job set status = 'WAITING', resumes_at = now() where tenant_id = :tenant and id = :id",
        id=parts.id,
    )
    assert [job.breakdowns for job in await tick(world, account)] == [[]]


async def test_ad_days_that_are_under_way_do_not_keep_the_parts_from_being_queued(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, ONE_DAY, Breakdown.AGE)
    await scheduled(world, account)
    await world.requested(account, WEEK)
    assert [job.breakdowns for job in await tick(world, account)] == [["AGE"]]


async def test_parts_beyond_the_quota_are_left_out_and_the_ad_days_are_not(world: RefreshWorld) -> None:
    account = await world.connected()
    for parts in (Breakdown.AGE, Breakdown.COUNTRY):
        await world.refreshed(account, ONE_DAY, parts)
    await scheduled(world, account)
    [[due]] = await world.select(
        "select next_refresh_at from ad_account where tenant_id = :tenant and id = :id", id=account.id
    )
    kind = QuotaKind.REFRESHES_PER_DAY
    used = 2 if due.date() == TODAY else 0
    async with world.tools.db.write(world.viewer) as session:
        for _ in range((FREE.limits[kind] or 0) - used - 2):
            await count_use(session, kind.value, day=due.date(), limit=None)
    assert [job.breakdowns for job in await tick(world, account)] == [[], ["COUNTRY"]]


async def test_a_scheduled_set_waits_goes_on_and_is_cancelled_like_any_refresh(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, ONE_DAY, Breakdown.AGE)
    await world.refreshed(account, ONE_DAY, Breakdown.COUNTRY)
    await scheduled(world, account, days=3)
    whole, country, age = await tick(world, account)
    await world.run(whole)
    throttled = FaultRule(FaultKind.ERROR, "*/insights", code=80000, times=1, params={"breakdowns": "country"})
    world.server.admin.add_fault(throttled)
    waiting = await world.run(country)
    assert (waiting.status, waiting.days_done) == (RefreshStatus.WAITING, 0)
    await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=age.id)
    assert (await world.row(age)).status is RefreshStatus.CANCELLED
    world.moved_by += timedelta(hours=1)
    assert (await world.run(country)).status is RefreshStatus.SUCCEEDED
    # What somebody cancelled comes again on the next day.
    assert [job.breakdowns for job in await tick(world, account)] == [[], ["COUNTRY"], ["AGE"]]


async def test_a_frozen_account_or_one_without_access_is_left_alone(world: RefreshWorld) -> None:
    account = await world.connected()
    await world.refreshed(account, ONE_DAY, Breakdown.AGE)
    await scheduled(world, account)
    await world.change("update ad_account set frozen_at = now() where tenant_id = :tenant")
    assert await tick(world, account) == []
    await world.change("update ad_account set frozen_at = null where tenant_id = :tenant")
    await world.change("update access_grant set status = 'REVOKED' where tenant_id = :tenant")
    assert await tick(world, account) == []


async def test_an_account_that_was_never_refreshed_is_not_read_from_its_beginning_in_parts(world: RefreshWorld) -> None:
    account = await world.connected(last_refreshed_at=None)
    await world.refreshed(account, ONE_DAY, Breakdown.AGE)
    await scheduled(world, account)
    whole, parts = await tick(world, account)
    assert (whole.days_total, parts.days_total) == ((whole.range_end - whole.range_start).days + 1, 7)
    assert whole.days_total > 365
    assert parts.range_end == whole.range_end
