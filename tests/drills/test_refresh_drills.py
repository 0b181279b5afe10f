"""Slow proofs with real worker processes: killed, told to stop, in pairs, and with Postgres gone for a while."""

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest

from models.refreshes.job import RefreshStatus
from services.toolbox import Toolbox
from tests.worlds.workers import DEADLINE_S, Drill, drill_world

pytestmark = pytest.mark.drill


@pytest.fixture
async def drill(tools: Toolbox) -> AsyncIterator[Drill]:
    async with drill_world(tools) as made:
        yield made


async def test_a_killed_workers_job_runs_again_within_a_minute(drill: Drill) -> None:
    async with drill.worker() as first:
        job = await drill.begun()
        await first.kill()
        async with drill.worker():
            await drill.runs_again(job)
            finished = await drill.ended(job)
    assert (finished.status, finished.attempt) == (RefreshStatus.SUCCEEDED, 1)
    assert finished.days_done == finished.days_total
    assert await drill.differences(job) == []


async def test_another_worker_takes_over_from_a_killed_one(drill: Drill) -> None:
    async with drill.hasty_worker() as first:
        job = await drill.begun()
        async with drill.hasty_worker():
            await first.kill()
            await drill.runs_again(job)
            finished = await drill.ended(job)
    assert finished.status is RefreshStatus.SUCCEEDED
    assert await drill.differences(job) == []


async def test_a_worker_that_is_told_to_stop_hands_its_job_back(drill: Drill) -> None:
    async with drill.worker() as first:
        job = await drill.begun()
        first.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE_S):
            assert await first.process.wait() == 0
    handed_back = await drill.world.row(job)
    assert (handed_back.status, handed_back.attempt) in (
        (RefreshStatus.QUEUED, 1),
        (RefreshStatus.SUCCEEDED, 1),
    )
    drill.world.server.admin.clear_faults()
    async with drill.worker():
        finished = await drill.ended(job)
    assert finished.status is RefreshStatus.SUCCEEDED
    assert await drill.differences(job) == []


async def test_postgres_may_be_gone_for_five_seconds(drill: Drill) -> None:
    async with drill.worker():
        job = await drill.begun()
        drill.postgres.stop()
        await asyncio.sleep(5)
        drill.postgres.start()
        finished = await drill.ended(job)
    assert (finished.status, finished.attempt, finished.error_code) == (RefreshStatus.SUCCEEDED, 1, None)
    assert await drill.differences(job) == []


async def test_a_frozen_worker_that_wakes_up_writes_nothing_more(drill: Drill) -> None:
    async with drill.hasty_worker() as first:
        job = await drill.begun()
        first.process.send_signal(signal.SIGSTOP)
        async with drill.hasty_worker():
            await drill.runs_again(job)
            finished = await drill.ended(job)
            first.process.send_signal(signal.SIGCONT)
            await asyncio.sleep(3)
    assert finished.status is RefreshStatus.SUCCEEDED
    assert await drill.world.row(job) == finished
    assert await drill.differences(job) == []
