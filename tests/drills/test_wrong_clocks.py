"""Clocks that are ten minutes wrong: of the workers in both directions, of the platform, and Postgres between them."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from models.refresh_job import RefreshStatus
from services.toolbox import Toolbox
from tests.drills.worker_world import Drill, drill_world

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
