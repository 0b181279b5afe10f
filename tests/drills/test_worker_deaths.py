"""Workers that die at any moment: nothing is lost, nothing is there twice, and little is fetched again."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from analytics.periods import AskedDays
from models.refreshes.job import RefreshJob, RefreshStatus
from models.refreshes.job_queries import FINISHED
from services.toolbox import Toolbox
from tests.sandbox.graph_client import TODAY
from tests.worlds.workers import Drill, Worker, drill_world, until

pytestmark = pytest.mark.drill

ADS, KILLS = 100, 8
# A run's first slice is stored after about ten.
MOST_CALLS = 25
SINCE = TODAY - timedelta(days=59)
LONGEST_SLICE_ROWS = 28 * ADS


@pytest.fixture
async def drill(tools: Toolbox) -> AsyncIterator[Drill]:
    async with drill_world(tools, extra_ads=ADS) as made:
        yield made


class Pool:
    """Two workers: when one is killed the other goes on, and a new one comes."""

    def __init__(self, drill: Drill, stack: AsyncExitStack) -> None:
        self.drill = drill
        self.stack = stack
        self.workers: dict[int, Worker] = {}
        self.filling = asyncio.create_task(self._fill())

    async def _fill(self) -> None:
        while len(self.workers) < 2:
            worker = await self.stack.enter_async_context(self.drill.hasty_worker())
            assert worker.queue_id is not None
            self.workers[worker.queue_id] = worker

    async def kill_runner(self, job: RefreshJob, *, after_calls: int) -> bool:
        """At that call of the run, so that a slow machine sees the same moments; False when the job ended before."""
        runner: int | None = None

        async def is_running() -> bool:
            nonlocal runner
            runner = await self.drill.runner(job)
            return runner in self.workers or await self.has_ended(job)

        await until(is_running)
        calls = len(self.drill.world.server.admin.log()) + after_calls

        async def has_come() -> bool:
            return len(self.drill.world.server.admin.log()) >= calls or await self.has_ended(job)

        await until(has_come)
        await self.filling
        if runner not in self.workers or await self.drill.runner(job) != runner:
            return False
        await self.workers.pop(runner).kill()
        self.filling = asyncio.create_task(self._fill())
        return True

    async def has_ended(self, job: RefreshJob) -> bool:
        return (await self.drill.world.row(job)).status in FINISHED


def ad_rows_answered(drill: Drill) -> int:
    log = drill.world.server.admin.log()
    return sum(call.rows or 0 for call in log if call.params.get("level") == "ad" and call.status == 200)


async def test_eight_kills_lose_nothing_and_fetch_at_most_a_slice_each_again(drill: Drill) -> None:
    account = await drill.world.connected("act_9000")
    dice, kills, wanted = random.Random(8), 0, 0
    async with AsyncExitStack() as stack:
        pool = Pool(drill, stack)
        while kills < KILLS:
            drill.slow_down(0.2)
            job = await drill.world.requested(account, AskedDays(SINCE, TODAY))
            while kills < KILLS and await pool.kill_runner(job, after_calls=dice.randint(0, MOST_CALLS)):
                kills += 1
            ended = await drill.ended(job)
            assert (ended.status, ended.attempt) == (RefreshStatus.SUCCEEDED, 1), ended.error_message
            wanted += ended.rows_stored
            again = ad_rows_answered(drill) - wanted
            assert await drill.differences(job) == []
            wanted += ended.rows_stored  # the stranger has read them as well
            # One more: a kill may meet a slice that is being stored while the next one is fetched.
            assert 0 <= again <= (kills + 1) * LONGEST_SLICE_ROWS
        await pool.filling
