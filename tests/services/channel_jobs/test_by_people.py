"""Cancelling and repeating channel jobs, and steps of which nobody knows whether they were done."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from errors import Refused, UserErrorCode
from integrations.errors import (
    Rejected,
    Unavailable,
)
from models.channel_jobs.job import ChannelJobStatus
from models.ids import new_id
from services.channel_jobs.states import MOST_TRIES
from services.channel_jobs.work import ChannelRun
from tests.worlds.channel_jobs import SHIP, ChannelJobWorld, audited, cancel, retry

S = ChannelJobStatus
AWAY = Unavailable("away")


async def break_within_an_unsafe_step(run: ChannelRun) -> None:
    async with run.unsafe("Telling the parcel"):
        raise AWAY


async def test_an_unsafe_step_without_an_answer_is_uncertain_and_looked_up_before_anything_else(
    world: ChannelJobWorld,
) -> None:
    looked: list[bool] = []

    async def look(run: ChannelRun) -> None:
        looked.append(run.looks_first)

    world.deed.steps = [break_within_an_unsafe_step, look]
    job = await world.run(await world.asked(SHIP))
    assert (job.status, job.resumes_at) == (S.UNCERTAIN, world.clock() + timedelta(minutes=1))
    with pytest.raises(Refused) as refused:
        await cancel(world, job)
    assert refused.value.user_code is UserErrorCode.NOT_CANCELLABLE
    assert ((await world.run(job)).status, looked) == (S.SUCCEEDED, [True])


async def test_an_unsafe_step_that_is_never_answered_fails_with_what_is_not_known(world: ChannelJobWorld) -> None:
    world.deed.steps = [break_within_an_unsafe_step] * MOST_TRIES
    job = await world.asked(SHIP)
    for _ in range(MOST_TRIES):
        job = await world.run(job)
    assert job.status is S.FAILED
    assert "not known whether" in str(job.error_message)
    looked: list[bool] = []

    async def look(run: ChannelRun) -> None:
        looked.append(run.looks_first)

    world.deed.steps = [look]
    assert ((await world.run(await retry(world, job))).status, looked) == (S.SUCCEEDED, [True])


async def test_a_refusal_within_an_unsafe_step_is_certain(world: ChannelJobWorld) -> None:
    async def refused(run: ChannelRun) -> None:
        async with run.unsafe("Telling the parcel"):
            raise Rejected("no such carrier")

    world.deed.steps = [refused]
    job = await world.run(await world.asked(SHIP))
    assert (job.status, job.error_message) == (S.FAILED, "no such carrier")


async def test_cancelling_ends_a_waiting_job_at_once_and_a_running_one_before_its_next_step(
    world: ChannelJobWorld,
) -> None:
    waiting = await cancel(world, await world.asked(SHIP))
    assert (waiting.status, await world.queue(waiting)) == (S.CANCELLED, ["cancelled"])
    begun: list[str] = []

    async def work(run: ChannelRun) -> None:
        assert (await cancel(world, run.job)).status is S.RUNNING
        async with run.unsafe("Telling the parcel"):
            begun.append("parcel")

    world.deed.steps = [work]
    assert ((await world.run(await world.asked())).status, begun) == (S.CANCELLED, [])
    with pytest.raises(Refused) as refused:
        await cancel(world, waiting)
    assert refused.value.user_code is UserErrorCode.NOT_CANCELLABLE


async def test_what_was_done_before_a_cancellation_came_through_counts(world: ChannelJobWorld) -> None:
    async def work(run: ChannelRun) -> None:
        async with run.unsafe("Telling the parcel"):
            await cancel(world, run.job)

    world.deed.steps = [work]
    done = await world.run(await world.asked())
    assert (done.status, done.cancel_requested_at, world.deed.stored) == (S.SUCCEEDED, None, 1)


async def test_only_jobs_that_failed_or_were_cancelled_are_repeated_and_no_twin_is_made(
    world: ChannelJobWorld,
) -> None:
    cancelled = await cancel(world, await world.asked())
    twin = await world.asked()
    for job in (cancelled, twin):
        with pytest.raises(Refused) as refused:
            await retry(world, job)
        assert refused.value.user_code is UserErrorCode.NOT_RETRYABLE
    await world.run(twin)
    assert (await retry(world, cancelled)).attempt == 2
    assert (await audited(world))[-2:] == ["channel_job.requested", "channel_job.retried"]


@pytest.mark.parametrize("act", [cancel, retry])
async def test_a_job_of_nobody_is_not_found(world: ChannelJobWorld, act: Callable[..., object]) -> None:
    job = await world.asked()
    job.id = new_id()
    with pytest.raises(Refused) as refused:
        await act(world, job)  # type: ignore[misc]
    assert refused.value.user_code is UserErrorCode.NOT_FOUND
