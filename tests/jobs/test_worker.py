"""The worker over the real queue: one refresh per account at a time, aborts, stops, waits and restarts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import asyncpg
import pytest
from sqlalchemy import text

from analytics.clock import utc_now
from analytics.periods import AskedDays
from embedded.postgres import DatabaseUrls
from jobs.rescue import RescueTimes
from jobs.runner import WorkerOptions, run_inline
from models.refreshes.job import RefreshJob, RefreshStatus
from models.refreshes.job_queries import FINISHED
from sandbox.meta.trouble.faults import FaultKind, FaultRule
from services.patience import patiently
from services.refreshes.cancelling import cancel_refresh_job
from services.toolbox import Toolbox
from tests.sandbox.graph_client import TODAY
from tests.worlds.nodes import node_away
from tests.worlds.refreshes import MONTH, RefreshWorld, refresh_world

DEADLINE_S = 90  # of a busy machine


@pytest.fixture
async def world(tools: Toolbox, idle_queue: None) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


@pytest.fixture
def options(postgres: DatabaseUrls) -> WorkerOptions:
    times = RescueTimes(heartbeat_s=0.5, every_s=0.2)
    return WorkerOptions(postgres.runtime, graceful_s=0.2, poll_s=0.1, rescue=times)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not await holds():  # noqa: ASYNC110 - another process's rows tell no event
            await asyncio.sleep(0.02)


async def ended(world: RefreshWorld, job: RefreshJob) -> RefreshJob:
    """Patient, unlike a person's request: a connection that is being ended may be the one that is asked on."""

    async def is_finished() -> bool:
        return (await patiently(partial(world.row, job))).status in FINISHED

    await until(is_finished)
    return await world.row(job)


async def is_fetching(world: RefreshWorld) -> bool:
    return any(call.path.endswith("/insights") for call in world.server.admin.log())


def slow_down(world: RefreshWorld, delay_s: float = 0.3) -> None:
    world.server.admin.add_fault(FaultRule(FaultKind.DELAY, path="*/insights", times=None, delay_s=delay_s))


async def test_a_requested_refresh_is_run(world: RefreshWorld, options: WorkerOptions) -> None:
    account = await world.connected()
    async with run_inline(world.tools, options):
        job = await ended(world, await world.requested(account))
    assert job.status is RefreshStatus.SUCCEEDED
    assert await world.stored(account) == await world.reported(account)


async def test_refreshes_of_one_account_never_overlap_over_two_workers(
    world: RefreshWorld, options: WorkerOptions
) -> None:
    account, other = await world.connected(), await world.connected("act_1002")
    slow_down(world, 0.1)
    jobs = [await world.requested(account, AskedDays(TODAY - timedelta(days=age), TODAY)) for age in range(4)]
    beside = await world.requested(other)
    async with run_inline(world.tools, options), run_inline(world.tools, options):
        for job in (*jobs, beside):
            assert (await ended(world, job)).status is RefreshStatus.SUCCEEDED
    times = await world.select(
        "select started_at, finished_at from refresh_job where tenant_id = :tenant and ad_account_id = :id order by id",
        id=account.id,
    )
    events = await world.select(
        "select event.job_id, event.type::text from procrastinate_events event"
        " join procrastinate_jobs job on job.id = event.job_id"
        " where job.lock like :lock and event.type in ('started', 'succeeded') order by event.id",
        lock=f"%{account.id}",
    )
    assert len(times) == 4
    assert [event.type for event in events] == ["started", "succeeded"] * 4
    assert all(begun.job_id == done.job_id for begun, done in zip(events[::2], events[1::2], strict=True))


async def test_cancelling_a_running_refresh_aborts_its_job(world: RefreshWorld, options: WorkerOptions) -> None:
    account = await world.connected()
    slow_down(world, 3)
    async with run_inline(world.tools, options):
        job = await world.requested(account, MONTH)
        await until(lambda: is_fetching(world))
        asked = await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
        assert asked.status is RefreshStatus.RUNNING
        async with asyncio.timeout(4):
            assert (await ended(world, job)).status is RefreshStatus.CANCELLED

        async def is_aborted() -> bool:
            return await world.queue_jobs(job) == ["aborted"]

        await until(is_aborted)


async def test_a_worker_that_stops_hands_its_job_to_the_next(world: RefreshWorld, options: WorkerOptions) -> None:
    account = await world.connected()
    slow_down(world, 1)
    async with run_inline(world.tools, options):
        job = await world.requested(account, MONTH)
        await until(lambda: is_fetching(world))
    handed_back = await world.row(job)
    assert (handed_back.status, handed_back.attempt) == (RefreshStatus.QUEUED, 1)
    assert await world.queue_jobs(job) == ["todo"]
    world.server.admin.clear_faults()
    async with run_inline(world.tools, options):
        finished = await ended(world, job)
    assert (finished.status, finished.attempt) == (RefreshStatus.SUCCEEDED, 1)
    assert await world.stored(account) == await world.reported(account, MONTH)


async def test_a_throttled_refresh_leaves_its_worker_and_comes_back(
    world: RefreshWorld, options: WorkerOptions
) -> None:
    account = await world.connected()
    world.server.admin.add_fault(FaultRule(FaultKind.ERROR, path="*/insights", code=17, subcode=2446079))
    async with run_inline(world.tools, options):
        job = await world.requested(account)

        async def waits_without_a_worker() -> bool:
            # The world's clock stands in the past: the job comes back at once, ever again, and finds that it waits.
            return (await world.queue_jobs(job))[0] == "succeeded"

        await until(waits_without_a_worker)
        assert (await world.row(job)).status is RefreshStatus.WAITING
        world.moved_by += timedelta(minutes=5)
        await world.change(
            "update procrastinate_jobs set scheduled_at = now() where queueing_lock = :id and status = 'todo'",
            id=str(job.id),
        )
        assert (await ended(world, job)).status is RefreshStatus.SUCCEEDED
    assert await world.stored(account) == await world.reported(account)


async def test_a_worker_survives_the_loss_of_all_its_connections(world: RefreshWorld, options: WorkerOptions) -> None:
    account = await world.connected()
    slow_down(world)
    async with run_inline(world.tools, options):
        job = await world.requested(account, MONTH)
        await until(lambda: is_fetching(world))
        await end_every_connection(world)
        assert (await ended(world, job)).status is RefreshStatus.SUCCEEDED
        later = await world.requested(account)
        assert (await ended(world, later)).status is RefreshStatus.SUCCEEDED
    assert await world.stored(account) == await world.reported(account, MONTH)


_FULL_DISK = """
    create sequence tries;
    grant usage on sequence tries to adgraph_runtime;
    create function no_room() returns trigger language plpgsql as $$ begin
      if nextval('tries') <= 3 then raise exception 'could not extend file' using errcode = '53100'; end if;
      return new;
    end $$;
    create trigger full_disk before insert on refresh_slice for each row execute function no_room();
"""
_ROOM = "drop trigger full_disk on refresh_slice; drop function no_room; drop sequence tries"


@pytest.mark.one_node(reason="a trigger plays the full disk, and distributed tables have none")
async def test_a_refresh_waits_for_a_disk_that_is_full(
    world: RefreshWorld, options: WorkerOptions, postgres: DatabaseUrls
) -> None:
    account = await world.connected()
    owner = await asyncpg.connect(postgres.migration)
    try:
        await owner.execute(_FULL_DISK)
        async with run_inline(world.tools, options):
            job = await ended(world, await world.requested(account))
        assert (job.status, job.attempt) == (RefreshStatus.SUCCEEDED, 1)
        assert await owner.fetchval("select last_value from tries") > 3
    finally:
        await owner.execute(_ROOM)
        await owner.close()
    assert await world.stored(account) == await world.reported(account)


@pytest.mark.one_node(reason="a policy with a function plays the lost node")
async def test_refreshes_of_a_lost_node_wait_off_the_worker_and_lose_nothing(
    world: RefreshWorld, options: WorkerOptions, postgres: DatabaseUrls
) -> None:
    """The only place of the worker is free for the tenants of other nodes."""
    other, account = await world.another_tenant(), await world.connected()
    job, beside = await world.requested(account), await other.requested(await other.connected())

    async def is_put_off() -> bool:
        again = (
            "select 1 from procrastinate_jobs where queueing_lock = :id and status = 'todo' and scheduled_at > now()"
        )
        return "succeeded" in await world.queue_jobs(job) and bool(await world.select(again, id=str(job.id)))

    world.tools = replace(world.tools, clock=utc_now)
    async with node_away(postgres, job.tenant_id), run_inline(world.tools, replace(options, concurrency=1)):
        await until(is_put_off)
        assert (await ended(other, beside)).status is RefreshStatus.SUCCEEDED
    assert (await world.row(job)).status is RefreshStatus.QUEUED
    await world.change("update procrastinate_jobs set scheduled_at = now() where queueing_lock = :id", id=str(job.id))
    async with run_inline(world.tools, options):
        finished = await ended(world, job)
    assert (finished.status, finished.attempt) == (RefreshStatus.SUCCEEDED, 1)
    assert await world.stored(account) == await world.reported(account)


async def end_every_connection(world: RefreshWorld) -> None:
    async with world.tools.db.write(None) as session:
        ending = (
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where usename = current_user and datname = current_database() and pid <> pg_backend_pid()"
        )
        await (await session.connection()).execute(text(ending))


async def test_arguments_of_another_release_are_left_to_it(world: RefreshWorld, options: WorkerOptions) -> None:
    job = await world.requested(await world.connected())
    await world.change(
        "update procrastinate_jobs set args = args || '{\"schema_version\": 99}' where queueing_lock = :id",
        id=str(job.id),
    )
    async with run_inline(world.tools, replace(options, concurrency=1)):

        async def is_put_off() -> bool:
            tried = await world.select(
                "select 1 from procrastinate_jobs where queueing_lock = :id and status = 'todo' and attempts = 1",
                id=str(job.id),
            )
            return bool(tried)

        await until(is_put_off)
    assert (await world.row(job)).status is RefreshStatus.QUEUED
