"""Clocks that are ten minutes wrong: of the workers in both directions, of the platform, and Postgres between them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from models.refreshes.job import RefreshStatus
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from services.toolbox import Toolbox
from tests.worlds.workers import SEASON, Drill, drill_world, until

pytestmark = pytest.mark.drill

TEN_MINUTES_S = 600


@pytest.fixture
async def drill(tools: Toolbox) -> AsyncIterator[Drill]:
    async with drill_world(tools) as made:
        yield made


async def test_no_worker_takes_a_living_ones_job_because_their_clocks_differ(drill: Drill) -> None:
    drill.world.server.admin.skew_clock(timedelta(seconds=TEN_MINUTES_S))
    async with drill.hasty_worker(ahead_s=-TEN_MINUTES_S):
        job = await drill.begun()
        first_run = job.run_id
        async with drill.hasty_worker(ahead_s=TEN_MINUTES_S):
            while (row := await drill.world.row(job)).status is RefreshStatus.RUNNING:
                assert row.run_id == first_run
            assert row.status is RefreshStatus.SUCCEEDED
    assert await drill.differences(job) == []


async def test_a_job_whose_workers_clock_was_ahead_is_taken_over_all_the_same(drill: Drill) -> None:
    async with drill.hasty_worker(ahead_s=TEN_MINUTES_S) as first:
        job = await drill.begun()
        async with drill.hasty_worker(ahead_s=-TEN_MINUTES_S):
            await first.kill()
            await drill.runs_again(job)
            assert (await drill.ended(job)).status is RefreshStatus.SUCCEEDED
    assert await drill.differences(job) == []


async def test_schedules_are_ticked_when_postgres_says_so(drill: Drill) -> None:
    early, late = await drill.world.connected(), await drill.world.connected("act_1002")
    for account, due_in_min in ((early, 5), (late, -5)):
        await drill.world.change(
            "update ad_account set refresh_every_hours = 24, lookback_days = 3,"
            " next_refresh_at = now() + make_interval(mins => :due) where tenant_id = :tenant and id = :id",
            due=due_in_min,
            id=account.id,
        )
    query = "select ad_account_id, status from refresh_job where tenant_id = :tenant and trigger = 'SCHEDULED'"
    async with AsyncExitStack() as stack:
        for ahead_s in (TEN_MINUTES_S, -TEN_MINUTES_S):
            await stack.enter_async_context(drill.hasty_worker(ahead_s=ahead_s))

        async def has_ended() -> bool:
            return any(row.status == RefreshStatus.SUCCEEDED for row in await drill.world.select(query))

        await until(has_ended)
        assert [row.ad_account_id for row in await drill.world.select(query)] == [late.id]
    query = "select queued_at between now() - interval '5 minutes' and now() from refresh_job where tenant_id = :tenant"
    assert [row[0] for row in await drill.world.select(query)] == [True]


async def test_a_throttled_job_comes_back_when_postgres_says_so(drill: Drill) -> None:
    """The worker that meets the limit is ahead: by its own date the job would wait ten minutes longer."""
    drill.world.server.admin.add_fault(FaultRule(FaultKind.ERROR, path="*/insights", code=17, subcode=2446079))
    async with drill.hasty_worker(ahead_s=TEN_MINUTES_S):
        job = await drill.world.requested(await drill.world.connected(), SEASON)

        async def waits() -> bool:
            return (await drill.world.row(job)).status is RefreshStatus.WAITING

        await until(waits)
    waits_s = "select extract(epoch from resumes_at - now()) from refresh_job where tenant_id = :tenant and id = :id"
    [[left_s]] = await drill.world.select(waits_s, id=job.id)
    assert 0 < left_s <= TEN_MINUTES_S / 2
