"""What the browser extension says of its steps, however late, often or oddly it says it."""

from datetime import timedelta
from typing import Any

import pytest

from errors import Refused, UserErrorCode
from integrations.vinted.relay import RelayErrorCode
from models.channel_jobs.job import ChannelJobKind, ChannelJobStatus
from models.ids import new_id
from models.relay.step import RelayStepState
from services.channel_jobs.requests import JobWish
from services.channel_jobs.states import UNSAFE
from services.relay import reporting
from services.relay.leases import CALL_TIMEOUT_S, CREATE_PAUSE_S, LEASE_S
from services.relay.reporting import MOST_BYTES, Reported, ReportedState
from tests.worlds.channel_jobs import cancel
from tests.worlds.relay import MAKE, PAGE, SEND, WHO, RelayWorld

S, R = ChannelJobStatus, ReportedState
REFUSED = Reported(accepted=False)
OTHER = JobWish(ChannelJobKind.SYNC_LISTINGS)


async def test_each_report_renews_the_lease_and_the_last_one_gives_the_job_to_a_worker(world: RelayWorld) -> None:
    job = await world.wanted([WHO, PAGE])
    lease = await world.leased()
    world.clock.move(seconds=100)
    assert await world.report(lease) == Reported(accepted=True, expires_in=LEASE_S)
    assert (await world.agent()).lease_ends_at == world.clock() + timedelta(seconds=LEASE_S)
    row = await world.row(job)
    assert (row.status, row.done, row.total, row.version > job.version) == (S.RUNNING, 1, 2, True)
    world.clock.move(seconds=100)
    assert await world.report(lease, index=1) == Reported(accepted=True, expires_in=0)
    row = await world.row(job)
    assert (row.status, row.done, (await world.queue(job))[-1]) == (S.QUEUED, 2, "todo")
    assert (await world.agent()).lease_ends_at is None
    assert (await world.rerun(job)).status is S.SUCCEEDED


async def test_the_same_report_again_gets_the_same_answer_as_long_as_the_lease_is_the_last_one(
    world: RelayWorld,
) -> None:
    job = await world.wanted([WHO, PAGE])
    lease = await world.leased()
    for state in (R.STARTED, R.STARTED, R.DONE, R.DONE):
        assert (await world.report(lease, state)).accepted
    # What was said once is not said otherwise.
    for state in (R.STARTED, R.FAILED):
        assert await world.report(lease, state) == REFUSED
    assert (await world.report(lease, index=1)).accepted
    for index in (0, 1):
        assert (await world.report(lease, index=index)).accepted
    assert await world.report(lease, R.FAILED, index=1) == REFUSED
    assert (await world.rerun(job)).status is S.SUCCEEDED
    # The steps are gone with the job.
    assert (await world.report(lease, index=1)).accepted
    assert await world.report(lease, R.STARTED, index=1) == REFUSED
    await world.wanted([PAGE])
    await world.leased()
    assert await world.report(lease, index=1) == REFUSED


async def test_a_report_on_another_lease_changes_nothing(world: RelayWorld) -> None:
    job = await world.wanted()
    lease = await world.leased()
    assert await world.report(new_id()) == REFUSED
    for index in (-1, 1, 20):
        assert await world.report(lease, index=index) == REFUSED
    assert [step.state for step in await world.steps(job)] == [RelayStepState.WANTED]


async def test_a_job_that_somebody_else_runs_by_now_is_not_changed(world: RelayWorld) -> None:
    job = await world.wanted()
    lease = await world.leased()
    taken = "update channel_job set run_id = :run where tenant_id = :tenant and id = :id"
    await world.change(taken, run=new_id(), id=job.id)
    before = await world.row(job)
    assert await world.report(lease) == REFUSED
    assert (await world.row(job)).version == before.version
    assert [step.state for step in await world.steps(job)] == [RelayStepState.WANTED]


@pytest.mark.parametrize("wish", [MAKE, SEND])
async def test_a_step_that_must_not_be_done_twice_is_begun_only_while_the_lease_lives(
    world: RelayWorld, wish: Any
) -> None:
    job = await world.wanted([wish])
    lease = await world.leased()
    # It was not said that it begins.
    assert await world.report(lease) == REFUSED
    assert (await world.report(lease, R.STARTED)).accepted
    [step], row = await world.steps(job), await world.row(job)
    assert (step.state, step.started_at, UNSAFE in row.memo) == (RelayStepState.STARTED, world.clock(), True)
    pause = (await world.agent()).next_create_at
    assert pause == (world.clock() + timedelta(seconds=CREATE_PAUSE_S) if wish is MAKE else None)
    assert (await world.report(lease)).accepted
    assert UNSAFE not in (await world.row(job)).memo
    second = await world.wanted([wish], wish=OTHER)
    world.clock.move(seconds=CREATE_PAUSE_S)
    lease = await world.leased()
    world.clock.move(seconds=LEASE_S)
    assert await world.report(lease, R.STARTED) == REFUSED
    assert UNSAFE not in (await world.row(second)).memo


async def test_what_was_done_counts_after_the_lease_is_over_as_long_as_nobody_has_taken_it_back(
    world: RelayWorld,
) -> None:
    job = await world.wanted([MAKE])
    lease = await world.leased()
    await world.report(lease, R.STARTED)
    world.clock.move(seconds=LEASE_S + 30)
    assert (await world.report(lease)).accepted
    assert (await world.rerun(job)).status is S.SUCCEEDED


async def test_a_failure_ends_the_lease_and_a_worker_says_what_it_means(world: RelayWorld) -> None:
    job = await world.wanted([WHO, PAGE])
    lease = await world.leased()
    told: dict[str, Any] = {"message": "N\x00o" + "x" * 900, "http_status": 429, "retry_after_s": 10**9}
    answer = await world.report(lease, R.FAILED, error=RelayErrorCode.RATE_LIMITED, **told)
    assert answer == Reported(accepted=True, expires_in=0)
    [step] = await world.steps(job)
    assert (step.state, step.error, step.http_status, step.retry_after_s) == ("FAILED", "RATE_LIMITED", 429, 86_400)
    assert (step.message or "").startswith("Nox")
    assert len(step.message or "") == 500
    # The step behind it is not handed out before a worker has seen the failure.
    assert (await world.claim()).lease is None
    assert ((await world.row(job)).status, (await world.queue(job))[-1]) == (S.QUEUED, "todo")


@pytest.mark.parametrize("error", [RelayErrorCode.TIMEOUT, RelayErrorCode.NETWORK, RelayErrorCode.SERVER_ERROR])
async def test_after_a_failure_that_tells_nothing_it_is_not_looked_before_anything_can_be_seen(
    world: RelayWorld, error: RelayErrorCode
) -> None:
    job = await world.wanted([MAKE], [PAGE])
    # Its run has ended long ago.
    await world.change("update procrastinate_jobs set status = 'succeeded' where queueing_lock = :id", id=str(job.id))
    lease = await world.leased()
    await world.report(lease, R.STARTED)
    assert (await world.report(lease, R.FAILED, error=error)).accepted
    row = await world.row(job)
    seen_at = world.clock() + timedelta(seconds=CALL_TIMEOUT_S + world.tools.relay.listing_delay_s)
    assert (row.status, row.resumes_at, UNSAFE in row.memo) == (S.UNCERTAIN, seen_at, True)
    assert await world.due(job) == seen_at


@pytest.mark.parametrize("error", [RelayErrorCode.INVALID, RelayErrorCode.CHALLENGE, None])
async def test_a_refusal_leaves_no_doubt(world: RelayWorld, error: RelayErrorCode | None) -> None:
    job = await world.wanted([MAKE])
    lease = await world.leased()
    await world.report(lease, R.STARTED)
    assert (await world.report(lease, R.FAILED, error=error)).accepted
    row = await world.row(job)
    assert (row.status, UNSAFE in row.memo) == (S.QUEUED, False)


async def test_a_failure_before_the_step_was_begun_leaves_no_doubt(world: RelayWorld) -> None:
    job = await world.wanted([MAKE])
    assert (await world.report(await world.leased(), R.FAILED, error=RelayErrorCode.TIMEOUT)).accepted
    row = await world.row(job)
    assert (row.status, UNSAFE in row.memo) == (S.QUEUED, False)


async def test_a_wish_to_cancel_ends_the_job_at_the_next_report(world: RelayWorld) -> None:
    job = await world.wanted([WHO, PAGE])
    lease = await world.leased()
    await cancel(world, job)
    assert (await world.row(job)).status is S.RUNNING
    assert await world.report(lease) == Reported(accepted=True, stop=True, expires_in=0)
    assert ((await world.row(job)).status, await world.steps(job)) == (S.CANCELLED, [])
    assert not (await world.report(lease, R.STARTED, index=1)).accepted


async def test_a_step_is_not_begun_in_a_job_that_is_to_be_cancelled(world: RelayWorld) -> None:
    job = await world.wanted([MAKE])
    lease = await world.leased()
    await cancel(world, job)
    assert await world.report(lease, R.STARTED) == Reported(accepted=False, stop=True, expires_in=0)
    assert (await world.row(job)).status is S.CANCELLED


async def test_within_a_step_that_may_be_done_the_wish_to_cancel_waits(world: RelayWorld) -> None:
    job = await world.wanted([MAKE], [PAGE])
    lease = await world.leased()
    await world.report(lease, R.STARTED)
    await cancel(world, job)
    assert await world.report(lease, R.STARTED) == Reported(accepted=True, stop=True, expires_in=LEASE_S)
    assert (await world.report(lease, R.FAILED)).stop
    assert (await world.row(job)).status is S.UNCERTAIN
    world.clock.move(minutes=2)
    row = await world.rerun(job)
    assert (row.status, UNSAFE in row.memo) == (S.QUEUED, True)
    # It has looked, and the plan of this work makes nothing of it.
    await world.report(await world.leased())
    assert (await world.row(job)).status is S.QUEUED


async def test_while_a_step_is_being_looked_up_the_job_cannot_be_cancelled(world: RelayWorld) -> None:
    job = await world.wanted([MAKE], [PAGE])
    lease = await world.leased()
    await world.report(lease, R.STARTED)
    await world.report(lease, R.FAILED)
    world.clock.move(minutes=2)
    assert (await world.rerun(job)).status is S.QUEUED
    with pytest.raises(Refused) as refused:
        await cancel(world, job)
    assert refused.value.user_code is UserErrorCode.NOT_CANCELLABLE


@pytest.mark.parametrize(
    "result",
    [None, [], "text", 7, True, {"n": float("nan")}, {"n": 10**5000}, {"x": "y" * MOST_BYTES}],
    ids=["null", "list", "text", "number", "truth", "nan", "huge number", "huge"],
)
async def test_a_result_that_is_none_is_refused_and_the_lease_stays(world: RelayWorld, result: Any) -> None:
    job = await world.wanted()
    lease = await world.leased()
    with pytest.raises(Refused) as refused:
        await world.report(lease, result=result)
    assert (refused.value.user_code, refused.value.field) == (UserErrorCode.INVALID, "result")
    assert [step.state for step in await world.steps(job)] == [RelayStepState.WANTED]
    assert (await world.report(lease)).accepted


async def test_a_result_is_stored_without_what_postgres_cannot_store(world: RelayWorld) -> None:
    job = await world.wanted()
    odd = {"na\x00me": ["a\ud800b", {"deep": "\x00"}], "n": 1.5, "none": None, "is": False}
    assert (await world.report(await world.leased(), result=odd)).accepted
    [step] = await world.steps(job)
    assert step.result == {"name": ["ab", {"deep": ""}], "n": 1.5, "none": None, "is": False}


async def test_a_very_deep_result_is_refused(world: RelayWorld) -> None:
    await world.wanted()
    lease = await world.leased()
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(Refused):
        await world.report(lease, result={"deep": deep})
    assert (await world.report(lease)).accepted


async def test_outages_are_counted_anew_after_a_step_that_was_done(world: RelayWorld) -> None:
    job = await world.wanted([WHO, PAGE])
    await world.change("update channel_job set outages = 4 where tenant_id = :tenant and id = :id", id=job.id)
    await world.report(await world.leased())
    assert (await world.row(job)).outages == 0


async def test_work_that_counts_by_itself_keeps_its_counts(world: RelayWorld) -> None:
    job = await world.wanted([WHO, PAGE])
    await world.change(
        "update channel_job set done = 96, total = 120, memo = '{}' where tenant_id = :tenant and id = :id", id=job.id
    )
    await world.report(await world.leased())
    row = await world.row(job)
    assert (row.done, row.total) == (96, 120)


async def test_answers_that_are_too_large_together_are_refused_one_by_one_and_what_was_made_is_kept(
    world: RelayWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run of a job reads all of its answers: a site, or an extension, could tell without an end."""
    monkeypatch.setattr(reporting, "MOST_BYTES_OF_JOB", 250)
    job = await world.wanted([WHO, PAGE], [MAKE])
    lease = await world.leased()
    large = {"id": "y" * 150}
    for _ in range(2):
        assert (await world.report(lease, result=large)).accepted
    assert await world.report(lease, index=1, result=large) == Reported(accepted=True, expires_in=0)
    who, page = await world.steps(job)
    assert (who.result, page.result, page.error) == (large, None, RelayErrorCode.INVALID)
    assert "at most 32 MiB" in str(page.message)
    assert (await world.rerun(job)).status is S.QUEUED
    lease = await world.leased()
    await world.report(lease, R.STARTED)
    assert (await world.report(lease, result=large)).accepted
    assert [step.result for step in await world.steps(job)] == [large, None, large]
    assert (await world.rerun(job)).status is S.SUCCEEDED
