"""Limits of the platform are shared by workers and tenants: who waits, for how long, and who goes on."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from analytics.periods import AskedDays
from models.refreshes.job import RefreshJob, RefreshStatus
from sandbox.meta.trouble.limits import LimitKind, Throttle
from services.ingestion.lifecycle import run_refresh
from services.refreshes.cancelling import cancel_refresh_job
from tests.sandbox.graph_client import TODAY
from tests.worlds.ads import entity_world
from tests.worlds.refreshes import ACCOUNT, MONTH, NOON, RefreshWorld

WAITING, SUCCEEDED = RefreshStatus.WAITING, RefreshStatus.SUCCEEDED


async def neighbour(world: RefreshWorld, **overrides: Any) -> RefreshWorld:
    """Another tenant before the same platform, with the same clock."""
    return replace(world, entities=await entity_world(world.tools.db), **overrides)


def wait(world: RefreshWorld, seconds: float) -> None:
    world.moved_by += timedelta(seconds=seconds)
    world.server.admin.set_clock(NOON + world.moved_by)


async def limits(world: RefreshWorld) -> dict[tuple[str, str], float]:
    rows = await world.select("select external_account_id, kind, utilisation from vendor_throttle")
    return {(row[0], row[1]): row[2] for row in rows}


def refusals(world: RefreshWorld) -> int:
    return sum(call.error_code is not None for call in world.server.admin.log())


async def test_readings_are_written_down_once_they_matter(world: RefreshWorld) -> None:
    account = await world.connected()
    assert (await world.refreshed(account)).status is SUCCEEDED
    assert await limits(world) == {}
    world.server.admin.fill(LimitKind.INSIGHTS, 60, account=ACCOUNT)
    assert (await world.refreshed(account, MONTH)).status is SUCCEEDED
    assert await limits(world) == {(ACCOUNT, "ads_insights"): 0.6, (ACCOUNT, "insights_account"): 0.6}


async def test_a_limit_that_one_job_meets_holds_every_tenants_job_of_the_account(world: RefreshWorld) -> None:
    other = await neighbour(world)
    job, twin = await world.requested(await world.connected()), await other.requested(await other.connected())
    beside = await other.requested(await other.connected("act_1002"))
    world.server.admin.block(LimitKind.INSIGHTS, 300, account=ACCOUNT)
    met = await world.run(job)
    calls = len(world.server.admin.log())
    held = await other.run(twin)
    assert len(world.server.admin.log()) == calls
    assert met.status is held.status is WAITING
    assert met.resumes_at == held.resumes_at == NOON + timedelta(seconds=300)
    assert (held.attempt, held.started_at, held.run_id) == (1, None, None)
    assert "ad account" in str(held.wait_reason)
    assert (await other.run(beside)).status is SUCCEEDED
    wait(world, 300)
    assert [(each.status, each.attempt) for each in (await world.run(job), await other.run(twin))] == [
        (SUCCEEDED, 1),
        (SUCCEEDED, 1),
    ]
    assert refusals(world) == 1


async def test_a_limit_of_the_app_holds_everybody(world: RefreshWorld) -> None:
    other = await neighbour(world)
    world.server.admin.block(LimitKind.APP, 120)
    assert (await world.refreshed(await world.connected())).status is WAITING
    held = await other.refreshed(await other.connected("act_1002"))
    assert held.status is WAITING
    assert "installation" in str(held.wait_reason)
    assert refusals(world) == len(world.server.admin.log()) == 1
    assert (
        await cancel_refresh_job(other.tools.db, other.tools.clock, other.viewer, job_id=held.id)
    ).status is RefreshStatus.CANCELLED


async def test_a_limit_that_is_nearly_full_is_left_to_drain_before_it_refuses(world: RefreshWorld) -> None:
    world.server.admin.fill(LimitKind.ACCOUNT, 93, account=ACCOUNT)
    job = await world.refreshed(await world.connected())
    assert (job.status, len(world.server.admin.log())) == (WAITING, 1)
    assert job.resumes_at == NOON + timedelta(seconds=54)
    wait(world, 54)
    ended = await world.run(job)
    assert (ended.status, ended.attempt, refusals(world)) == (SUCCEEDED, 1, 0)


async def demanded(world: RefreshWorld, *external_ids: str, jobs: int) -> list[RefreshJob]:
    """Refreshes of a team's accounts, of different ranges, so that each is one of its own."""
    ranges = [AskedDays(TODAY - timedelta(days=2 * number), TODAY) for number in range(jobs)]
    accounts = [await world.connected(external_id) for external_id in external_ids]
    return [await world.requested(account, days) for days in ranges for account in accounts]


async def take_two(world: RefreshWorld, now: datetime) -> list[tuple[int, UUID]]:
    """The first of the queue that are due, not two under one lock, as two workers would take them."""
    rows = await world.select(
        "select id, lock, cast(queueing_lock as uuid) as job_id from procrastinate_jobs"
        " where status = 'todo' and task_name = 'refresh.run' and coalesce(scheduled_at, :now) <= :now order by id",
        now=now,
    )
    first_of_lock = {row.lock: (row.id, row.job_id) for row in reversed(rows)}
    return sorted(first_of_lock.values())[:2]


async def work(worlds: dict[UUID, RefreshWorld], taken: tuple[int, UUID]) -> None:
    queue_id, job_id = taken
    world = worlds[job_id]
    statement = "update procrastinate_jobs set status = '{}' where id = :id"
    await world.change(statement.format("doing"), id=queue_id)
    await run_refresh(world.tools, tenant_id=world.entities.tenant_id, job_id=job_id)
    await world.change(statement.format("succeeded"), id=queue_id)


async def work_off(world: RefreshWorld, worlds: dict[UUID, RefreshWorld]) -> None:
    """Two workers until the queue is empty; the clock stands while they work and moves to whatever is due next."""
    coming = "select min(scheduled_at) from procrastinate_jobs where status = 'todo'"
    while True:
        if taken := await take_two(world, world.tools.clock()):
            await asyncio.gather(*(work(worlds, each) for each in taken))
        elif (soonest := (await world.select(coming))[0][0]) is not None:
            wait(world, (soonest - world.tools.clock()).total_seconds())
        else:
            return


async def test_nobody_waits_twice_the_fair_share_while_the_apps_calls_are_short(
    world: RefreshWorld, idle_queue: None
) -> None:
    per_hour = 240
    world.server.admin.set_throttle(Throttle(app_calls_per_hour=per_hour))
    world.server.admin.fill(LimitKind.APP, 89)
    hungry, modest, small = world, await neighbour(world), await neighbour(world)
    # The hungriest asks first, and the queue is in the order of asking.
    demand = [
        (hungry, await demanded(hungry, "act_1001", "act_1002", jobs=4)),
        (modest, await demanded(modest, "act_1001", jobs=2)),
        (small, await demanded(small, "act_1003", jobs=1)),
    ]
    await work_off(world, {job.id: team for team, jobs in demand for job in jobs})
    assert refusals(world) == 0
    for team, jobs in demand:
        ended = [await team.row(job) for job in jobs]
        assert {(job.status, job.attempt) for job in ended} == {(SUCCEEDED, 1)}
        waited = max(job.finished_at or NOON for job in ended) - NOON
        fair = timedelta(hours=sum(job.api_calls for job in ended) * len(demand) / per_hour)
        assert waited <= 2 * fair
