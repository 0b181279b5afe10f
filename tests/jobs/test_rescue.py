"""Rescue and sweep: what nobody runs any more runs again, what somebody runs is left alone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog
from procrastinate.exceptions import JobAborted
from procrastinate.jobs import Job

from analytics.clock import utc_now
from errors import DatabaseUnavailable
from jobs.rescue import RescueTimes, keep_rescuing
from jobs.retries import MOST_ATTEMPTS, JobRetries
from models.database import Database
from models.queue.jobs import hand_back_lost, prune_finished
from models.queue.orphans import Orphan, orphans
from models.refreshes.job import RefreshJob, RefreshStatus
from services.refreshes.cancelling import cancel_refresh_job
from services.refreshes.requests import request_refresh
from services.refreshes.sweep import REFRESHES, sweep_refreshes
from services.toolbox import Toolbox
from tests.worlds.refreshes import WEEK, ZONES, Killed, RefreshWorld, dying, refresh_world

OF_JOB = " where queueing_lock = :id"


@pytest.fixture
async def world(tools: Toolbox, idle_queue: None) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


async def fetched_by_a_worker(world: RefreshWorld, job: RefreshJob, *, silent_s: int) -> None:
    """The queue's state while a worker runs the job, whose last heartbeat is so old."""
    await world.change(
        "with worker as (insert into procrastinate_workers (last_heartbeat)"
        " values (now() - make_interval(secs => :silent_s)) returning id)"
        " update procrastinate_jobs set status = 'doing', worker_id = worker.id from worker" + OF_JOB,
        silent_s=silent_s,
        id=str(job.id),
    )


async def hand_back(world: RefreshWorld) -> list[int]:
    async with world.tools.db.write(None) as session:
        return await hand_back_lost(session, silent_s=20)


async def queue(world: RefreshWorld, job: RefreshJob) -> list[Any]:
    statement = "select status::text, attempts from procrastinate_jobs" + OF_JOB + " order by id"
    return [tuple(row) for row in await world.select(statement, id=str(job.id))]


async def killed(world: RefreshWorld) -> RefreshJob:
    """A refresh whose worker died on the way."""
    job = await world.requested(await world.connected())
    await fetched_by_a_worker(world, job, silent_s=60)
    with pytest.raises(Killed):
        await world.run(job, dying(world, pages=0))
    return job


async def test_a_job_of_a_silent_worker_is_handed_back_once(world: RefreshWorld) -> None:
    job = await killed(world)
    await hand_back(world)
    await hand_back(world)
    assert await queue(world, job) == [("todo", 1)]


async def test_a_job_of_a_live_worker_is_left_alone(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    await fetched_by_a_worker(world, job, silent_s=1)
    await hand_back(world)
    assert await queue(world, job) == [("doing", 0)]


async def test_a_job_whose_worker_is_forgotten_is_handed_back(world: RefreshWorld) -> None:
    job = await world.requested(await world.connected())
    await world.change("update procrastinate_jobs set status = 'doing'" + OF_JOB, id=str(job.id))
    await hand_back(world)
    assert await queue(world, job) == [("todo", 1)]


async def test_a_lost_job_whose_successor_waits_is_ended(world: RefreshWorld) -> None:
    job = await killed(world)
    await world.change(
        "insert into procrastinate_jobs (queue_name, task_name, queueing_lock, lock)"
        " select queue_name, task_name, queueing_lock, lock from procrastinate_jobs" + OF_JOB,
        id=str(job.id),
    )
    await hand_back(world)
    assert [status for status, _ in await queue(world, job)] == ["failed", "todo"]


async def heard_of(world: RefreshWorld, job: RefreshJob, *, ago_s: int) -> None:
    heard = (
        "update refresh_job set heartbeat_at = now() - make_interval(secs => :ago_s)"
        " where tenant_id = :tenant and id = :id"
    )
    await world.change(heard, ago_s=ago_s, id=job.id)


async def taken(world: RefreshWorld, job: RefreshJob, *, ago_s: int) -> None:
    """A worker took the job so long ago, as the queue remembers it."""
    statement = (
        "update procrastinate_events set at = now() - make_interval(secs => :ago_s) where type = 'started'"
        " and job_id in (select id from procrastinate_jobs" + OF_JOB + ")"
    )
    await world.change(statement, ago_s=ago_s, id=str(job.id))


async def test_a_refresh_that_the_queue_forgot_runs_again(world: RefreshWorld) -> None:
    job = await killed(world)
    await world.change("delete from procrastinate_jobs" + OF_JOB, id=str(job.id))
    await heard_of(world, job, ago_s=30)
    await sweep_refreshes(world.tools.db, world.tools.clock)
    assert await queue(world, job) == []
    await heard_of(world, job, ago_s=120)
    await sweep_refreshes(world.tools.db, world.tools.clock)
    adopted = await world.row(job)
    assert (adopted.status, adopted.attempt) == (RefreshStatus.QUEUED, 1)
    assert await queue(world, job) == [("todo", 0)]
    assert (await world.run(job)).status is RefreshStatus.SUCCEEDED


@pytest.mark.parametrize("page", [1, 2, 3, 10])
async def test_orphans_behind_many_refreshes_that_wait_on_the_queue_are_found_by_pages(
    world: RefreshWorld, page: int
) -> None:
    """Each silent refresh is read once: those of one instant too, although they fill several pages."""
    jobs = [await world.requested(await world.connected(external_id)) for external_id in ZONES]
    await world.change(
        "update refresh_job set heartbeat_at = null, queued_at = '2026-01-02T03:04:05.678901Z'"
        " where tenant_id = :tenant"
    )
    lost = sorted(jobs, key=lambda job: job.id)[2:]
    for orphan in lost:
        await world.change("delete from procrastinate_jobs" + OF_JOB, id=str(orphan.id))
    read: list[Orphan] = []
    place, pages = None, 0
    while place is not None or not pages:
        async with world.tools.db.sweep(reason="test") as session:
            found = await orphans(session, REFRESHES, silent_s=90, after=place, most=page)
        read, place, pages = [*read, *found.orphans], found.last, pages + 1
    assert [each.job_id for each in read] == [orphan.id for orphan in lost]
    assert pages == len(jobs) // page + 1
    assert await sweep_refreshes(world.tools.db, world.tools.clock, page=page) == len(lost)
    assert [await queue(world, job) for job in jobs] == [[("todo", 0)]] * len(jobs)
    assert await sweep_refreshes(world.tools.db, world.tools.clock, page=page) == 0


async def test_a_refresh_that_its_live_worker_forgot_runs_again(world: RefreshWorld) -> None:
    job = await killed(world)
    await world.change("update procrastinate_workers set last_heartbeat = now()")
    await taken(world, job, ago_s=130)
    await heard_of(world, job, ago_s=120)
    await sweep_refreshes(world.tools.db, world.tools.clock)
    assert [status for status, _ in await queue(world, job)] == ["failed", "todo"]


@pytest.mark.parametrize("skew", [timedelta(minutes=-10), timedelta(minutes=10)])
async def test_a_refresh_that_a_worker_has_just_taken_is_left_alone_whoever_dated_it(
    world: RefreshWorld, skew: timedelta
) -> None:
    skewed = replace(world.tools, clock=lambda: utc_now() + skew)
    account = await world.connected()
    job = await request_refresh(
        skewed.db,
        skewed.clock,
        skewed.vendors.billing,
        world.viewer,
        ad_account_id=account.id,
        days=WEEK,
        breakdowns=(),
    )
    await fetched_by_a_worker(world, job, silent_s=0)
    await sweep_refreshes(skewed.db, skewed.clock)
    assert await queue(world, job) == [("doing", 0)]


async def test_a_refresh_that_waited_long_for_its_turn_is_not_taken_from_the_worker_that_has_it_now(
    world: RefreshWorld,
) -> None:
    job = await world.requested(await world.connected())
    await heard_of(world, job, ago_s=3600)
    await fetched_by_a_worker(world, job, silent_s=0)
    await sweep_refreshes(world.tools.db, world.tools.clock)
    assert await queue(world, job) == [("doing", 0)]


async def test_a_refresh_dated_ahead_that_the_queue_lost_is_adopted_without_a_word_of_any_worker(
    world: RefreshWorld,
) -> None:
    job = await world.requested(await world.connected())
    await world.change(
        "update refresh_job set heartbeat_at = null, queued_at = now() + interval '10 minutes'"
        " where tenant_id = :tenant"
    )
    await world.change("delete from procrastinate_jobs" + OF_JOB, id=str(job.id))
    await sweep_refreshes(world.tools.db, world.tools.clock)
    assert await queue(world, job) == [("todo", 0)]


async def test_a_refresh_whose_worker_died_while_it_was_cancelled_ends(world: RefreshWorld) -> None:
    job = await killed(world)
    await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=job.id)
    await hand_back(world)
    assert [status for status, _ in await queue(world, job)] == ["failed"]
    await heard_of(world, job, ago_s=120)
    await sweep_refreshes(world.tools.db, world.tools.clock)
    assert (await world.row(job)).status is RefreshStatus.CANCELLED


async def test_only_old_finished_jobs_are_pruned(world: RefreshWorld) -> None:
    waiting = await world.requested(await world.connected())
    done = await world.requested(await world.connected("act_1002"))
    await cancel_refresh_job(world.tools.db, world.tools.clock, world.viewer, job_id=done.id)
    for age, left in ((timedelta(hours=1), ["cancelled"]), (timedelta(hours=-1), [])):
        pruned = 1
        while pruned:  # a thousand at a time, and other tests have finished jobs too
            async with world.tools.db.write(None) as session:
                pruned = await prune_finished(session, before=utc_now() - age)  # the queue dates its events itself
        assert await world.queue_jobs(done) == left
    assert await world.queue_jobs(waiting) == ["todo"]


@pytest.mark.parametrize(
    ("error", "attempts", "is_tried_again"),
    [
        (RuntimeError(), 0, True),
        (RuntimeError(), MOST_ATTEMPTS, True),
        (RuntimeError(), MOST_ATTEMPTS + 1, False),
        (JobAborted(), 0, False),
        (DatabaseUnavailable("full"), MOST_ATTEMPTS + 1, True),
        (DatabaseUnavailable("full"), 10_000, True),
    ],
)
def test_errors_are_tried_again_and_aborts_are_not(error: BaseException, attempts: int, is_tried_again: bool) -> None:
    job = Job(queue="default", lock=None, queueing_lock=None, task_name="refresh.run", attempts=attempts)
    assert (JobRetries().get_retry_decision(exception=error, job=job) is not None) is is_tried_again


async def test_rescue_waits_for_a_database_that_is_away(world: RefreshWorld) -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:9/none", system_url="postgresql://nobody@127.0.0.1:9/none")
    with structlog.testing.capture_logs() as logs:
        rescuing = asyncio.create_task(keep_rescuing(replace(world.tools, db=nowhere), RescueTimes(every_s=0.01)))
        async with asyncio.timeout(20):
            while len(logs) < 2:  # noqa: ASYNC110 - a log line is no event
                await asyncio.sleep(0.01)
        rescuing.cancel()
        await asyncio.wait([rescuing])
    assert {line["event"] for line in logs} == {"rescue_postponed"}
    await nowhere.close()
