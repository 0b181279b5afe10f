"""Asking for the same job anew after it was cancelled, before it has ended."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from integrations.errors import Rejected, Unavailable
from models.audit.actor import ActorKind
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from services.channel_jobs.requests import JobWish
from services.channel_jobs.sweep import sweep_channel_jobs
from services.channel_jobs.work import ChannelRun, JobCancelled
from tests.worlds.channel_jobs import SHIP, SYNC, ChannelJobWorld, audited, cancel, retry

S = ChannelJobStatus
REQUESTED, CANCELLED = "channel_job.requested", "channel_job.cancelled"
REPEATABLE = [kind for kind in ChannelJobKind if kind in ("CHECK", "UPDATE", "END") or kind.value.startswith("SYNC_")]


def once_cancelled(
    world: ChannelJobWorld, then: Callable[[ChannelRun], Awaitable[Any]]
) -> Callable[[ChannelRun], Awaitable[None]]:
    async def work(run: ChannelRun) -> None:
        assert (await cancel(world, run.job)).status is S.RUNNING
        await then(run)

    return work


@pytest.mark.parametrize("kind", REPEATABLE)
async def test_a_reading_asked_for_after_a_cancelled_one_does_not_end_with_it(
    world: ChannelJobWorld, kind: ChannelJobKind
) -> None:
    """A webhook, a schedule or a person asks while the worker has not heard of it; the cancelled one ends."""
    wish, again = JobWish(kind, sameness="it", payload={"n": 1}), list[ChannelJob]()

    async def ask(run: ChannelRun) -> None:
        again.extend([await world.asked(wish, by=by) for by in (ActorKind.WEBHOOK, ActorKind.SCHEDULE, None)])
        await run.tell("The next step")

    world.deed.steps = [once_cancelled(world, ask)]
    first = await world.run(await world.asked(wish))
    assert (first.status, {job.id for job in again} & {first.id}) == (S.CANCELLED, set())
    assert ({job.id for job in again}, again[0].payload) == ({again[0].id}, {"n": 1})
    assert (again[0].requested_by_kind, await world.queue(again[0])) == (ActorKind.WEBHOOK, ["todo"])
    assert ((await world.run(again[0])).status, world.deed.stored) == (S.SUCCEEDED, 1)
    assert await audited(world) == [REQUESTED, CANCELLED]


async def test_one_that_comes_after_a_cancelled_one_can_be_cancelled_too(world: ChannelJobWorld) -> None:
    jobs: list[ChannelJob] = []

    async def ask(run: ChannelRun) -> None:
        jobs.append(await world.asked())
        await world.change(
            "update channel_job set cancel_requested_at = queued_at where tenant_id = :tenant and id = :id",
            id=jobs[0].id,
        )
        jobs.append(await world.asked())
        run.check()

    world.deed.steps = [once_cancelled(world, ask)]
    first = await world.run(await world.asked())
    assert len({first.id, *(job.id for job in jobs)}) == 3
    assert [(await world.run(job)).status for job in jobs] == [S.CANCELLED, S.SUCCEEDED]


async def test_many_who_ask_after_a_cancelled_one_get_one_job(world: ChannelJobWorld) -> None:
    for wish in (SYNC, SHIP):
        found: list[ChannelJob] = []

        async def ask(_run: ChannelRun, wish: JobWish = wish, found: list[ChannelJob] = found) -> None:
            found.extend(await asyncio.gather(*(world.asked(wish) for _ in range(5))))

        world.deed.steps = [once_cancelled(world, ask)]
        await world.run(await world.asked(wish))
        assert len({job.id for job in found}) == 1
    assert (await audited(world)).count(REQUESTED) == 4


async def test_what_must_not_be_done_twice_goes_on_where_it_is_asked_for_again(world: ChannelJobWorld) -> None:
    """A second job would know nothing of what the first one has done."""
    again, sent = list[ChannelJob](), list[str]()

    async def ask(run: ChannelRun) -> None:
        again.append(await world.asked(SHIP))
        async with run.unsafe("Telling the parcel"):
            sent.append("parcel")

    world.deed.steps = [once_cancelled(world, ask)]
    job = await world.run(await world.asked(SHIP))
    assert (job.status, sent, again[0].id, again[0].cancel_requested_at) == (S.SUCCEEDED, ["parcel"], job.id, None)
    assert await audited(world) == [REQUESTED, CANCELLED, REQUESTED]


async def test_a_run_that_has_heard_of_the_cancelling_goes_on_once_it_is_withdrawn(world: ChannelJobWorld) -> None:
    begun: list[str] = []

    async def ask(run: ChannelRun) -> None:
        await run.report()
        await world.asked(SHIP)
        with pytest.raises(JobCancelled):
            run.check()
        # Within a step that must not be done twice it hears of the one and of the other.
        await run.report()
        async with run.unsafe("Telling the parcel"):
            begun.append("parcel")
            await cancel(world, run.job)
            await run.report()
            await world.asked(SHIP)
        await run.tell("The next step")

    world.deed.steps = [once_cancelled(world, ask)]
    job = await world.run(await world.asked(SHIP))
    assert (job.status, begun, world.deed.calls) == (S.SUCCEEDED, ["parcel"], 1)


async def test_a_run_that_ends_as_cancelled_in_the_moment_of_asking_again_is_run_anew(world: ChannelJobWorld) -> None:
    async def ends_too_late(_run: ChannelRun) -> None:
        await world.asked(SHIP)
        raise JobCancelled

    async def looks(run: ChannelRun) -> None:
        assert run.memo == {"sent": True}

    async def first(run: ChannelRun) -> None:
        await run.remember({"sent": True})
        await once_cancelled(world, ends_too_late)(run)

    world.deed.steps = [first, looks]
    job = await world.run(await world.asked(SHIP))
    assert (job.status, job.run_id, (await world.queue(job)).count("todo")) == (S.QUEUED, None, 1)
    assert ((await world.run(job)).status, world.deed.stored) == (S.SUCCEEDED, 1)


async def test_a_doubtful_step_of_a_cancelled_job_is_looked_up_and_then_done_for_whoever_asked_again(
    world: ChannelJobWorld,
) -> None:
    sent: list[str] = []

    async def breaks(run: ChannelRun) -> None:
        async with run.unsafe("Telling the parcel"):
            await cancel(world, run.job)
            raise Unavailable("away")

    async def looks(run: ChannelRun) -> None:
        assert run.looks_first
        async with run.unsafe("Telling the parcel"):
            sent.append("parcel")

    world.deed.steps = [breaks, looks, breaks, looks]
    job = await world.run(await world.asked(SHIP))
    assert (job.status, job.cancel_requested_at) == (S.UNCERTAIN, world.clock())
    assert (await world.asked(SHIP)).id == job.id
    assert ((await world.run(job)).status, sent) == (S.SUCCEEDED, ["parcel"])
    # Where nobody asks again, what turns out not to be done is not begun.
    job = await world.run(await world.asked(SHIP))
    assert (job.status, (await world.run(job)).status, sent) == (S.UNCERTAIN, S.CANCELLED, ["parcel"])


async def test_a_job_whose_worker_died_after_the_cancelling_is_done_where_it_is_asked_for_again(
    world: ChannelJobWorld,
) -> None:
    for wish in (SHIP, SYNC):
        job = await world.asked(wish)
        await world.change(
            "update channel_job set status = 'RUNNING', run_id = id, heartbeat_at = null,"
            " cancel_requested_at = queued_at where tenant_id = :tenant and id = :id",
            id=job.id,
        )
        await world.change("delete from procrastinate_jobs where queueing_lock = :id", id=str(job.id))
        again = await world.asked(wish)
        await sweep_channel_jobs(world.tools.db, world.tools.clock)
        assert (again.id == job.id) == (wish is SHIP)
        assert (await world.row(job)).status is (S.QUEUED if wish is SHIP else S.CANCELLED)
        assert (await world.run(again)).status is S.SUCCEEDED


async def test_it_goes_on_for_whoever_asked_last(world: ChannelJobWorld) -> None:
    """Who asked first may have left the team meanwhile."""
    job = await world.asked(SHIP, by=ActorKind.SYSTEM)
    await world.change(
        "update channel_job set status = 'RUNNING', run_id = id, cancel_requested_at = queued_at"
        " where tenant_id = :tenant and id = :id",
        id=job.id,
    )
    again = await world.asked(SHIP)
    assert (again.id, again.requested_by_kind) == (job.id, ActorKind.USER)
    assert again.requested_by_user_id == world.team.viewer.user_id


async def test_a_refused_step_of_a_cancelled_job_tells_why_where_it_was_asked_for_again(world: ChannelJobWorld) -> None:
    async def refused(run: ChannelRun) -> None:
        await world.asked(SHIP)
        async with run.unsafe("Telling the parcel"):
            raise Rejected("no such carrier")

    world.deed.steps = [once_cancelled(world, refused)]
    job = await world.run(await world.asked(SHIP))
    assert (job.status, job.error_message) == (S.FAILED, "no such carrier")
    assert (await retry(world, job)).cancel_requested_at is None
