"""Runs that ask a browser extension for steps: they end where answers are missing, and begin again with those kept."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from integrations.vinted.relay import RelayErrorCode, RelayOperation, StepAnswer, StepWish
from models.acting import TenantScope
from models.channel_jobs.job import ChannelJob, ChannelJobStatus
from models.channels.channel import ChannelKind
from models.relay.step import RelayStep, RelayStepState, steps_of
from services.channel_jobs import relaying
from services.channel_jobs.of_channels import resume_jobs, tend_channel_jobs
from services.channel_jobs.relaying import StepsOfRun
from services.channel_jobs.states import UNSAFE
from services.channel_jobs.sweep import sweep_channel_jobs
from services.channel_jobs.work import ChannelRun
from tests.worlds.channel_jobs import ChannelJobWorld, cancel, seller

S = ChannelJobStatus
R = RelayStepState
WHO = StepWish(RelayOperation.WHOAMI, {}, "who")
PAGE = StepWish(RelayOperation.LIST_ITEMS, {"page": 1}, "page-1")
MAKE = StepWish(RelayOperation.CREATE_ITEM, {"title": "Coat"}, "create-1")
AGAIN = StepWish(RelayOperation.CREATE_ITEM, {"title": "Coat"}, "create-2")


@pytest.fixture
async def vinted(world: ChannelJobWorld) -> ChannelJobWorld:
    world.channel = await seller(world.team, kind=ChannelKind.VINTED, name="Vinted", market="vinted.fr")
    return world


def asking(*batches: Sequence[StepWish], heard: list[list[StepAnswer]] | None = None) -> Any:
    """Work that asks for these steps one batch after the other."""

    async def work(run: ChannelRun) -> None:
        for batch in batches:
            answers = await StepsOfRun(run).answers(batch)
            if heard is not None:
                heard.append([*answers])

    return work


async def kept(world: ChannelJobWorld, job: ChannelJob) -> list[RelayStep]:
    async with world.tools.db.read(TenantScope(job.tenant_id)) as session:
        return [*await steps_of(session, job.id)]


async def said(world: ChannelJobWorld, job: ChannelJob, key: str, state: R = R.DONE, **values: Any) -> None:
    """The extension has ended the step."""
    async with world.tools.db.write(TenantScope(job.tenant_id)) as session:
        [step] = [each for each in await steps_of(session, job.id) if each.key == key]
        step.sqlmodel_update({"state": state, "result": {"id": key} if state is R.DONE else None, **values})
        session.add(step)


async def ran(world: ChannelJobWorld, job: ChannelJob, *batches: Sequence[StepWish]) -> ChannelJob:
    world.deed.steps = [asking(*batches)]
    return await world.run(job)


async def test_a_run_ends_where_answers_are_missing_and_begins_again_with_those_that_are_kept(
    vinted: ChannelJobWorld,
) -> None:
    job = await ran(vinted, await vinted.asked(), [WHO, PAGE])
    assert (job.status, job.run_id, job.done, job.total) == (S.QUEUED, None, 0, 2)
    assert [(step.key, step.state, step.number) for step in await kept(vinted, job)] == [
        ("who", R.WANTED, 1),
        ("page-1", R.WANTED, 2),
    ]
    await said(vinted, job, "who")
    await said(vinted, job, "page-1")
    job = await ran(vinted, job, [WHO, PAGE], [MAKE])
    assert (job.status, job.done, job.total) == (S.QUEUED, 2, 3)
    await said(vinted, job, "create-1")
    heard: list[list[StepAnswer]] = []
    vinted.deed.steps = [asking([WHO, PAGE], [MAKE], heard=heard)]
    job = await vinted.run(job)
    assert (job.status, vinted.deed.stored, job.memo) == (S.SUCCEEDED, 1, {})
    assert [[answer.result for answer in batch] for batch in heard] == [
        [{"id": "who"}, {"id": "page-1"}],
        [{"id": "create-1"}],
    ]
    assert heard[1][0].arguments == MAKE.arguments


async def test_answers_go_when_the_job_has_ended(vinted: ChannelJobWorld) -> None:
    done, cancelled = await ran(vinted, await vinted.asked(), [WHO]), None
    await said(vinted, done, "who")
    assert (await ran(vinted, done, [WHO])).status is S.SUCCEEDED
    cancelled = await ran(vinted, await vinted.asked(), [WHO])
    await said(vinted, cancelled, "who")
    assert (await cancel(vinted, cancelled)).status is S.CANCELLED
    failed = await ran(vinted, await vinted.asked(), [WHO])
    await said(vinted, failed, "who")
    vinted.deed.steps = [ZeroDivisionError()]
    assert (await vinted.run(failed)).status is S.FAILED
    assert [await kept(vinted, each) for each in (done, cancelled, failed)] == [[], [], []]


async def test_a_job_that_the_extension_has_is_no_orphan_and_nobody_else_takes_it(vinted: ChannelJobWorld) -> None:
    job = await ran(vinted, await vinted.asked(), [WHO])
    before = await vinted.queue(job)
    await vinted.change("update channel_job set heartbeat_at = null where tenant_id = :tenant")
    await sweep_channel_jobs(vinted.tools.db, vinted.tools.clock)
    await tend_channel_jobs(vinted.tools.db, vinted.tools.clock)
    assert (await vinted.row(job)).version == job.version
    assert await vinted.queue(job) == before
    # A lease: the run is the extension's.
    await vinted.change(
        "update channel_job set status = 'RUNNING', run_id = id where tenant_id = :tenant and id = :id", id=job.id
    )
    calls = vinted.deed.calls
    assert (await vinted.run(job)).run_id == job.id
    await sweep_channel_jobs(vinted.tools.db, vinted.tools.clock)
    assert ((await vinted.row(job)).status, vinted.deed.calls) == (S.RUNNING, calls)


async def test_a_worker_that_dies_in_a_repetition_leaves_the_job_to_another_one(vinted: ChannelJobWorld) -> None:
    job = await ran(vinted, await vinted.asked(), [WHO])

    async def dies(_run: ChannelRun) -> None:
        raise asyncio.CancelledError

    vinted.deed.steps = [dies]
    with pytest.raises(asyncio.CancelledError):
        await vinted.run(job)
    # Nothing is handed to the extension before a run has asked for it again.
    assert await kept(vinted, job) == []
    assert (await vinted.row(job)).status is S.QUEUED
    assert (await ran(vinted, job, [PAGE])).status is S.QUEUED
    assert [step.key for step in await kept(vinted, job)] == ["page-1"]


async def test_what_a_later_run_does_not_want_is_not_done(vinted: ChannelJobWorld) -> None:
    job = await ran(vinted, await vinted.asked(), [WHO, PAGE])
    await said(vinted, job, "who")
    changed = StepWish(PAGE.operation, {"page": 1, "perPage": 96}, PAGE.key)
    job = await ran(vinted, job, [WHO], [changed])
    assert [(step.key, step.arguments) for step in await kept(vinted, job)] == [
        ("who", {}),
        ("page-1", {"page": 1, "perPage": 96}),
    ]


@pytest.mark.parametrize(
    ("error", "is_kept"),
    [
        (RelayErrorCode.NETWORK, False),
        (RelayErrorCode.RATE_LIMITED, False),
        (RelayErrorCode.SIGNED_OUT, False),
        (RelayErrorCode.NOT_FOUND, True),
        (RelayErrorCode.INVALID, True),
    ],
)
async def test_a_failure_that_may_pass_is_handed_out_once_and_asked_for_again(
    vinted: ChannelJobWorld, error: RelayErrorCode, is_kept: bool
) -> None:
    job = await ran(vinted, await vinted.asked(), [WHO, PAGE])
    await said(vinted, job, "who")
    await said(vinted, job, "page-1", R.FAILED, error=error, message="no", http_status=429, retry_after_s=7)
    heard: list[list[StepAnswer]] = []
    vinted.deed.steps = [asking([WHO, PAGE], heard=heard)]
    await vinted.run(job)
    [[who, page]] = heard
    assert (who.result, page.error, page.message) == ({"id": "who"}, error, "no")
    assert (page.http_status, page.retry_after_s, page.is_kept(PAGE.operation)) == (429, 7, is_kept)
    again = await ran(vinted, await vinted.asked(), [WHO, PAGE])
    await said(vinted, again, "who")
    await said(vinted, again, "page-1", R.FAILED, error=error)

    async def tries(run: ChannelRun) -> None:
        await StepsOfRun(run).answers([WHO, PAGE])
        await StepsOfRun(run).answers([WHO, PAGE])

    vinted.deed.steps = [tries]
    again = await vinted.run(again)
    assert again.status is (S.SUCCEEDED if is_kept else S.QUEUED)
    assert [step.state for step in await kept(vinted, again)] == ([] if is_kept else [R.DONE, R.WANTED])


async def test_a_failure_behind_steps_that_are_missing_is_not_passed_over(vinted: ChannelJobWorld) -> None:
    """After a challenge nothing more is asked of the site, whatever the work asks for first."""
    job = await ran(vinted, await vinted.asked(), [PAGE])
    await said(vinted, job, "page-1", R.FAILED, error=RelayErrorCode.CHALLENGE)
    heard: list[list[StepAnswer]] = []
    vinted.deed.steps = [asking([WHO, PAGE], heard=heard)]
    await vinted.run(job)
    assert [answer.error for answer in heard[0]] == [RelayErrorCode.CHALLENGE]


async def test_while_nobody_knows_how_a_step_ended_the_job_is_doubtful_until_the_work_has_looked(
    vinted: ChannelJobWorld,
) -> None:
    job = await ran(vinted, await vinted.asked(), [MAKE])
    assert UNSAFE not in job.memo
    await said(vinted, job, "create-1", R.UNKNOWN)
    heard: list[list[StepAnswer]] = []
    vinted.deed.steps = [asking([MAKE], [PAGE], heard=heard)]
    job = await vinted.run(job)
    assert heard[0][0].is_unknown
    # The look-up is under way: it was not for this flag that the step was called doubtful.
    assert UNSAFE in job.memo
    await said(vinted, job, "page-1")
    job = await ran(vinted, job, [MAKE], [PAGE], [AGAIN])
    assert (job.status, UNSAFE in job.memo) == (S.QUEUED, False)
    await said(vinted, job, "create-2", R.FAILED, error=RelayErrorCode.INVALID)
    assert (await ran(vinted, job, [MAKE], [PAGE], [AGAIN])).status is S.SUCCEEDED


async def test_a_job_that_is_to_be_cancelled_is_not_handed_over(vinted: ChannelJobWorld) -> None:
    async def work(run: ChannelRun) -> None:
        await cancel(vinted, run.job)
        await StepsOfRun(run).answers([WHO])

    vinted.deed.steps = [work]
    assert (await vinted.run(await vinted.asked())).status is S.CANCELLED


async def test_work_that_counts_by_itself_is_not_counted_in_steps(vinted: ChannelJobWorld) -> None:
    async def work(run: ChannelRun) -> None:
        run.progress(96, 120)
        await StepsOfRun(run).answers([WHO, PAGE])

    vinted.deed.steps = [work]
    job = await vinted.run(await vinted.asked())
    assert (job.status, job.done, job.total) == (S.QUEUED, 96, 120)


async def test_a_doubtful_job_that_the_queue_lost_is_not_looked_up_too_early(vinted: ChannelJobWorld) -> None:
    job = await vinted.asked()
    later = vinted.clock().replace(year=vinted.clock().year + 1)
    await vinted.change(
        "update channel_job set status = 'UNCERTAIN', resumes_at = :later, heartbeat_at = null,"
        " memo = '{\"unsafe\": \"x\"}' where tenant_id = :tenant and id = :id",
        id=job.id, later=later,
    )  # fmt: skip
    await vinted.change("delete from procrastinate_jobs where queueing_lock = :id", id=str(job.id))
    await sweep_channel_jobs(vinted.tools.db, vinted.tools.clock)
    assert await vinted.queue(job) == ["todo"]
    await vinted.change(
        "update procrastinate_jobs set status = 'failed' where queueing_lock = :id and scheduled_at = :later",
        id=str(job.id), later=later,
    )  # fmt: skip
    assert await vinted.queue(job) == ["failed"]


async def test_jobs_that_waited_for_somebody_are_run_anew_when_that_is_done(vinted: ChannelJobWorld) -> None:
    job = await ran(vinted, await vinted.asked(), [WHO])
    await vinted.change("update channel_job set status = 'WAITING' where tenant_id = :tenant and id = :id", id=job.id)
    async with vinted.tools.db.write(vinted.team.viewer) as session:
        assert await resume_jobs(session, vinted.channel.id) == 1
    job = await ran(vinted, job, [PAGE])
    assert (job.status, [step.key for step in await kept(vinted, job)]) == (S.QUEUED, ["page-1"])


async def test_however_many_steps_are_wanted_they_are_handed_over_some_at_a_time(
    vinted: ChannelJobWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long a list is the site alone tells."""
    monkeypatch.setattr(relaying, "MOST_WANTED", 3)
    pages = [StepWish(PAGE.operation, {"page": number}, f"page-{number}") for number in range(8)]
    job, rounds = await ran(vinted, await vinted.asked(), pages), list[list[str]]()
    while job.status is S.QUEUED:
        rounds.append([step.key for step in await kept(vinted, job) if step.state is R.WANTED])
        for key in rounds[-1]:
            await said(vinted, job, key)
        job = await ran(vinted, job, pages)
    assert job.status is S.SUCCEEDED
    assert [len(each) for each in rounds] == [3, 3, 2]
    assert [key for each in rounds for key in each] == [page.key for page in pages]
